"""Leads in, decisions out, feedback in: a fixed number of statements for each batch of rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
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
class Part(Generic[T]):
    """Some rows in order of key, and the key after which the next rows start, if any."""

    rows: list[T]
    last: object | None


class Rows:
    """The rows of one table of leads; every method runs on the caller's connection."""

    def __init__(self, binding: Binding, key_type: TypeEngine[Any], page_rows: int) -> None:
        self._binding = binding
        self._key_type = key_type
        self._page_rows = page_rows

    def leads(
        self, connection: sa.Connection, columns: Sequence[Column], last: object | None
    ) -> Part[LeadRow]:
        """Return some leads with their signals, their consents and what the columns hold."""
        query, key = self._leads_query(columns)
        found = self._page(connection, query, key, last)
        return Part(self._as_leads(connection, found.rows, columns), found.last)

    def chosen(
        self, connection: sa.Connection, columns: Sequence[Column], keys: Sequence[str]
    ) -> list[LeadRow]:
        """Return the leads with these keys, as far as they are there."""
        query, key = self._leads_query(columns)
        raw = [value for value in map(self.raw_key, keys) if value is not None]
        rows = connection.execute(query.where(key.in_(raw)).order_by(key))
        wanted = set(keys)
        exact = [row for row in rows if str(row[0]) in wanted]
        return self._as_leads(connection, exact, columns)

    def _leads_query(
        self, columns: Sequence[Column]
    ) -> tuple[sa.Select[Any], sa.ColumnElement[Any]]:
        return query_for(
            self._binding.leads, [*self._binding.leads.columns, *self._standing(columns)]
        )

    def _as_leads(
        self, connection: sa.Connection, rows: Sequence[sa.Row[Any]], columns: Sequence[Column]
    ) -> list[LeadRow]:
        names = list(self._binding.leads.columns)
        keys, end = [row[0] for row in rows], 1 + len(names)
        signals = _facts(connection, self._binding.signals, keys)
        consents = _facts(connection, self._binding.consents, keys)
        return [
            LeadRow(
                str(row[0]),
                dict(zip(names, row[1:end], strict=True)),
                signals[str(row[0])],
                consents[str(row[0])],
                _values(row[end:], columns),
            )
            for row in rows
        ]

    def feedback(
        self, connection: sa.Connection, columns: Sequence[Column], last: object | None
    ) -> Part[FeedbackRow]:
        """Return some of the leads in which one of the columns is filled."""
        query, key = query_for(self._binding.leads, self._standing(columns))
        filled = [column.is_not(None) for column in query.selected_columns[1:]]
        found = self._page(connection, query.where(sa.or_(*filled)), key, last)
        rows = [FeedbackRow(str(row[0]), _values(row[1:], columns)) for row in found.rows]
        rows = [row for row in rows if any(value is not None for value in row.values.values())]
        return Part(rows, found.last)

    def _page(
        self,
        connection: sa.Connection,
        query: sa.Select[Any],
        key: sa.ColumnElement[Any],
        last: object | None,
    ) -> Part[sa.Row[Any]]:
        after = key.is_not(None) if last is None else key > last
        query = query.where(after).order_by(key).limit(self._page_rows)
        rows = list(connection.execute(query))
        return Part(rows, rows[-1][0] if len(rows) == self._page_rows else None)

    def held(
        self, connection: sa.Connection, keys: Sequence[str], columns: Sequence[Column]
    ) -> dict[str, dict[str, object]]:
        """Return what the columns hold now, by key; unknown keys are left out."""
        wanted = set(keys)
        raw = [key for key in map(self.raw_key, keys) if key is not None]
        query, key = query_for(self._binding.leads, self._standing(columns))
        rows = connection.execute(query.where(key.in_(raw)))
        found = {str(row[0]): _values(row[1:], columns) for row in rows}
        return {key: values for key, values in found.items() if key in wanted}

    def write(
        self, connection: sa.Connection, rows: Sequence[DecisionRow], columns: Sequence[Column]
    ) -> list[Outcome]:
        """Write rows by their keys and report what was found when they were read back.

        A database may take a key in other letters for the same one, so that only those leads are
        written whose key is there exactly.
        """
        there = self.held(connection, [row.key for row in rows], ())
        parameters = [
            {"k": self.raw_key(row.key)}
            | {f"v{i}": row.values[c.name] for i, c in enumerate(columns)}
            for row in rows
            if row.key in there
        ]
        if parameters:
            connection.execute(self._update(connection, columns), parameters)
        after = self.held(connection, [*there], columns)
        return [_outcome(row, after.get(row.key), columns) for row in rows]

    def _update(self, connection: sa.Connection, columns: Sequence[Column]) -> sa.Update:
        table = table_of(self._binding.leads, self._standing(columns))
        values = {
            table.c[name]: sa.bindparam(f"v{i}", type_=column_type(column, connection.dialect))
            for i, (name, column) in enumerate(zip(self._standing(columns), columns, strict=True))
        }
        key = table.c[self._binding.leads.key]
        return sa.update(table).where(key == sa.bindparam("k")).values(values)

    def _standing(self, columns: Sequence[Column]) -> list[str]:
        return [self._binding.standing(column.name) for column in columns]

    def in_order(self, keys: Iterable[str]) -> list[str]:
        """Return the keys that the table can hold, each once, in its order of keys."""
        raw = {key: self.raw_key(key) for key in keys}
        known = [key for key, value in raw.items() if value is not None]
        order: Callable[[str], Any] = raw.__getitem__
        return sorted(known, key=order)

    def raw_key(self, key: str) -> object | None:
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


