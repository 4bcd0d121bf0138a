"""The first step of a query: every fact about a lead that is asked for, in one row."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from sqlglot import exp

from leadpolicy.backends.relational import ast
from leadpolicy.backends.relational.aggregates import Aggregates, Grouped
from leadpolicy.backends.relational.consents import SPANS, Consents, Pair
from leadpolicy.backends.relational.meaning import Given, Meaning, Term, above
from leadpolicy.backends.relational.provided import Provided, reread
from leadpolicy.backends.relational.rows import read_attribute
from leadpolicy.backends.relational.signals import GROUPED, LEAD, Signals, Step
from leadpolicy.backends.relational.source import (
    Clock,
    Columns,
    RefusedError,
    Source,
    code_forms,
)
from leadpolicy.backends.truths import two_valued
from leadpolicy.expr.infer import infer
from leadpolicy.expr.nodes import Aggregate, AggregateFunction, Attribute, ConsentStatus, Output
from leadpolicy.expr.types import Kind
from leadpolicy.policy.checked import CheckedPolicy

KEY: Final = "lead.key"
FACTS: Final = "lp_facts"
_STATUSES: Final = "lp_consents"
_LEADS: Final = "l"


class Facts(Source):
    """Names as columns of the step before; it notes what the first step must provide."""

    def __init__(self, checked: CheckedPolicy, columns: Columns, clock: Clock) -> None:
        self._checked = checked
        self._dialect = columns.dialect
        self._layout = layout = columns.layout
        self._clock = clock
        self._leads = Columns(columns.dialect, layout, ast.name(_LEADS))
        self._consents = Consents(columns.dialect, layout.consents) if layout.consents else None
        self._signals = Signals(checked, columns, clock) if layout.signals else None
        self._aggregates = Aggregates(columns.dialect, checked.lists, clock)
        self._provided = Provided()
        self._attributes: dict[str, Meaning] = {}
        self._outputs: dict[str, Meaning] = {}
        self._grouped: dict[Aggregate, tuple[str, Grouped]] = {}
        self._statuses: dict[Pair, str] = {}

    # ------------------------------------------------------------------------------ names
    def attribute(self, node: Attribute) -> Meaning:
        """Return the column of an attribute, as the first step provides it."""
        if node.name not in self._attributes:
            read = read_attribute(node, self._checked, self._leads)
            self._attributes[node.name] = self._provided.keep(node.name, read)
        return self._attributes[node.name]

    def output(self, node: Output) -> Meaning:
        """Return the column of an output decided in an earlier step."""
        return self._outputs[node.name]

    def decided(self, name: str, meaning: Meaning, kind: Kind) -> None:
        """Note that an output is there for the steps that follow."""
        forms = code_forms(self._dialect, ast.column(name)) if kind is Kind.CHOICE else {}
        self._outputs[name] = reread(meaning, name, forms)

    def consent_status(self, node: ConsentStatus) -> Meaning:
        """Return the column of a status."""
        if self._consents is None:
            raise RefusedError(node, "the layout names no table of consents", Kind.CHOICE)
        pair = (node.purpose, node.channel)
        name = self._statuses.setdefault(pair, f"consent.{len(self._statuses) + 1}")
        self._provided.columns[name] = ast.column(name, ast.name(_STATUSES))
        tree = ast.column(name)
        return Term(tree, Kind.CHOICE, 0, Given(tree), code_forms(self._dialect, tree))

    def aggregate(self, node: Aggregate) -> Meaning:
        """Return the column of a fact about signals."""
        if node not in self._grouped:
            found = self._group(node)
            self._grouped[node] = f"signal.{len(self._grouped) + 1}", found
        name, grouped = self._grouped[node]
        tree, source = ast.column(name), ast.column(name, ast.name(GROUPED))
        if not grouped.is_counted:
            self._provided.columns[name] = source
            return Term(tree, grouped.kind, grouped.scale, Given(tree))
        self._provided.columns[name] = ast.call("COALESCE", source, ast.number(0))
        if node.function is AggregateFunction.ANY:
            return two_valued(above(tree, ast.number(0)))
        return Term(tree, grouped.kind, grouped.scale)

    def _group(self, node: Aggregate) -> Grouped:
        """Return the aggregate; a refusal inside its `where` is one of the whole."""
        try:
            return self._aggregates.grouped(node, self._usable_signals(node).source(node.signal))
        except RefusedError as refusal:
            found, _ = infer(node, self._checked.vocabulary)
            kind = Kind.FLAG if found is None else found.kind
            raise RefusedError(refusal.node, refusal.reason, kind) from None

    def _usable_signals(self, node: Aggregate) -> Signals:
        if self._signals is None:
            raise RefusedError(node, "the layout names no table of signals")
        gate = self._checked.policy.signals[node.signal].gate
        if gate is not None and self._consents is None:
            signals = f"signals of `{node.signal}` need the gate `{gate}`"
            raise RefusedError(node, f"{signals}, and the layout names no table of consents")
        return self._signals

    # ------------------------------------------------------------------------------ steps
    def steps(self, used: Collection[str]) -> Iterator[Step]:
        """Yield the queries up to the one that provides the columns that are used."""
        needed = {name: tree for name, tree in self._provided.columns.items() if name in used}
        joined = [
            table
            for table, names in ((_STATUSES, self._statuses.values()), (GROUPED, self._names()))
            if needed.keys() & set(names)
        ]
        yield from self._grouped_steps()
        key = ast.column(self._layout.key, ast.name(_LEADS))
        found = ast.query({KEY: key, **needed}, ast.table(self._layout.table, _LEADS))
        for table in joined:
            same = ast.infix(exp.EQ, ast.column(LEAD, ast.name(table)), key)
            found = found.join(ast.table(table), on=same, join_type="left", copy=False)
        yield FACTS, found

    def _names(self) -> list[str]:
        return [name for name, _ in self._grouped.values()]

    def _grouped_steps(self) -> Iterator[Step]:
        gated = any(self._checked.policy.signals[node.signal].gate for node in self._grouped)
        if self._consents is not None and (self._statuses or gated):
            yield SPANS, self._consents.spans()
            if self._statuses:
                yield _STATUSES, self._consents.statuses(self._statuses, self._clock.at)
        if self._signals is not None and self._grouped:
            types = {node.signal for node in self._grouped}
            grouped = {name: found.tree for name, found in self._grouped.values()}
            yield from self._signals.steps(types, grouped, self._consents)
