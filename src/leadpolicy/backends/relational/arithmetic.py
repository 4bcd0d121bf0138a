"""Exact arithmetic: every number is a whole one, in units of its last decimal."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from sqlglot import exp

from leadpolicy.backends.guarded import every
from leadpolicy.backends.relational import ast
from leadpolicy.backends.relational.dialects.base import Dialect
from leadpolicy.backends.relational.meaning import Term
from leadpolicy.backends.relational.source import RefusedError
from leadpolicy.expr.evaluate import EXACT
from leadpolicy.expr.nodes import Extreme, Literal, Node, Pick, Rounded, Scaled, Sum
from leadpolicy.expr.types import Kind

MOST_DECIMALS: Final = 12
LARGEST: Final = 10**15
"""Numbers of a policy stay below this in units of their last decimal: a binary real is exact."""

_NOTHING: Final = ast.number(0)


def units(value: int | Decimal) -> tuple[int, int]:
    """Return a number in units of its last decimal, and how many decimals it has.

    >>> units(Decimal("12.50")), units(Decimal("1E+3")), units(-7)
    ((125, 1), (1000, 0), (-7, 0))
    """
    exact = EXACT.normalize(Decimal(value))
    scale = max(0, -int(exact.as_tuple().exponent))
    return int(exact.scaleb(scale, context=EXACT)), scale


def number(node: Literal, value: int | Decimal) -> Term:
    """Return a number of the policy."""
    amount, scale = units(value)
    return _fitting(Term(ast.number(_small(node, amount)), node.kind, scale), node)


def _small(node: Node, amount: int) -> int:
    if abs(amount) >= LARGEST:
        raise RefusedError(node, "the number has over 15 digits", Kind.NUMBER)
    return amount


def _fitting(term: Term, node: Node) -> Term:
    if term.scale > MOST_DECIMALS:
        reason = f"the result would need over {MOST_DECIMALS} decimals"
        raise RefusedError(node, reason, Kind.NUMBER)
    return term


def aligned(terms: Sequence[Term]) -> tuple[list[ast.Tree], int]:
    """Return numbers in the same units, and how many decimals these have."""
    scale = max((term.scale for term in terms), default=0)
    return [_moved(term, scale) for term in terms], scale


def _moved(term: Term, scale: int) -> ast.Tree:
    if term.scale == scale:
        return term.tree
    factor = 10 ** (scale - term.scale)
    if isinstance(term.tree, exp.Literal | exp.Neg):
        return ast.number(int(term.tree.to_py()) * factor)
    return ast.infix(exp.Mul, term.tree, ast.number(factor))


class Arithmetic:
    """Sums, products and bounds for one kind of database."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def total(self, node: Sum, items: Sequence[Term]) -> Term:
        """Return the sum of numbers."""
        trees, scale = aligned(items)
        first, *rest = [tree for tree in trees if tree != _NOTHING] or [_NOTHING]
        tree = ast.chained(exp.Add, [self._dialect.wide(first), *rest])
        return _known_together(tree, items, scale)

    def product(self, node: Scaled, of: Term) -> Term:
        """Return a number times a factor of the policy."""
        amount, scale = units(node.factor)
        factor = ast.number(_small(node, amount))
        tree = ast.infix(exp.Mul, self._dialect.wide(of.tree), factor)
        kind = Kind.NUMBER if scale else of.kind
        return _fitting(Term(tree, kind, of.scale + scale, of.known), node)

    def extreme(self, node: Extreme, items: Sequence[Term]) -> Term:
        """Return the lowest or highest number."""
        trees, scale = aligned(items)
        pick = self._dialect.lowest if node.pick is Pick.LOWEST else self._dialect.highest
        return _known_together(pick(trees) if len(trees) > 1 else trees[0], items, scale)

    def rounded(self, node: Rounded, of: Term) -> Term:
        """Return a number rounded half away from zero."""
        kind = Kind.NUMBER if node.decimals and of.kind is Kind.NUMBER else Kind.WHOLE
        if of.scale <= node.decimals:
            tree, scale = of.tree, of.scale
        else:
            value = self._dialect.wide(of.tree)
            tree, scale = (
                self._dialect.rounded(value, 10 ** (of.scale - node.decimals)),
                node.decimals,
            )
        return Term(tree, kind, scale, of.known)


def _known_together(tree: ast.Tree, items: Sequence[Term], scale: int) -> Term:
    kind = Kind.WHOLE if all(item.kind is Kind.WHOLE for item in items) else Kind.NUMBER
    return Term(tree, kind, scale, every([item.known for item in items]))
