"""Expressions over one row: an output or a condition from the columns of a lead alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlglot import exp

from leadpolicy.backends.relational.ast import Tree
from leadpolicy.backends.relational.dialects import DIALECTS, DialectName
from leadpolicy.backends.relational.dialects.base import Dialect
from leadpolicy.backends.relational.layout import Layout
from leadpolicy.backends.relational.meaning import Meaning, Term, written
from leadpolicy.backends.relational.meanings import Meanings
from leadpolicy.backends.relational.results import result
from leadpolicy.backends.relational.source import Clock, Columns, RefusedError, Source
from leadpolicy.expr.infer import infer
from leadpolicy.expr.nodes import Aggregate, Attribute, ConsentStatus, Node, Output, Property
from leadpolicy.expr.types import Kind
from leadpolicy.policy.checked import CheckedPolicy

_ELSEWHERE: Final = "stand in a table of their own, not in a column of the lead"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something cannot be an expression over the columns of one lead."""

    reason: str

    def __str__(self) -> str:
        return self.reason


def expression(
    checked: CheckedPolicy,
    output: str,
    dialect: DialectName,
    layout: Layout,
    at: datetime | None = None,
    *,
    row: str | None = None,
) -> str | Refusal:
    """Return an output as an expression over the columns of one lead, or why there is none.

    It is deterministic and fits constraints, generated columns and triggers; outputs that it needs
    are written out inside it. It is null where the output is unknown. `at`, an aware instant, is
    the instant of the decision: without it, whatever depends on the time is refused. `row`
    qualifies the columns, for example with `NEW`. Raises KeyError for an unknown output.
    """
    found = checked.output(output)
    return _over_one_row(found.node, checked, dialect, layout, at, row, result)


def condition(
    node: Node,
    checked: CheckedPolicy,
    dialect: DialectName,
    layout: Layout,
    at: datetime | None = None,
    *,
    row: str | None = None,
) -> str | Refusal:
    """Return a condition over the columns of one lead, or why there is none.

    It is true where the condition is met and false where it is not met or unknown, never null.
    """
    return _over_one_row(node, checked, dialect, layout, at, row, _is_met)


def _is_met(meaning: Meaning, _dialect: object) -> Tree:
    if isinstance(meaning, Term):
        raise TypeError("a condition is needed, not a value")
    return written(meaning.holds)


def _over_one_row(
    node: Node,
    checked: CheckedPolicy,
    dialect: DialectName,
    layout: Layout,
    at: datetime | None,
    row: str | None,
    shape: Callable[[Meaning, Dialect], Tree],
) -> str | Refusal:
    target = DIALECTS[dialect]
    table = None if row is None else exp.Identifier(this=row)
    source = _Row(checked, Columns(target, layout, table))
    clock = None if at is None else Clock.of(at, checked.timezone)
    meanings = source.meanings = Meanings(target, source, checked.lists, clock)
    meaning = meanings.visit(node)
    if meanings.refusals:
        return Refusal(meanings.refusals[0].reason)
    return target.sql(shape(meaning, target))


class _Row(Source):
    """The columns of one lead; outputs are written out."""

    meanings: Meanings

    def __init__(self, checked: CheckedPolicy, columns: Columns) -> None:
        self._checked = checked
        self._columns = columns
        self._known: dict[str, Meaning] = {}

    def attribute(self, node: Attribute) -> Meaning:
        """Return the column of an attribute."""
        if node.name not in self._known:
            self._known[node.name] = read_attribute(node, self._checked, self._columns)
        return self._known[node.name]

    def output(self, node: Output) -> Meaning:
        """Return what an output is made of."""
        if node.name not in self._known:
            self._known[node.name] = self.meanings.visit(self._checked.output(node.name).node)
        return self._known[node.name]

    def property(self, node: Property) -> Meaning:
        """Refuse properties of signals."""
        raise RefusedError(node, f"signals {_ELSEWHERE}", self._kind(node))

    def consent_status(self, node: ConsentStatus) -> Meaning:
        """Refuse the history of consents."""
        raise RefusedError(node, f"consents {_ELSEWHERE}", Kind.CHOICE)

    def aggregate(self, node: Aggregate) -> Meaning:
        """Refuse signals."""
        raise RefusedError(node, f"signals of `{node.signal}` {_ELSEWHERE}", self._kind(node))

    def _kind(self, node: Node) -> Kind:
        found, _ = infer(node, self._checked.vocabulary)
        return Kind.FLAG if found is None else found.kind


def read_attribute(node: Attribute, checked: CheckedPolicy, columns: Columns) -> Meaning:
    """Return the column of an attribute; raises `RefusedError` where the layout has none."""
    kind = checked.vocabulary.attributes[node.name]
    column = columns.layout.attributes.get(node.name)
    if column is None:
        raise RefusedError(node, f"no column holds the attribute `{node.name}`", kind.kind)
    decimals = checked.policy.record.attributes[node.name].decimals
    return columns.read(column, node.name, kind, decimals)
