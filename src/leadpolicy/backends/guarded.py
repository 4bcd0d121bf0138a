"""Conditions without a third value: the guarded form that every target evaluates alike.

`met(node, True)` is the condition under which an expression is true, `met(node, False)` the one
under which it is false; where neither holds it is unknown. `not` is pushed down to the atoms, so
that only conjunctions and disjunctions of guarded atoms remain: *known and test*, or *known and
opposite test*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from leadpolicy.expr.negation import OPPOSITES
from leadpolicy.expr.nodes import (
    Aggregate,
    AggregateFunction,
    And,
    AtLeast,
    Case,
    Compare,
    Known,
    Literal,
    Node,
    Not,
    Or,
)


@dataclass(frozen=True, slots=True, eq=False)
class Formula:
    """A condition that is either true or false."""


@dataclass(frozen=True, slots=True)
class Always(Formula):
    """The same for every lead."""

    value: bool


@dataclass(frozen=True, slots=True)
class Atom(Formula):
    """The atom is known, and it is `wanted`."""

    node: Node
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class Every(Formula):
    """All items hold."""

    items: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Some(Formula):
    """At least one item holds."""

    items: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Enough(Formula):
    """At least `count` items hold."""

    count: int
    items: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Choice(Formula):
    """The formula beside the first condition that holds, otherwise the last one."""

    branches: tuple[tuple[Formula, Formula], ...]
    otherwise: Formula


TRUE: Final = Always(True)
FALSE: Final = Always(False)

_Join: TypeAlias = Callable[[Iterable[Formula]], Formula]


def met(node: Node, wanted: bool = True) -> Formula:
    """Return when a condition is true or, with `wanted=False`, when it is false.

    >>> from leadpolicy.expr.nodes import Attribute
    >>> met(Not(And((Attribute("a"), Attribute("b")))))
    Some(items=(Atom(node=Attribute(name='a'), wanted=False), \
Atom(node=Attribute(name='b'), wanted=False)))
    """
    match node:
        case Not():
            return met(node.of, not wanted)
        case And():
            return _joined(every if wanted else some, node.items, wanted)
        case Or():
            return _joined(some if wanted else every, node.items, wanted)
        case AtLeast():
            count = node.count if wanted else len(node.items) - node.count + 1
            return enough(count, [met(item, wanted) for item in node.items])
        case Case():
            branches = [(met(test), met(value, wanted)) for test, value in node.branches]
            return choice(branches, met(node.otherwise, wanted))
        case _:
            return _atom(node, wanted)


def _atom(node: Node, wanted: bool) -> Formula:
    match node:
        case Literal(value=value):
            return Always(value is wanted)
        case Known(of=of) if never_unknown(of):
            return Always(wanted)
        case Compare() if not wanted:
            return Atom(Compare(OPPOSITES[node.op], node.left, node.right))
        case _:
            return Atom(node, wanted)


def never_unknown(node: Node) -> bool:
    """Tell whether a term has a value whatever the facts are."""
    counted = (AggregateFunction.COUNT, AggregateFunction.ANY)
    return isinstance(node, Literal) or (isinstance(node, Aggregate) and node.function in counted)


def _joined(join: _Join, items: Sequence[Node], wanted: bool) -> Formula:
    return join([met(item, wanted) for item in items])


def every(items: Iterable[Formula]) -> Formula:
    """Join conditions by *and*; true when empty."""
    kept: list[Formula] = []
    for item in items:
        if item == FALSE:
            return FALSE
        if item != TRUE:
            kept += item.items if isinstance(item, Every) else (item,)
    return kept[0] if len(kept) == 1 else Every(tuple(kept)) if kept else TRUE


def some(items: Iterable[Formula]) -> Formula:
    """Join conditions by *or*; false when empty."""
    kept: list[Formula] = []
    for item in items:
        if item == TRUE:
            return TRUE
        if item != FALSE:
            kept += item.items if isinstance(item, Some) else (item,)
    return kept[0] if len(kept) == 1 else Some(tuple(kept)) if kept else FALSE


def enough(count: int, items: Iterable[Formula]) -> Formula:
    """Return that at least `count` of the items hold."""
    found = tuple(items)
    kept = tuple(item for item in found if not isinstance(item, Always))
    count -= found.count(TRUE)
    if count <= 0 or count > len(kept):
        return Always(count <= 0)
    if count in (1, len(kept)):
        return some(kept) if count == 1 else every(kept)
    return Enough(count, kept)


def choice(branches: Iterable[tuple[Formula, Formula]], otherwise: Formula) -> Formula:
    """Return the formula of the first branch whose condition holds, otherwise the last one."""
    kept: list[tuple[Formula, Formula]] = []
    for test, value in branches:
        if test == TRUE:
            otherwise = value
            break
        if test != FALSE:
            kept.append((test, value))
    return Choice(tuple(kept), otherwise) if kept else otherwise


def parts(formula: Formula) -> tuple[Formula, ...]:
    """Return the formulas directly inside one."""
    match formula:
        case Every(items=items) | Some(items=items) | Enough(items=items):
            return items
        case Choice(branches=branches, otherwise=otherwise):
            return (*(part for pair in branches for part in pair), otherwise)
        case _:
            return ()


def atoms(formula: Formula) -> Iterator[Atom]:
    """Yield every atom of a formula."""
    waiting = [formula]
    while waiting:
        current = waiting.pop()
        if isinstance(current, Atom):
            yield current
        waiting.extend(parts(current))
