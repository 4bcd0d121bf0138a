"""Records that are followed by the second in which they were written, Ids breaking ties."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from leadpolicy_salesforce.feeds.cursor import Mark, instant
from leadpolicy_salesforce.questions import query
from leadpolicy_salesforce.rows.soql import select

Record: TypeAlias = Mapping[str, Any]

ROWS: Final = 2000
"""Records of one answer, as many as Salesforce gives at once."""


@dataclass(frozen=True, slots=True)
class Source:
    """An object whose records are read in the order in which they were written.

    With `deleted`, those in the bin are read too. An `optional` object may be missing in an org.
    What is `immutable` is told apart by its Id, everything else by its content as well: a record
    that is written twice within one second is read as two.
    """

    name: str
    object: str
    fields: tuple[str, ...]
    where: tuple[str, ...] = ()
    stamp: str = "SystemModstamp"
    author: str = "LastModifiedById"
    deleted: bool = False
    optional: bool = False
    immutable: bool = False

    def path(self, mark: Mark | None) -> str:
        """Return the query for the first records behind a mark."""
        tests = [*self.where, *([] if mark is None else [self._behind(mark)])]
        head = select(("Id", self.stamp, self.author, *self.fields), self.object)
        order = f"ORDER BY {self.stamp} ASC, Id ASC LIMIT {ROWS}"
        where = ("WHERE", " AND ".join(tests)) if tests else ()
        return query(" ".join((head, *where, order)), deleted=self.deleted)

    def _behind(self, mark: Mark) -> str:
        at = literal(mark.at)
        if not mark.id:
            return f"{self.stamp} >= {at}"
        return f"({self.stamp} > {at} OR ({self.stamp} = {at} AND Id > '{mark.id}'))"

    def rows(self, records: Iterable[Record], mark: Mark | None) -> list[Row]:
        """Return the rows behind a mark."""
        rows = map(self.row, records)
        return [row for row in rows if mark is None or (row.at, row.id) > (mark.at, mark.id)]

    def row(self, record: Record) -> Row:
        """Return a record with what tells it from every other change."""
        id_, at = str(record["Id"]), instant(record[self.stamp])
        content: object = "" if self.immutable else _plain(record)
        what = json.dumps([id_, int(at.timestamp()), content], sort_keys=True, default=str)
        token = hashlib.blake2b(what.encode(), digest_size=8).hexdigest()
        return Row(self.name, id_, at, str(record.get(self.author) or ""), record, token)


@dataclass(frozen=True, slots=True)
class Row:
    """A record that was written at `at` (UTC) by a user; `token` names this very content."""

    source: str
    id: str
    at: datetime
    by: str
    record: Record
    token: str

    @property
    def event_id(self) -> str:
        """What names the change for good."""
        return f"{self.source}:{self.id}:{self.token}"


def literal(at: datetime) -> str:
    """Return a moment as SOQL writes it.

    >>> literal(datetime(2026, 3, 1, 9, tzinfo=UTC))
    '2026-03-01T09:00:00Z'
    """
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _plain(record: Any) -> Any:
    """Return the content of a record without the addresses that Salesforce adds."""
    if isinstance(record, Mapping):
        return {name: _plain(value) for name, value in record.items() if name != "attributes"}
    return [_plain(each) for each in record] if isinstance(record, list) else record
