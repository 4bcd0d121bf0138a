"""Negation normal form: the shape in which a condition can be compiled without a third value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from leadpolicy.expr.nodes import And, AtLeast, Case, Compare, Comparison, Literal, Node, Not, Or
from leadpolicy.expr.traverse import bottom_up, with_children

OPPOSITES: Final[Mapping[Comparison, Comparison]] = {
    Comparison.EQ: Comparison.NE,
    Comparison.NE: Comparison.EQ,
    Comparison.LT: Comparison.GE,
    Comparison.GE: Comparison.LT,
    Comparison.GT: Comparison.LE,
    Comparison.LE: Comparison.GT,
}
"""The comparison that is true where another is false; both are unknown together."""


def negation_normal_form(node: Node) -> Node:
    """De Morgan: `not` moves inwards until it stands in front of atoms; comparisons turn around.

    >>> from leadpolicy.expr.nodes import Attribute
    >>> negation_normal_form(Not(And((Attribute("a"), Not(Attribute("b"))))))
    Or(items=(Not(of=Attribute(name='a')), Attribute(name='b')))
    """
    positive, _ = bottom_up(node, _both, into_where=True)
    return positive


def _both(node: Node, parts: Sequence[tuple[Node, Node]]) -> tuple[Node, Node]:
    """Return the node and its negation, both in normal form."""
    if isinstance(node, Not):
        positive, negative = parts[0]
        is_atom = isinstance(negative, Not) and negative.of is node.of
        return (node if is_atom else negative), positive
    plain = with_children(node, [positive for positive, _ in parts])
    return plain, _negated(plain, [negative for _, negative in parts])


def _negated(node: Node, parts: Sequence[Node]) -> Node:
    """Return the negation of a node in normal form, given those of its children."""
    match node:
        case Literal(value=bool()):
            return replace(node, value=not node.value)
        case Compare():
            return replace(node, op=OPPOSITES[node.op])
        case And():
            return Or(tuple(parts), place=node.place)
        case Or():
            return And(tuple(parts), place=node.place)
        case AtLeast():
            return AtLeast(len(parts) - node.count + 1, tuple(parts), place=node.place)
        case Case():
            values = zip((condition for condition, _ in node.branches), parts[1::2], strict=True)
            return Case(tuple(values), parts[-1], place=node.place)
        case _:
            return Not(node, place=node.place)
