"""The connector: one database, opened by an address and a binding."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Final, TypeVar

import sqlalchemy as sa

from leadpolicy.crm.connector import (
    Capabilities,
    DecisionRow,
    FeedbackRow,
    LeadRow,
    Outcome,
)
from leadpolicy.crm.state import (
    Action,
    Change,
    Column,
    DesiredState,
    ObservedReason,
    ObservedState,
    ReasonRow,
    Table,
)
from leadpolicy_generic.address import open_engine, read_options, shown
from leadpolicy_generic.binding import read_binding
from leadpolicy_generic.errors import refusals
from leadpolicy_generic.reasons import add_table, observe_tables, put_reason
from leadpolicy_generic.rows import Page, Rows
from leadpolicy_generic.schema import (
    add_column,
    find,
    observe_columns,
    refuse_missing,
    refuse_repeated_keys,
    types_of,
)

T = TypeVar("T")


class GenericConnector:
    """A CRM in a SQL database.

    `url` is a database URL or the path of a SQLite file. `binding` names the tables, keys and
    columns of leads, signals and consents. Options: `batch_rows` (rows of one transaction, 500)
    and `busy_seconds` (how long to wait for a lock of SQLite, 5). Raises `ConnectorError`.
    """

    name: Final = "generic"

    def __init__(
        self,
        url: str,
        binding: Mapping[str, object],
        options: Mapping[str, object] | None = None,
    ) -> None:
        self._batch_rows, busy_seconds = read_options(options or {})
        self._binding = read_binding(binding)
        self._engine = open_engine(url, busy_seconds)
        self._place = shown(self._engine.url)

    @property
    def target(self) -> str:
        """The address without user and password, with the table of leads."""
        return f"{self._place}#{self._binding.leads.name}"

    @property
    def capabilities(self) -> Capabilities:
        """Writes by the lead's own key; a batch is kept as a whole or not at all."""
        return Capabilities(
            idempotency="native_key",
            batch_max=self._batch_rows,
            can_create_columns=True,
            can_create_tables=True,
        )

    def observe(self, desired: DesiredState) -> ObservedState:
        """Return the desired columns and tables that stand."""
        with self._reading() as connection:
            return ObservedState(
                observe_columns(connection, self._binding, desired),
                observe_tables(connection, self._binding, desired),
            )

    def apply(self, change: Change) -> None:
        """Make one additive change in a transaction of its own."""
        with self._writing() as connection:
            match change.part:
                case Column() as column:
                    add_column(connection, self._binding, column)
                case Table(name):
                    add_table(connection, self._binding, name)
                case ReasonRow(name, reason):
                    active = change.action is not Action.DEACTIVATE
                    put_reason(connection, self._binding, name, ObservedReason(reason, active))

    def read_leads(self) -> Iterator[LeadRow]:
        """Yield every lead by key, with the bound columns alone, three statements a batch."""
        with self._reading() as connection:
            for source in (self._binding.leads, self._binding.signals, self._binding.consents):
                if source is not None:
                    refuse_missing(connection, source, types_of(connection, source))
        yield from self._in_pages(self._rows.leads)

    def read_written(
        self, keys: Sequence[str], columns: Sequence[Column]
    ) -> Mapping[str, Mapping[str, object]]:
        """Return what the columns hold now, in one statement."""
        with self._reading() as connection:
            return self._rows.held(connection, keys, columns)

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        """Write a batch in one transaction and read it back before it is kept."""
        with self._writing() as connection:
            return self._rows.write(connection, rows, columns)

    def read_feedback(self, columns: Sequence[Column]) -> Iterator[FeedbackRow]:
        """Yield the leads in which sales has filled one of the columns."""
        if columns:
            yield from self._in_pages(lambda c, last: self._rows.feedback(c, columns, last))

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    @cached_property
    def _rows(self) -> Rows:
        leads = self._binding.leads
        with self._reading() as connection:
            types = types_of(connection, leads)
            refuse_missing(connection, leads, types, leads.columns)
            refuse_repeated_keys(connection, leads)
            key = find(leads.key, types, connection) or leads.key
            return Rows(self._binding, types[key], self._batch_rows)

    def _in_pages(self, read: Callable[[sa.Connection, object | None], Page[T]]) -> Iterator[T]:
        """Yield rows page by page; between two pages nothing is held open or locked."""
        last: object | None = None
        while True:
            with self._reading() as connection:
                page = read(connection, last)
            yield from page.rows
            if page.last is None:
                return
            last = page.last

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with refusals(self._place), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with refusals(self._place), self._engine.begin() as connection:
            yield connection
