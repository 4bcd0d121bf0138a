"""Where rows are kept: replaced whole and never changed, so that a way back costs little."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, TypeAlias

Row: TypeAlias = dict[str, Any]
Undo: TypeAlias = Callable[[], object]


def _refill(mapping: dict[str, Any], before: dict[str, Any]) -> None:
    mapping.clear()
    mapping.update(before)


class Journal:
    """Remembers how to take changes back while at least one savepoint is open."""

    def __init__(self) -> None:
        self._undos: list[Undo] = []
        self._open = 0

    @property
    def recording(self) -> bool:
        """Whether a savepoint is open."""
        return self._open > 0

    def record(self, undo: Undo) -> None:
        """Remember how to take back what is about to be changed."""
        if self._open:
            self._undos.append(undo)

    def keep(self, mapping: dict[str, Any]) -> None:
        """Remember a small mapping as it is, its order included."""
        if self._open:
            self._undos.append(partial(_refill, mapping, dict(mapping)))

    def assign(self, thing: object, name: str, value: object) -> None:
        """Set an attribute, remembering what it was."""
        before = getattr(thing, name)
        self.record(lambda: setattr(thing, name, before))
        setattr(thing, name, value)

    def open(self) -> int:
        """Open a savepoint and return its mark."""
        self._open += 1
        return len(self._undos)

    def rollback(self, mark: int) -> None:
        """Take back everything since a mark, the last change first."""
        while len(self._undos) > mark:
            self._undos.pop()()

    def close(self) -> None:
        """Close the innermost savepoint."""
        self._open -= 1
        if not self._open:
            self._undos.clear()


class Table:
    """The rows of one object by id, with indexes that are made when first asked for."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._indexes: dict[str, tuple[bool, dict[object, dict[str, None]]]] = {}
        self.rows: dict[str, Row] = {}

    def __iter__(self) -> Iterator[Row]:
        return iter(list(self.rows.values()))

    def get(self, id: str) -> Row | None:
        """Return a row by its id of 18 characters; it must not be changed."""
        return self.rows.get(id)

    def put(self, row: Row) -> None:
        """Insert a row, or replace the one of the same id."""
        id = row["Id"]
        before = self.rows.get(id)
        self._journal.record(lambda: self._back(id, before))
        self._set(id, before, row)

    def remove(self, id: str) -> None:
        """Forget a row."""
        before = self.rows.get(id)
        self._journal.record(lambda: self._back(id, before))
        self._set(id, before, None)

    def find(self, field: str, value: object, *, heed_case: bool) -> list[str]:
        """Return the ids of rows that are not deleted and have a value, by index."""
        known = self._indexes.get(field)
        if known is None or known[0] != heed_case:
            known = self._indexes[field] = (heed_case, {})
            for row in self.rows.values():
                _enter(known, field, row)
        return list(known[1].get(_key(value, heed_case), ()))

    def find_any(self, field: str, value: object) -> list[Row]:
        """Return the rows with a value, deleted ones too, by looking at all."""
        return [row for row in self.rows.values() if row.get(field) == value]

    def forget_indexes(self) -> None:
        """Drop all indexes, for fields have changed."""
        self._indexes.clear()

    def _back(self, id: str, before: Row | None) -> None:
        self._set(id, self.rows.get(id), before)

    def _set(self, id: str, before: Row | None, after: Row | None) -> None:
        if after is None:
            self.rows.pop(id, None)
        else:
            self.rows[id] = after
        for field, index in self._indexes.items():
            if before is not None:
                _leave(index, field, before)
            if after is not None:
                _enter(index, field, after)


def _key(value: object, heed_case: bool) -> object:
    return value.casefold() if isinstance(value, str) and not heed_case else value


def _enter(
    index: tuple[bool, dict[object, dict[str, None]]], field: str, row: Mapping[str, Any]
) -> None:
    value = row.get(field)
    if value is not None and not row.get("IsDeleted"):
        index[1].setdefault(_key(value, index[0]), {})[row["Id"]] = None


def _leave(
    index: tuple[bool, dict[object, dict[str, None]]], field: str, row: Mapping[str, Any]
) -> None:
    value = row.get(field)
    if value is not None and not row.get("IsDeleted"):
        ids = index[1].get(_key(value, index[0]))
        if ids is not None:
            ids.pop(row["Id"], None)


def live(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows that are not deleted."""
    return (row for row in rows if not row.get("IsDeleted"))
