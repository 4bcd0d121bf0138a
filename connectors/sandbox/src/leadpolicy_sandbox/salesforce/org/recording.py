"""What is done with records: made, found, changed, deleted, merged and converted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from leadpolicy_sandbox.salesforce.org import (
    access,
    converting,
    deletion,
    derived,
    ids,
    merging,
    records,
    replication,
    values,
)
from leadpolicy_sandbox.salesforce.org.coercion import Given, Source
from leadpolicy_sandbox.salesforce.org.core import Core
from leadpolicy_sandbox.salesforce.org.results import (
    ConvertResult,
    LeadConvert,
    MergeResult,
    SaveResult,
)
from leadpolicy_sandbox.salesforce.org.schema import User
from leadpolicy_sandbox.salesforce.org.tables import Row


class Recording(Core):
    """An org of which the records are used."""

    def create(
        self,
        user: User | None,
        object: str,
        given: Given,
        *,
        source: Source = "json",
    ) -> SaveResult:
        """Make a record, or say why not; `source` text reads all values from text, as in CSV."""
        with self.state.lock:
            return records.create(self.state, user, self.object(object), given, source)

    def update(
        self,
        user: User | None,
        object: str,
        id: str,
        given: Given,
        *,
        source: Source = "json",
    ) -> SaveResult:
        """Change a record, or say why not; a refused update changes nothing."""
        with self.state.lock:
            return records.update(self.state, user, self.object(object), id, given, source)

    def upsert(
        self,
        user: User | None,
        object: str,
        key: str,
        value: Any,
        given: Given,
        *,
        source: Source = "json",
    ) -> SaveResult:
        """Change the record that an external id names, or make it.

        Raises OrgError when `key` is no external id, SeveralMatchError when several records match.
        """
        with self.state.lock:
            definition = self.object(object)
            if access.field(self.state, user, definition, key) is None:
                raise records.no_key(key)
            return records.upsert(self.state, user, definition, key, value, given, source)

    def delete(self, user: User | None, object: str | None, id: str) -> SaveResult:
        """Put a record into the recycle bin, or say why not; None takes it of any object."""
        with self.state.lock:
            return deletion.delete(self.state, user, object, id)

    def undelete(self, user: User | None, id: str) -> SaveResult:
        """Bring a record back from the recycle bin, or say why not."""
        with self.state.lock:
            return deletion.undelete(self.state, user, id)

    def empty_bin(self, user: User | None, chosen: Sequence[str]) -> list[SaveResult]:
        """Delete records for good that are in the recycle bin."""
        del user
        with self.state.lock:
            return [deletion.empty(self.state, id) for id in chosen]

    def merge(
        self,
        user: User | None,
        object: str,
        master: str,
        losers: Sequence[str],
        given: Given | None = None,
    ) -> MergeResult:
        """Merge one or two records into a master, setting `given` values on it."""
        with self.state.lock:
            definition = self.object(object)
            return merging.merge(self.state, user, definition, master, losers, given)

    def convert(self, user: User | None, wish: LeadConvert) -> ConvertResult:
        """Convert one lead, or say why not; a refused conversion changes nothing."""
        return converting.convert(self.state, user, wish)

    def updated(self, object: str, start: datetime, end: datetime) -> tuple[list[str], datetime]:
        """Return the ids changed in a span and the latest moment covered.

        Raises OrgError with INVALID_REPLICATION_DATE for a span that is empty or too old.
        """
        with self.state.lock:
            return replication.updated(self.state, self.object(object), start, end)

    def deleted(
        self, object: str, start: datetime, end: datetime
    ) -> tuple[list[tuple[str, datetime]], datetime, datetime]:
        """Return ids and moments of deletions, the earliest moment known and the latest covered.

        Raises OrgError with INVALID_REPLICATION_DATE for a span that is empty or too old.
        """
        with self.state.lock:
            return replication.deleted(self.state, self.object(object), start, end)

    def get(self, user: User | None, object: str, id: str, *, deleted: bool = False) -> Row | None:
        """Return a record's stored values by its id of 15 or 18 characters, or None."""
        with self.state.lock:
            long = ids.full(id)
            row = long and derived.get(self.state, user, self.object(object), long)
            return dict(row) if row and (deleted or not row.get("IsDeleted")) else None

    def rows(self, user: User | None, object: str, *, deleted: bool = False) -> Iterator[Row]:
        """Return the records of an object; `deleted` adds those in the recycle bin.

        Rows must not be changed. Values that were never set are absent: read with `value`.
        """
        with self.state.lock:
            found = list(derived.rows(self.state, user, self.object(object)))
        return (row for row in found if deleted or not row.get("IsDeleted"))

    def getter(self, user: User | None, object: str, path: str) -> Callable[[Row], Any]:
        """Return what reads a path such as `Owner.Name` from rows; raises OrgError INVALID_FIELD.

        It calculates formula fields, fills in checkboxes and puts addresses together.
        """
        with self.state.lock:
            return values.getter(self.state, user, self.object(object), path)

    def value(self, user: User | None, object: str, row: Row, path: str) -> Any:
        """Return what a row shows at a path; raises OrgError with INVALID_FIELD."""
        with self.state.lock:
            return self.getter(user, object, path)(row)

    def find(self, object: str, field: str, value: Any) -> list[str]:
        """Return the ids of records with a value, by index; deleted ones are left out."""
        with self.state.lock:
            definition = self.object(object)
            found = records.key_field(definition, field)
            if found.type == "id":
                long = ids.full(str(value))
                row = long and self.state.tables[definition.name].get(long)
                return [row["Id"]] if row and not row["IsDeleted"] else []
            return self.state.tables[definition.name].find(
                found.name, value, heed_case=found.case_sensitive
            )
