"""Conditions in Python: `&`, `|` and `~` build nodes, nothing is decided while building."""

from __future__ import annotations

from typing import Final, NoReturn

from leadpolicy.expr.literals import shown
from leadpolicy.expr.nodes import And, AtLeast, Known, Node, Not, Or
from leadpolicy.expr.unparse import unparse

_WRITE_INSTEAD: Final = (
    "write `&` for and, `|` for or, `~` for not, `.is_in(...)` for in, "
    "and `x.between(a, b)` for a chained comparison"
)


class Condition:
    """Something that is true, false or unknown about a lead; `node` is its expression."""

    __slots__ = ("_grows", "node")

    def __init__(self, node: Node) -> None:
        self.node: Final = node
        self._grows = False

    def __and__(self, other: Condition) -> Condition:
        return _joined(And, self, other, "&")

    def __or__(self, other: Condition) -> Condition:
        return _joined(Or, self, other, "|")

    def __invert__(self) -> Condition:
        return Condition(Not(self.node))

    def __bool__(self) -> NoReturn:
        raise TypeError(
            f"`{unparse(self.node)}` is true or false of a lead, not by itself: {_WRITE_INSTEAD}"
        )

    def __eq__(self, other: object) -> bool:
        if isinstance(other, bool):
            raise TypeError(
                f"`{unparse(self.node)}` cannot be compared with {other}: "
                f"write it alone, or with `~` in front"
            )
        return self.node == other.node if isinstance(other, Condition) else NotImplemented

    def __hash__(self) -> int:
        return hash((Condition, self.node))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({unparse(self.node)})"


class FlagValue(Condition):
    """A flag of the lead: a condition by itself."""

    __slots__ = ()

    def is_true(self) -> Condition:
        """Be true where the flag is."""
        return Condition(self.node)

    def is_false(self) -> Condition:
        """Be true where the flag is known to be false."""
        return Condition(Not(self.node))

    def is_known(self) -> Condition:
        """Be true where the flag has a value."""
        return Condition(Known(self.node))

    def is_unknown(self) -> Condition:
        """Be true where the flag has no value."""
        return Condition(Not(Known(self.node)))


def all_of(*conditions: Condition) -> Condition:
    """Be true where all conditions are."""
    return Condition(And(_nodes(conditions)))


def any_of(*conditions: Condition) -> Condition:
    """Be true where at least one condition is."""
    return Condition(Or(_nodes(conditions)))


def not_(condition: Condition) -> Condition:
    """Be true where the condition is false; unknown where it is unknown."""
    return Condition(Not(condition_node(condition)))


def at_least(count: int, *conditions: Condition) -> Condition:
    """Be true where at least `count` of the conditions are.

    Raises TypeError where `count` is no whole number, and ValueError where it is below 1 or
    above the number of conditions.
    """
    if isinstance(count, bool) or not isinstance(count, int):
        raise TypeError(f"`at_least` needs a whole number first, not {shown(count)}")
    if not 1 <= count <= len(conditions):
        raise ValueError(f"`at_least` can ask for 1 to {len(conditions)} of these, not {count}")
    return Condition(AtLeast(count, _nodes(conditions)))


def condition_node(value: object) -> Node:
    """Return the expression of a condition; raises TypeError for anything else."""
    if isinstance(value, Condition):
        return value.node
    raise TypeError(f"a condition is needed, not {shown(value)}")


def _nodes(conditions: tuple[Condition, ...]) -> tuple[Node, ...]:
    return tuple(map(condition_node, conditions))


def _joined(kind: type[And | Or], left: Condition, right: object, sign: str) -> Condition:
    """Join two conditions; what the same operator has joined before takes one more item."""
    if not isinstance(right, Condition):
        raise TypeError(
            f"`{sign}` joins `{unparse(left.node)}` with a condition, not {shown(right)}"
        )
    before = left.node
    grows = left._grows and isinstance(before, kind) and isinstance(before, And | Or)
    items = before.items if grows and isinstance(before, And | Or) else (before,)
    joined = Condition(kind((*items, right.node)))
    joined._grows = True
    return joined
