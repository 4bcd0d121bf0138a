"""Signals: read once into plain columns, then grouped by lead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from sqlglot import exp

from leadpolicy.backends.relational import ast
from leadpolicy.backends.relational.ast import Tree
from leadpolicy.backends.relational.consents import Consents
from leadpolicy.backends.relational.layout import SignalTable
from leadpolicy.backends.relational.meaning import Meaning
from leadpolicy.backends.relational.provided import Provided
from leadpolicy.backends.relational.source import Clock, Columns, RefusedError, Source
from leadpolicy.expr.nodes import Property
from leadpolicy.policy.checked import CheckedPolicy

Step: TypeAlias = tuple[str, exp.Select]
"""One query of a chain, with the name under which later ones use it."""

LEAD: Final = "lead"
TYPE: Final = "type"
OCCURRED: Final = "occurred"
USABLE: Final = "lp_usable"
GROUPED: Final = "lp_signals"
_ALIAS: Final = "s"


class Signals:
    """One table of signals, of which some are usable at an instant."""

    def __init__(self, checked: CheckedPolicy, columns: Columns, clock: Clock) -> None:
        self._checked = checked
        self._table = columns.layout.signals or SignalTable()
        self._dialect = columns.dialect
        self._reading = Columns(columns.dialect, columns.layout, ast.name(_ALIAS))
        self._clock = clock
        self._provided = Provided()
        self._moment = self._dialect.moment(self._column(self._table.occurred_at))
        self._type = self._dialect.exact(self._dialect.text(self._column(self._table.type)))

    def _column(self, written_name: str) -> Tree:
        return ast.column(written_name, ast.name(_ALIAS))

    def source(self, signal: str) -> Source:
        """Return what gives the properties of one type of signals their meaning."""
        named = self._table.properties.get(signal, {})
        return _OneSignal(self._checked, self._reading, signal, named, self._provided)

    def steps(
        self, types: set[str], grouped: Mapping[str, Tree], consents: Consents | None
    ) -> Iterator[Step]:
        """Yield the query for usable signals, and the one that groups them by lead."""
        own = {
            LEAD: self._column(self._table.lead),
            TYPE: self._type,
            OCCURRED: self._moment,
        }
        source = ast.table(self._table.table, _ALIAS)
        now = self._dialect.moment_literal(self._clock.at)
        happened = ast.infix(exp.LTE, self._moment, now)
        wanted = ast.some([self._usable(signal, consents) for signal in sorted(types)])
        usable = ast.query({**own, **self._provided.columns}, source)
        yield USABLE, usable.where(ast.every([happened, wanted]), copy=False)
        lead = ast.column(LEAD)
        found = ast.query({LEAD: lead, **grouped}, ast.table(USABLE))
        yield GROUPED, found.group_by(lead, copy=False)

    def _usable(self, signal: str, consents: Consents | None) -> Tree:
        """Return that a signal is of a type, and that its gate was open then and is open now."""
        tests = [ast.infix(exp.EQ, self._type, self._dialect.text_literal(signal))]
        gate = self._checked.policy.signals[signal].gate
        if gate is not None and consents is not None:
            spec = self._checked.policy.gates[gate]
            pair, lead = (spec.purpose, spec.channel.value), self._column(self._table.lead)
            now = self._dialect.moment_literal(self._clock.at)
            tests += [
                consents.accepted(lead, moment, pair, spec.accepted())
                for moment in (self._moment, now)
            ]
        return ast.every(tests)


class _OneSignal(Source):
    """The columns of one signal."""

    def __init__(
        self,
        checked: CheckedPolicy,
        reading: Columns,
        signal: str,
        named: Mapping[str, str],
        provided: Provided,
    ) -> None:
        self._types = checked.vocabulary.signals[signal]
        self._specs = checked.policy.signals[signal].properties
        self._reading = reading
        self._signal = signal
        self._named = named
        self._provided = provided

    def property(self, node: Property) -> Meaning:
        """Return the column of a property, as the step before provides it."""
        type_, label = self._types[node.name], f"{self._signal}.{node.name}"
        column = self._named.get(node.name)
        if column is None:
            raise RefusedError(node, f"no column holds the property `{label}`", type_.kind)
        read = self._reading.read(column, label, type_, self._specs[node.name].decimals)
        return self._provided.keep(label, read)
