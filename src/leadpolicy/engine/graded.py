"""Tests of a grade or rating, taken apart into conditions about what the grade is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from leadpolicy.expr.nodes import And, Case, Compare, Comparison, Literal, Node, OneOf, Output
from leadpolicy.expr.types import Kind, Scalar


@dataclass(frozen=True, slots=True)
class Branch:
    """A condition, and whether it gives a value asked for where none of those `before` holds."""

    condition: Node
    wanted: bool
    before: tuple[int, ...]


def branches_of(node: Node, grades: Mapping[str, Node]) -> tuple[Branch, ...] | None:
    """Return the branches that decide a test of a grade or rating; None for anything else."""
    match node:
        case OneOf(of=Output(name=name), values=values):
            return _branches(grades.get(name), [item.value for item in values], is_wanted=True)
        case Compare(op=op, left=Output(name=name), right=Literal(value=value)):
            return _branches(grades.get(name), [value], is_wanted=op is Comparison.EQ)
        case Compare(op=op, left=Literal(value=value), right=Output(name=name)):
            return _branches(grades.get(name), [value], is_wanted=op is Comparison.EQ)
        case _:
            return None


def _branches(
    case: Node | None, asked: Sequence[Scalar], *, is_wanted: bool
) -> tuple[Branch, ...] | None:
    if not isinstance(case, Case):
        return None
    always = Literal(Kind.FLAG, True)
    pairs = [*case.branches, (always, case.otherwise)]
    if not all(isinstance(value, Literal) for _, value in pairs):
        return None
    wanted = [(value.value in asked) is is_wanted for _, value in pairs]  # type: ignore[attr-defined]
    conditions = [condition for condition, _ in case.branches]
    exclusive = all(_exclude(one, other) for one, other in combinations(conditions, 2))
    return tuple(_linked([condition for condition, _ in pairs], wanted, exclusive))


def _linked(
    conditions: Sequence[Node], wanted: Sequence[bool], exclusive: bool
) -> Iterator[Branch]:
    last = len(conditions) - 1
    for index, condition in enumerate(conditions):
        others = [i for i in range(index) if wanted[i] is not wanted[index]]
        yield Branch(condition, wanted[index], () if exclusive and index < last else tuple(others))


def _exclude(one: Node, other: Node) -> bool:
    """Tell whether two branches ask the same outputs for different codes."""
    first, second = _codes(one), _codes(other)
    return any(first[name] != second[name] for name in first.keys() & second.keys())


def _codes(condition: Node) -> dict[str, Scalar]:
    items = condition.items if isinstance(condition, And) else (condition,)
    return {
        item.left.name: item.right.value
        for item in items
        if isinstance(item, Compare) and item.op is Comparison.EQ
        if isinstance(item.left, Output) and isinstance(item.right, Literal)
    }
