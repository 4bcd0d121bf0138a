"""The connector: one database, opened by an address and a binding."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TypeVar

import sqlalchemy as sa

from leadpolicy.crm.connector import (
    BaseConnector,
    Capabilities,
    ConsentRow,
    DecisionRow,
    FeedbackRow,
    LeadRow,
    Native,
    Outcome,
    Page,
    Standing,
    Stream,
    UnsupportedError,
)
from leadpolicy.crm.state import Change, Column, DesiredState, ObservedState
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy_generic.abilities import NATIVE
from leadpolicy_generic.address import open_engine
from leadpolicy_generic.binding import read_binding
from leadpolicy_generic.databases import database_of
from leadpolicy_generic.errors import refusals
from leadpolicy_generic.feeds import Feeds, feeds_of
from leadpolicy_generic.options import read_options
from leadpolicy_generic.parts import Parts
from leadpolicy_generic.rows import Part, Rows
from leadpolicy_generic.schema import find, refuse_missing, refuse_repeated_keys, types_of
from leadpolicy_generic.telling import WORDS, Telling
from leadpolicy_generic.types import kinds_of

T = TypeVar("T")


class GenericConnector(BaseConnector):
    """A CRM in a SQL database.

    `url` is a database URL or the path of a SQLite file. `binding` names the tables, keys and
    columns of leads, signals and consents. Options are those of `Options`. Raises `ConnectorError`.
    """

    name = "generic"
    version = "0.1.0"

    def __init__(
        self,
        url: str,
        binding: Mapping[str, object],
        options: Mapping[str, object] | None = None,
    ) -> None:
        self._options = read_options(options or {})
        self._binding = read_binding(binding)
        self._engine, self._place = open_engine(url, self._options.busy_seconds)
        self._database = database_of(self._engine.dialect.name)
        self._parts = Parts(self._binding, self._database, self._options.roles)
        self._feedback: tuple[Column, ...] = ()

    @property
    def target(self) -> str:
        """The address without user and password, with the table of leads."""
        return f"{self._place.name}#{self._binding.leads.name}"

    @property
    def capabilities(self) -> Capabilities:
        """Writes by the lead's own key; a batch is kept as a whole or not at all."""
        feeds, parts = feeds_of(self._binding), self._database.parts
        return Capabilities(
            idempotency="native_key",
            late_effect_seconds=self._database.late_effect_seconds,
            batch_max=self._options.batch_rows,
            atomicity="all_or_none",
            feeds=feeds,
            deletions="scan",
            creates=parts,
            changes=parts,
            destroys=parts,
            state_table=True,
            native=NATIVE if self._database.relational else frozenset(),
            reads_consents=Stream.CONSENTS in feeds,
            writes_consents=self._takes_consents,
            max_concurrency=self._database.max_concurrency,
        )

    # ----------------------------------------------------------------------------- deploy
    def native(self, policy: CheckedPolicy, columns: Sequence[Column]) -> Native:
        """Return the formulas and rules that the database can hold, and reasons for the rest."""
        try:
            from leadpolicy_generic.native import compile_native
        except ImportError as error:
            raise UnsupportedError(
                "native rules need the relational back-end",
                "run `pip install 'leadpolicy-generic[native]'`",
            ) from error
        with self._reading() as connection:
            types = types_of(connection, self._binding.leads)
        kinds = {name: kinds_of(found, self._engine.dialect) for name, found in types.items()}
        return compile_native(policy, columns, self._binding, self._database, kinds)

    def observe(self, desired: DesiredState) -> ObservedState:
        """Return what stands of the desired columns, tables, rules and permissions."""
        with self._reading() as connection:
            found = self._parts.observe(connection, desired)
        names = {column.name for column in found.columns}
        self._feedback = tuple(c for c in desired.feedback if c.name in names)
        return found

    def denied(self, changes: Sequence[Change]) -> Mapping[str, str]:
        """Return what the login may not change, and which rules leads would break already."""
        with self._reading() as connection:
            return self._parts.denied(connection, changes)

    def apply(self, change: Change) -> None:
        """Make one change in a transaction of its own."""
        with self._writing() as connection:
            self._parts.apply(connection, change)

    # ------------------------------------------------------------------------------- rows
    def read_leads(
        self, columns: Sequence[Column] = (), keys: Sequence[str] | None = None
    ) -> Iterator[LeadRow]:
        """Yield leads by key with the bound columns alone, three statements a batch."""
        with self._reading() as connection:
            for source in (self._binding.leads, self._binding.signals, self._binding.consents):
                if source is not None:
                    refuse_missing(connection, source, types_of(connection, source))
        if keys is None:
            yield from self._in_pages(lambda c, last: self._rows.leads(c, columns, last))
        else:
            yield from self._chosen(columns, self._rows.in_order(keys))

    def _chosen(self, columns: Sequence[Column], keys: Sequence[str]) -> Iterator[LeadRow]:
        size = self._options.batch_rows
        for start in range(0, len(keys), size):
            with self._reading() as connection:
                found = self._rows.chosen(connection, columns, keys[start : start + size])
            yield from found

    def lookup(self, keys: Sequence[str], columns: Sequence[Column]) -> Mapping[str, Standing]:
        """Return what the columns hold now, in one statement."""
        if not keys:
            return {}
        with self._reading() as connection:
            found = self._rows.held(connection, keys, columns)
        return {key: Standing(values) for key, values in found.items()}

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        """Write a batch in one transaction and read it back before it is kept."""
        if not rows:
            return []
        with self._writing() as connection:
            return self._rows.write(connection, rows, columns)

    @property
    def _takes_consents(self) -> bool:
        return self._binding.consents is not None and set(self._binding.consent) >= WORDS

    def write_consents(self, rows: Sequence[ConsentRow]) -> list[Outcome]:
        """Add consents that are not there yet to the table of consents, in one transaction."""
        source = self._binding.consents
        if source is None or not self._takes_consents:
            raise self._unsupported("consents: the binding names no table for them")
        if not rows:
            return []
        raw_key = self._rows.raw_key
        with self._writing() as connection:
            return Telling(connection, self._binding, source, raw_key).tell(rows)

    def read_feedback(self, columns: Sequence[Column]) -> Iterator[FeedbackRow]:
        """Yield the leads in which sales has filled one of the columns."""
        if columns:
            yield from self._in_pages(lambda c, last: self._rows.feedback(c, columns, last))

    def pull(self, stream: Stream, cursor: str | None, limit: int) -> Page:
        """Return what was changed since the cursor, as far as the binding names when."""
        if stream not in self.capabilities.feeds:
            raise self._unsupported(f"the stream `{stream.value}` of tables without instants")
        feeds = Feeds(self._binding, self._rows, self._options.overlap, self._feedback)
        with self._reading() as connection:
            return feeds.pull(connection, stream, cursor, max(limit, 1))

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
            return Rows(self._binding, types[key], self._options.batch_rows)

    def _in_pages(self, read: Callable[[sa.Connection, object | None], Part[T]]) -> Iterator[T]:
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
        """Commit what was done inside; only then nobody may know whether it took effect."""
        with (
            refusals(self._place),
            self._engine.connect() as connection,
            connection.begin() as work,
        ):
            yield connection
            with refusals(self._place, committing=True):
                work.commit()
