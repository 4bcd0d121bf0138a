"""Rewrites that keep the meaning of an expression, unknown included.

A rule looks at one node whose children are simple already, and returns that node or an equal one.
They make expressions shorter for those who generate code; what people read stays as written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, TypeAlias

from leadpolicy.expr.checks import fits
from leadpolicy.expr.evaluate import COMPARISONS, evaluate
from leadpolicy.expr.facts import Facts
from leadpolicy.expr.infer import infer
from leadpolicy.expr.negation import negation_normal_form
from leadpolicy.expr.nodes import (
    And,
    AtLeast,
    Attribute,
    Case,
    Compare,
    Comparison,
    ConsentStatus,
    EmailDomain,
    Extreme,
    Known,
    Literal,
    Node,
    Not,
    OneOf,
    Or,
    Output,
    Property,
    Rounded,
    Scaled,
    Sum,
    TextTest,
)
from leadpolicy.expr.traverse import children, rewrite
from leadpolicy.expr.types import Kind, Scalar, Vocabulary

Rule: TypeAlias = Callable[[Node], Node]

TRUE: Final = Literal(Kind.FLAG, True)
FALSE: Final = Literal(Kind.FLAG, False)

MIRRORED: Final[Mapping[Comparison, Comparison]] = {
    Comparison.EQ: Comparison.EQ,
    Comparison.NE: Comparison.NE,
    Comparison.LT: Comparison.GT,
    Comparison.GT: Comparison.LT,
    Comparison.LE: Comparison.GE,
    Comparison.GE: Comparison.LE,
}
"""The comparison that says the same with its sides swapped."""

_Side: TypeAlias = tuple[Node, Comparison]
_EQUALITY: Final = frozenset({Comparison.EQ, Comparison.NE})
_LEAVES: Final = (Literal, Attribute, Property, Output, ConsentStatus)
_CONSTANT: Final = (
    Compare,
    OneOf,
    TextTest,
    EmailDomain,
    Sum,
    Scaled,
    Extreme,
    Rounded,
    Known,
)
_ANY_FACTS: Final = Facts(at=datetime(2000, 1, 1, tzinfo=UTC))


def simplify(node: Node) -> Node:
    """Return a shorter expression of the same meaning, with `not` only in front of atoms."""
    while True:
        simpler = rewrite(negation_normal_form(node), _apply_rules, into_where=True)
        if simpler is node:
            return node
        node = simpler


def _apply_rules(node: Node) -> Node:
    if isinstance(node, _LEAVES):
        return node
    for rule in RULES:
        node = rule(node)
    return node


def remove_double_negation(node: Node) -> Node:
    """`not not a` is `a`."""
    match node:
        case Not(of=Not(of=inner)):
            return inner
        case _:
            return node


# -------------------------------------------------------------------------------- connectives
def flatten(node: Node) -> Node:
    """`(a and b) and c` is `a and b and c`; likewise for or, sums, lowest and highest."""
    match node:
        case And() | Or() | Sum() | Extreme() if any(_same_sort(node, item) for item in node.items):
            return replace(node, items=tuple(_flat(node)))
        case _:
            return node


def _same_sort(outer: Node, inner: Node) -> bool:
    same_pick = not isinstance(outer, Extreme) or outer.pick is getattr(inner, "pick", None)
    return type(outer) is type(inner) and same_pick


def _flat(node: Node) -> Iterator[Node]:
    for item in children(node):
        yield from children(item) if _same_sort(node, item) else (item,)


def drop_constants(node: Node) -> Node:
    """`a and true` is `a`, `a and false` is false; dually for or; at_least counts what is true."""
    match node:
        case And():
            return _without(node, neutral=TRUE, final=FALSE)
        case Or():
            return _without(node, neutral=FALSE, final=TRUE)
        case AtLeast() if TRUE in node.items or FALSE in node.items:
            open_items = tuple(item for item in node.items if item not in (TRUE, FALSE))
            return replace(node, count=node.count - node.items.count(TRUE), items=open_items)
        case _:
            return node


def _without(node: And | Or, *, neutral: Literal, final: Literal) -> Node:
    if final in node.items:
        return final
    items = tuple(item for item in node.items if item != neutral)
    if len(items) == len(node.items) > 1:
        return node
    return replace(node, items=items) if len(items) > 1 else items[0] if items else neutral


def drop_repeated(node: Node) -> Node:
    """`a and a` is `a`; likewise for or, lowest and highest."""
    match node:
        case And() | Or() | Extreme() if len(set(node.items)) < len(node.items):
            return replace(node, items=tuple(dict.fromkeys(node.items)))
        case _:
            return node


def resolve_at_least(node: Node) -> Node:
    """At least one is or, at least all is and, at least none is true, more than all is false."""
    match node:
        case AtLeast(count=count) if count <= 0:
            return TRUE
        case AtLeast(count=count, items=items) if count > len(items):
            return FALSE
        case AtLeast(count=1, items=items):
            return Or(items)
        case AtLeast(count=count, items=items) if count == len(items):
            return And(items)
        case _:
            return node


def resolve_case(node: Node) -> Node:
    """A branch that is never true goes; one that is always true ends the case."""
    if not isinstance(node, Case):
        return node
    branches: list[tuple[Node, Node]] = []
    otherwise = node.otherwise
    for condition, value in node.branches:
        if condition == TRUE:
            otherwise = value
            break
        if condition != FALSE:
            branches.append((condition, value))
    if len(branches) == len(node.branches) > 0:
        return node
    return replace(node, branches=tuple(branches), otherwise=otherwise) if branches else otherwise


# ------------------------------------------------------------------------------------- atoms
def literal_on_the_right(node: Node) -> Node:
    """`50 <= a` is `a >= 50`."""
    match node:
        case Compare(left=Literal(), right=right) if not isinstance(right, Literal):
            return replace(node, op=MIRRORED[node.op], left=right, right=node.left)
        case _:
            return node


def single_value_is_comparison(node: Node) -> Node:
    """`a in (x,)` is `a == x`."""
    match node:
        case OneOf(of=of, values=values) if len(set(values)) == 1:
            return Compare(Comparison.EQ, of, values[0])
        case _:
            return node


def join_values(node: Node) -> Node:
    """`a == x or a == y` is `a in (x, y)`; `a != x and a != y` is `not a in (x, y)`."""
    match node:
        case Or():
            return _merged(node, _listed, OneOf)
        case And():
            return _merged(node, _excluded, lambda of, values: Not(OneOf(of, values)))
        case _:
            return node


def _listed(node: Node) -> tuple[Node, tuple[Literal, ...]] | None:
    match node:
        case Compare(op=Comparison.EQ, left=left, right=Literal() as literal):
            return left, (literal,)
        case OneOf(of=of, values=values):
            return of, values
        case _:
            return None


def _excluded(node: Node) -> tuple[Node, tuple[Literal, ...]] | None:
    match node:
        case Compare(op=Comparison.NE, left=left, right=Literal() as literal):
            return left, (literal,)
        case Not(of=OneOf(of=of, values=values)):
            return of, values
        case _:
            return None


def _merged(
    node: And | Or,
    values_of: Callable[[Node], tuple[Node, tuple[Literal, ...]] | None],
    build: Callable[[Node, tuple[Literal, ...]], Node],
) -> Node:
    """Join the items that speak about values of the same term, at the place of the first."""
    found = [(item, values_of(item)) for item in node.items]
    terms = [part[0] for _, part in found if part]
    if len(set(terms)) == len(terms):
        return node
    values: dict[Node, tuple[Literal, ...]] = {}
    for _, part in found:
        if part:
            values[part[0]] = tuple(dict.fromkeys((*values.get(part[0], ()), *part[1])))
    items = (
        build(part[0], values[part[0]]) if part and terms.count(part[0]) > 1 else item
        for item, part in found
    )
    return replace(node, items=tuple(dict.fromkeys(items)))


def tighten_bounds(node: Node) -> Node:
    """`a >= 10 and a >= 50` is `a >= 50`, `a >= 10 or a >= 50` is `a >= 10`; so for < <= >."""
    if not isinstance(node, And | Or):
        return node
    sharp = isinstance(node, And)
    best: dict[_Side, tuple[Scalar, Node]] = {}
    for item in node.items:
        side, value = _bound(item)
        if side and (side not in best or COMPARISONS[side[1]](value, best[side][0]) is sharp):
            best[side] = value, item
    kept = tuple(item for item in node.items if _is_kept(item, best))
    return node if len(kept) == len(node.items) else replace(node, items=kept)


def _is_kept(item: Node, best: Mapping[_Side, tuple[Scalar, Node]]) -> bool:
    side, _ = _bound(item)
    return side is None or best[side][1] is item


def _bound(node: Node) -> tuple[_Side | None, Scalar]:
    """Return the term and the direction in which a literal bounds it, and the literal's value."""
    match node:
        case Compare(left=term, right=Literal(value=value)) if node.op not in _EQUALITY:
            return (term, node.op), value
        case _:
            return None, False