def table_of(source: Source, names: Iterable[str]) -> sa.TableClause:
    """Return a table with its key and some columns."""
    columns: list[sa.ColumnClause[Any]] = [
        sa.column(quoted(name)) for name in dict.fromkeys((source.key, *names))
    ]
    schema = source.schema and quoted(source.schema)
    return sa.table(quoted(source.table), *columns, schema=schema)


def query_for(source: Source, names: Sequence[str]) -> tuple[sa.Select[Any], sa.ColumnElement[Any]]:
    """Return a query for the key of the lead and some columns, and the key.

    Columns carry their table's name: SQLite takes a lone quoted name that it does not know for
    text, and would answer with the name itself. A column that is named twice is read twice.
    """
    table = table_of(source, names)
    key = table.c[source.key]
    columns = [table.c[name].label(f"c{place}") for place, name in enumerate(names)]
    return sa.select(key, *columns), key


def _facts(
    connection: sa.Connection, source: Source | None, keys: Sequence[object]
) -> Mapping[str, tuple[Fact, ...]]:
    """Return the rows of another table that belong to leads, by key of lead."""
    found: defaultdict[str, tuple[Fact, ...]] = defaultdict(tuple)
    if source is None or not keys:
        return found
    names = list(source.columns)
    query, lead = query_for(source, names)
    gathered: defaultdict[str, list[Fact]] = defaultdict(list)
    for row in connection.execute(query.where(lead.in_(keys)).order_by(lead)):
        gathered[str(row[0])].append(dict(zip(names, row[1:], strict=True)))
    found.update((key, tuple(facts)) for key, facts in gathered.items())
    return found


def _values(raw: Sequence[object], columns: Sequence[Column]) -> dict[str, object]:
    return {c.name: value_of(value, c) for c, value in zip(columns, raw, strict=True)}


def _outcome(
    row: DecisionRow, after: Mapping[str, object] | None, columns: Sequence[Column]
) -> Outcome:
    if after is None:
        return Outcome.failed(row.key, "unknown_lead", "the CRM has no such lead")
    changed = [c.name for c in columns if after[c.name] != row.values[c.name]]
    if changed:
        names = ", ".join(f"`{name}`" for name in changed)
        message = f"the database holds something else in {names}"
        return Outcome.failed(row.key, "not_kept", message, changed[0])
    return Outcome(row.key, Status.WRITTEN)
