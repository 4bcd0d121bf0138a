"""Leads in, decisions out, feedback in: a fixed number of statements for each batch of rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from leadpolicy.crm.connector import DecisionRow, FeedbackRow, LeadRow, Outcome, Status
from leadpolicy.crm.state import Column
from leadpolicy_generic.binding import Binding, Source
from leadpolicy_generic.schema import quoted
from leadpolicy_generic.types import column_type, value_of

T = TypeVar("T")
Fact = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows in order of key, and the key after which the next page starts, if any."""

    rows: list[T]
    last: object | None


class Rows:
    """The rows of one table of leads; every method runs on the caller's connection."""

    def __init__(self, binding: Binding, key_type: TypeEngine[Any], page_rows: int) -> None:
        self._binding = binding
        self._key_type = key_type
        self._page_rows = page_rows

    def leads(self, connection: sa.Connection, last: object | None) -> Page[LeadRow]:
        """Return a page of leads with their signals and consents."""
        names = list(self._binding.leads.columns)
        found = self._page(connection, *_query(self._binding.leads, names), last)
        keys = [row[0] for row in found.rows]
        signals = _facts(connection, self._binding.signals, keys)
        consents = _facts(connection, self._binding.consents, keys)
        leads = [
            LeadRow(key, dict(zip(names, values, strict=True)), signals[key], consents[key])
            for key, values in ((str(row[0]), row[1:]) for row in found.rows)
        ]
        return Page(leads, found.last)

    def feedback(
        self, connection: sa.Connection, columns: Sequence[Column], last: object | None
    ) -> Page[FeedbackRow]:
        """Return a page of the leads in which one of the columns is filled."""
        query, key = _query(self._binding.leads, self._standing(columns))
        filled = [column.is_not(None) for column in query.selected_columns[1:]]
        found = self._page(connection, query.where(sa.or_(*filled)), key, last)
        rows = [FeedbackRow(str(row[0]), _values(row[1:], columns)) for row in found.rows]
        rows = [row for row in rows if any(value is not None for value in row.values.values())]
        return Page(rows, found.last)

    def _page(
        self,
        connection: sa.Connection,
        query: sa.Select[Any],
        key: sa.ColumnElement[Any],
        last: object | None,
    ) -> Page[sa.Row[Any]]:
        after = key.is_not(None) if last is None else key > last
        query = query.where(after).order_by(key).limit(self._page_rows)
        rows = list(connection.execute(query))
        return Page(rows, rows[-1][0] if len(rows) == self._page_rows else None)

    def held(
        self, connection: sa.Connection, keys: Sequence[str], columns: Sequence[Column]
    ) -> dict[str, dict[str, object]]:
        """Return what the columns hold now, by key; unknown keys are left out."""
        raw = [key for key in map(self._raw_key, keys) if key is not None]
        query, key = _query(self._binding.leads, self._standing(columns))
        rows = connection.execute(query.where(key.in_(raw)))
        return {str(row[0]): _values(row[1:], columns) for row in rows}

    def write(
        self, connection: sa.Connection, rows: Sequence[DecisionRow], columns: Sequence[Column]
    ) -> list[Outcome]:
        """Write rows by their keys and report what was found when they were read back."""
        parameters = []
        for row in rows:
            key = self._raw_key(row.key)
            if key is not None:
                values = {f"v{i}": row.values[c.name] for i, c in enumerate(columns)}
                parameters.append({"k": key, **values})
        if parameters:
            connection.execute(self._update(columns), parameters)
        after = self.held(connection, [row.key for row in rows], columns)
        return [_outcome(row, after.get(row.key)) for row in rows]

    def _update(self, columns: Sequence[Column]) -> sa.Update:
        table = _table(self._binding.leads, self._standing(columns))
        values = {
            table.c[name]: sa.bindparam(f"v{i}", type_=column_type(column))
            for i, (name, column) in enumerate(zip(self._standing(columns), columns, strict=True))
        }
        key = table.c[self._binding.leads.key]
        return sa.update(table).where(key == sa.bindparam("k")).values(values)

    def _standing(self, columns: Sequence[Column]) -> list[str]:
        return [self._binding.standing(column.name) for column in columns]

    def _raw_key(self, key: str) -> object | None:
        """Return a key as its column holds it, or None when the column cannot hold it."""
        try:
            kind = self._key_type.python_type
        except NotImplementedError:
            return key
        if kind not in {int, UUID, Decimal}:
            return key
        try:
            raw = kind(key)
        except (ValueError, ArithmeticError):
            return None
        return raw if str(raw) == key else None


def _table(source: Source, names: Iterable[str]) -> sa.TableClause:
    columns: list[sa.ColumnClause[Any]] = [
        sa.column(quoted(name)) for name in dict.fromkeys((source.key, *names))
    ]
    schema = source.schema and quoted(source.schema)
    return sa.table(quoted(source.table), *columns, schema=schema)


def _query(source: Source, names: Iterable[str]) -> tuple[sa.Select[Any], sa.ColumnElement[Any]]:
    """Return a query for the key of the lead and some columns, and the key.

    Columns carry their table's name: SQLite takes a lone quoted name that it does not know for
    text, and would answer with the name itself.
    """
    table = _table(source, names)
    key = table.c[source.key]
    return sa.select(key, *(table.c[name] for name in names)), key


def _facts(
    connection: sa.Connection, source: Source | None, keys: Sequence[object]
) -> Mapping[str, tuple[Fact, ...]]:
    """Return the rows of another table that belong to leads, by key of lead."""
    found: defaultdict[str, tuple[Fact, ...]] = defaultdict(tuple)
    if source is None:
        return found
    names = list(source.columns)
    query, lead = _query(source, names)
    gathered: defaultdict[str, list[Fact]] = defaultdict(list)
    for row in connection.execute(query.where(lead.in_(keys)).order_by(lead)):
        gathered[str(row[0])].append(dict(zip(names, row[1:], strict=True)))
    found.update((key, tuple(facts)) for key, facts in gathered.items())
    return found


def _values(raw: Sequence[object], columns: Sequence[Column]) -> dict[str, object]:
    return {c.name: value_of(value, c) for c, value in zip(columns, raw, strict=True)}


def _outcome(row: DecisionRow, after: Mapping[str, object] | None) -> Outcome:
    if after is None:
        return Outcome.failed(row.key, "unknown_lead", "the CRM has no such lead")
    changed = [name for name, value in row.values.items() if after[name] != value]
    if changed:
        names = ", ".join(f"`{name}`" for name in changed)
        return Outcome.failed(row.key, "not_kept", f"the database holds something else in {names}")
    return Outcome(row.key, Status.WRITTEN)