# --------------------------------------------------------------------------------- constants
def fold_constants(node: Node) -> Node:
    """What consists of literals alone is the literal of its value, where it has one that fits."""
    if not isinstance(node, _CONSTANT) or not _all_literal(children(node)):
        return node
    value = evaluate(node, _ANY_FACTS)
    kind, problems = infer(node, Vocabulary())
    if value is None or kind is None or problems or isinstance(value, frozenset):
        return node
    if isinstance(value, int | Decimal) and not fits(value):
        return node
    if isinstance(value, int) and kind.kind is Kind.NUMBER:
        value = Decimal(value)
    return Literal(kind.kind, value, unit=kind.unit)


def _all_literal(nodes: Iterable[Node]) -> bool:
    return all(isinstance(node, Literal) for node in nodes)


def scaled_by_one(node: Node) -> Node:
    """`1 * a` is `a`."""
    match node:
        case Scaled(of=of, factor=factor) if factor == 1:
            return of
        case _:
            return node


def single_item(node: Node) -> Node:
    """The sum, the lowest and the highest of one number is that number."""
    match node:
        case Sum(items=(item,)) | Extreme(items=(item,)):
            return item
        case _:
            return node


RULES: Final[tuple[Rule, ...]] = (
    remove_double_negation,
    literal_on_the_right,
    fold_constants,
    flatten,
    drop_constants,
    drop_repeated,
    resolve_at_least,
    resolve_case,
    single_value_is_comparison,
    join_values,
    tighten_bounds,
    scaled_by_one,
    single_item,
)
"""The rules that `simplify` applies to every node, in this order, until none changes anything."""
