"""Exact arithmetic on decimals, and sums in which points for one picklist come together."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from leadpolicy.backends.guarded import every
from leadpolicy.expr.evaluate import EXACT
from leadpolicy.expr.nodes import Extreme, Literal, Node, Pick, Rounded, Scaled, Sum
from leadpolicy.expr.types import Kind
from leadpolicy_salesforce.formula import trees
from leadpolicy_salesforce.formula.meaning import Among, Points, Term, written
from leadpolicy_salesforce.formula.source import RefusedError
from leadpolicy_salesforce.formula.trees import Tree

MOST_DIGITS: Final = 15
MOST_DECIMALS: Final = 12


def number(node: Literal, value: int | Decimal) -> Term:
    """Return a number of the policy; raises `RefusedError` for one that is too long."""
    exact = _fitting(node, Decimal(value))
    return Term(trees.number(exact), node.kind, _decimals(exact))


def _fitting(node: Node, value: Decimal) -> Decimal:
    if abs(value).scaleb(_decimals(value), context=EXACT) >= 10**MOST_DIGITS:
        raise RefusedError(node, f"the number has over {MOST_DIGITS} digits", Kind.NUMBER)
    return value


def _decimals(value: Decimal) -> int:
    return max(0, -int(EXACT.normalize(value).as_tuple().exponent))


def _bounded(node: Node, term: Term) -> Term:
    if term.scale > MOST_DECIMALS:
        reason = f"the result would need over {MOST_DECIMALS} decimals"
        raise RefusedError(node, reason, Kind.NUMBER)
    return term


def total(_node: Sum, items: Sequence[Term]) -> Term:
    """Return the sum of numbers."""
    tree = trees.added([item.tree for item in merged(items)])
    return _known_together(tree, items)


def product(node: Scaled, of: Term) -> Term:
    """Return a number times a factor of the policy."""
    factor = _fitting(node, node.factor)
    scale = _decimals(factor)
    kind = Kind.NUMBER if scale else of.kind
    tree = of.tree if factor == 1 else trees.infix(trees.number(factor), "*", of.tree)
    return _bounded(node, Term(tree, kind, of.scale + scale, of.known))


def extreme(node: Extreme, items: Sequence[Term]) -> Term:
    """Return the lowest or highest number."""
    function = "MIN" if node.pick is Pick.LOWEST else "MAX"
    found = tuple(item.tree for item in items)
    return _known_together(trees.Call(function, found) if len(found) > 1 else found[0], items)


def rounded(node: Rounded, of: Term) -> Term:
    """Return a number rounded half away from zero."""
    kind = Kind.NUMBER if node.decimals and of.kind is Kind.NUMBER else Kind.WHOLE
    if of.scale <= node.decimals:
        return Term(of.tree, kind, of.scale, of.known)
    tree = trees.call("ROUND", of.tree, trees.number(node.decimals))
    return Term(tree, kind, node.decimals, of.known)


def _known_together(tree: Tree, items: Sequence[Term]) -> Term:
    kind = Kind.WHOLE if all(item.kind is Kind.WHOLE for item in items) else Kind.NUMBER
    scale = max(item.scale for item in items) if items else 0
    return Term(tree, kind, scale, every([item.known for item in items]))


# ---------------------------------------------------------------------- points for picklists
def points(test: Among, value: Decimal) -> Points:
    """Return what a sum gets for the values of one picklist."""
    return Points(test.tree, tuple((item, value) for item in test.values))


def merged(items: Sequence[Term]) -> list[Term]:
    """Return the terms of a sum, with those over one picklist as one CASE."""
    found: list[Term] = []
    for item in items:
        place = next((i for i, x in enumerate(found) if _fit_together(x, item)), None)
        if place is None:
            found.append(item)
        else:
            found[place] = _together(found[place], item)
    return found


def _fit_together(one: Term, other: Term) -> bool:
    if one.points is None or other.points is None:
        return False
    return one.points.tree == other.points.tree


def _together(one: Term, other: Term) -> Term:
    sums: dict[str, Decimal] = {}
    for term in (one, other):
        for value, amount in term.points.by_value if term.points else ():
            sums[value] = EXACT.add(sums.get(value, Decimal(0)), amount)
    tree = one.points.tree if one.points else one.tree
    scale = max(one.scale, other.scale)
    return picked(Points(tree, tuple(sums.items())), scale)


def picked(of: Points, scale: int) -> Term:
    """Return what a picklist is worth."""
    pairs = [part for value, amount in of.by_value for part in _pair(value, amount)]
    tree = trees.call("CASE", of.tree, *pairs, trees.ZERO)
    return Term(tree, Kind.NUMBER if scale else Kind.WHOLE, scale, points=of)


def _pair(value: str, amount: Decimal) -> tuple[Tree, Tree]:
    return trees.text(value), trees.number(amount)


def pointed(test: Among, value: Term, amount: Decimal) -> Term:
    """Return a number where a picklist holds some values, otherwise 0."""
    found = points(test, amount)
    if len(test.values) > 1:
        return picked(found, value.scale)
    tree = trees.call("IF", written(test), value.tree, trees.ZERO)
    return Term(tree, value.kind, value.scale, points=found)
