"""Consents told to the database: each becomes a row of the table of consents, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import sqlalchemy as sa

from leadpolicy.crm.connector import ConsentRow, Outcome, Status
from leadpolicy_generic.binding import Binding, Source
from leadpolicy_generic.followed import now_of
from leadpolicy_generic.schema import find, quoted, types_of

WORDS: Final = frozenset({"purpose", "channel", "status", "at"})
"""What a table of consents has to name before it can be told anything."""


class Telling:
    """Writes consents into the table that the binding names, on the caller's connection."""

    def __init__(
        self,
        connection: sa.Connection,
        binding: Binding,
        source: Source,
        raw_key: Callable[[str], object | None],
    ) -> None:
        self._connection = connection
        self._binding = binding
        self._raw_key = raw_key
        self._source = source
        self._types = types_of(connection, source)
        columns = (sa.Column(quoted(name), kind) for name, kind in self._types.items())
        metadata = sa.MetaData(schema=source.schema)
        self._table = sa.Table(quoted(source.table), metadata, *columns)
        primary = sa.inspect(connection).get_pk_constraint(source.table, schema=source.schema)
        self._keys = [str(name) for name in primary["constrained_columns"]]

    def tell(self, rows: Sequence[ConsentRow]) -> list[Outcome]:
        """Add what is not there yet; one outcome a row."""
        known = self._leads([row.key for row in rows])
        return [self._tell(row, known.get(row.key)) for row in rows]

    def _leads(self, keys: Sequence[str]) -> Mapping[str, object]:
        """Return the keys of leads that stand, as the database holds them."""
        leads = self._binding.leads
        key: sa.ColumnClause[Any] = sa.column(quoted(leads.key))
        place = sa.table(quoted(leads.table), key, schema=leads.schema)
        raw = [value for value in map(self._raw_key, keys) if value is not None]
        found = self._connection.execute(sa.select(key).select_from(place).where(key.in_(raw)))
        return {str(value): value for value in found.scalars()}

    def _tell(self, row: ConsentRow, key: object | None) -> Outcome:
        if key is None:
            return Outcome.failed(row.key, "unknown_lead", "the CRM has no such lead")
        values: dict[str, object] = {self._source.key: key}
        for name, code in (
            ("purpose", row.purpose),
            ("channel", row.channel),
            ("status", row.status),
        ):
            label = self._binding.consent[name]
            word = label.word(code)
            if word is None:
                said = f"the binding has no word for the {name} `{code}`"
                return Outcome.failed(row.key, "no_word", said, name)
            values[label.column] = word
        column = self._binding.consent["at"].column
        values[column] = self._moment(column, row.at)
        if self._stands(values):
            return Outcome(row.key, Status.UNCHANGED)
        self._connection.execute(self._table.insert().values(self._whole(values, row)))
        return Outcome(row.key, Status.CREATED)

    def _stands(self, values: Mapping[str, object]) -> bool:
        tests = [self._column(name) == value for name, value in values.items()]
        query = sa.select(sa.literal(1)).select_from(self._table).where(*tests).limit(1)
        return self._connection.execute(query).first() is not None

    def _whole(self, values: Mapping[str, object], row: ConsentRow) -> dict[str, object]:
        """Return a row with what the table has beside: its own key, its source, its instant."""
        whole = {self._name(name): value for name, value in values.items()}
        changed = self._source.changed
        for own in self._keys:
            if own not in whole and isinstance(self._types[own], sa.String):
                whole[own] = uuid4().hex
        if changed is not None:
            whole[self._name(changed)] = self._moment(changed, now_of(self._connection))
        for column, place in self._source.columns.items():
            if place == "consents.source":
                whole[self._name(column)] = row.source or "leadpolicy"
        return whole

    def _moment(self, column: str, at: datetime) -> object:
        """Return an instant as the column holds it; without a zone, in the binding's."""
        kind = self._types[self._name(column)]
        if isinstance(kind, sa.String):
            return at.astimezone(UTC).isoformat()
        if isinstance(kind, sa.DateTime) and not kind.timezone:
            return at.astimezone(self._binding.timezone).replace(tzinfo=None)
        return at

    def _column(self, name: str) -> sa.ColumnElement[Any]:
        return self._table.c[self._name(name)]

    def _name(self, name: str) -> str:
        return find(name, self._types, self._connection) or name
