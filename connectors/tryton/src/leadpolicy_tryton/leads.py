"""Opportunities as leads: read in pages with their facts, and looked up by key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from leadpolicy.crm.connector import Column, ColumnMissingError, LeadRow, Standing
from leadpolicy.crm.values import held
from leadpolicy_tryton.binding import MODEL, Binding, line
from leadpolicy_tryton.facts import FactReader
from leadpolicy_tryton.fields import Field, Fields, value_at
from leadpolicy_tryton.notes import line_value
from leadpolicy_tryton.rpc import Server
from leadpolicy_tryton.trail import Trail

Record: TypeAlias = Mapping[str, Any]
STAMP: Final = "_timestamp"
_BY_ID: Final = [["id", "ASC"]]
_MAX_ID: Final = 2**31


class Leads:
    """Opportunities under the keys of a binding, `page` at a time.

    `stamps` keeps by Tryton's id the version of which the columns were read last, where decisions
    go into fields, so that the server can refuse a write to an opportunity that somebody changed
    in between.
    """

    def __init__(self, server: Server, binding: Binding, fields: Fields, page: int) -> None:
        self._server: Final = server
        self._binding: Final = binding
        self._fields: Final = fields
        self._page: Final = page
        self._trail: Final = Trail(server, page)
        self._facts: Final = FactReader(server, fields, page)
        self.stamps: Final[dict[int, str]] = {}

    def read(self, columns: Sequence[Column], keys: Sequence[str] | None) -> Iterator[LeadRow]:
        """Yield leads with their facts and what the columns hold, in order of Tryton's ids."""
        for path in (self._binding.key, *self._binding.paths):
            list(self._fields.along(path))
        paths = [*self._binding.paths, *self._paths(columns)]
        for records in self.pages(paths, None if keys is None else self.domain(keys)):
            yield from self._rows(records, columns)

    def _rows(self, records: Sequence[Record], columns: Sequence[Column]) -> Iterator[LeadRow]:
        ids = [record["id"] for record in records]
        signals = self._facts.read(self._binding.signals, ids)
        consents = self._facts.read(self._binding.consents, ids)
        standing = self._standing(records, columns)
        for record in records:
            number, key = record["id"], self.key(record)
            values = {path: value_at(record, path) for path in self._binding.paths}
            facts = tuple(signals[number]), tuple(consents[number])
            if key:
                yield LeadRow(key, values, *facts, standing[number])

    def lookup(self, keys: Sequence[str], columns: Sequence[Column]) -> dict[str, Standing]:
        """Return what the columns of some leads hold, by key."""
        found: dict[str, Standing] = {}
        for records in self.pages(self._paths(columns), self.domain(keys)):
            values = self._standing(records, columns)
            found |= {self.key(record): Standing(values[record["id"]]) for record in records}
        return found

    def key(self, record: Record) -> str:
        """Return the key of a lead that was read, empty when it has none."""
        return str(value_at(record, self._binding.key) or "")

    def ids(self, keys: Sequence[str]) -> dict[str, int]:
        """Return Tryton's ids by key; a key that two opportunities share has none."""
        if self._binding.key == "id":
            return {key: number for key in keys if (number := _id(key)) is not None}
        found: dict[str, list[int]] = {}
        for records in self.pages([], self.domain(keys)):
            for record in records:
                found.setdefault(self.key(record), []).append(record["id"])
                self._stamp(record)
        return {key: ids[0] for key, ids in found.items() if len(ids) == 1}

    def exists(self, key: str) -> bool:
        """Tell whether an opportunity has this key."""
        return bool(self._server.call(f"model.{MODEL}.search_count", self.domain([key])))

    def domain(self, keys: Iterable[str]) -> list[object]:
        """Return the search for some keys; what can be no key of Tryton's finds nothing."""
        if self._binding.key != "id":
            return [[self._binding.key, "in", list(keys)]]
        return [["id", "in", [number for key in keys if (number := _id(key)) is not None]]]

    def pages(
        self, paths: Iterable[str], domain: Sequence[object] | None, **context: object
    ) -> Iterator[Sequence[Record]]:
        """Yield opportunities page by page; what is added meanwhile comes at the end."""
        fields = list(dict.fromkeys(["id", self._binding.key, STAMP, *paths]))
        last = 0
        while True:
            chosen = [*(domain or []), ["id", ">", last]]
            records: Sequence[Record] = self._server.call(
                f"model.{MODEL}.search_read", chosen, 0, self._page, _BY_ID, fields, **context
            )
            yield records
            if len(records) < self._page:
                return
            last = records[-1]["id"]

    def field(self, column: Column) -> Field:
        """Return the field that stands for a column; raises `ColumnMissingError`."""
        found = self._fields.find(self._binding.standing(column.name))
        if found is None:
            raise ColumnMissingError(
                f"Tryton has nothing for the column `{column.name}`",
                f"bind it to a field, or to a line of the note: `notes.{column.name}`",
            )
        return found

    def _paths(self, columns: Sequence[Column]) -> list[str]:
        standing = [column for column in columns if not self.line(column)]
        return [self._binding.standing(c.name) for c in standing if self.field(c)]

    def line(self, column: Column) -> str | None:
        """Return the line of the decision's note that stands for a column, or None."""
        return line(self._binding.standing(column.name))

    def _standing(
        self, records: Sequence[Record], columns: Sequence[Column]
    ) -> dict[int, dict[str, object]]:
        """Return what the columns hold, by Tryton's id."""
        wanted = {name for column in columns if (name := self.line(column))}
        lines = self._trail.lines([record["id"] for record in records], wanted)
        found: dict[int, dict[str, object]] = {}
        for record in records:
            self.stamps.pop(record["id"], None)
            self._stamp(record)
            here = lines[record["id"]]
            found[record["id"]] = {c.name: self._held(record, here, c) for c in columns}
        return found

    def _stamp(self, record: Record) -> None:
        """Remember the version of an opportunity, unless one is known that was read before."""
        if self._binding.writes_fields:
            self.stamps.setdefault(record["id"], record[STAMP])

    def _held(self, record: Record, lines: Mapping[str, str], column: Column) -> object:
        name = self.line(column)
        if name:
            return line_value(lines.get(name, ""), column)
        return held(value_at(record, self._binding.standing(column.name)), column)


def _id(key: str) -> int | None:
    """Return a key as Tryton's id, or None when it is none."""
    number = int(key) if key.isascii() and key.isdigit() and len(key) < 11 else 0
    return number if 0 < number < _MAX_ID and str(number) == key else None
