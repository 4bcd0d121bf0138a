"""Children, walks, rewrites and folds."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from leadpolicy.expr import nodes
from leadpolicy.expr.nodes import (
    Aggregate,
    AggregateFunction,
    And,
    AtLeast,
    Attribute,
    Case,
    Compare,
    Comparison,
    ConsentStatus,
    EmailDomain,
    Extreme,
    Includes,
    InList,
    Known,
    Literal,
    Node,
    Not,
    OlderThan,
    OneOf,
    Or,
    Output,
    Pick,
    Property,
    Recent,
    Rounded,
    Scaled,
    Sum,
    TextRelation,
    TextTest,
)
from leadpolicy.expr.traverse import (
    NODE_KINDS,
    Fold,
    bottom_up,
    children,
    rewrite,
    walk,
    with_children,
)
from leadpolicy.expr.types import Kind

A, B, C = Attribute("a"), Attribute("b"), Attribute("c")
FIVE = Literal(Kind.WHOLE, 5)
DAY = timedelta(days=1)

ONE_OF_EACH: list[tuple[Node, tuple[Node, ...]]] = [
    (FIVE, ()),
    (A, ()),
    (Property("asset"), ()),
    (Output("score"), ()),
    (ConsentStatus("newsletter", "email"), ()),
    (Aggregate(AggregateFunction.COUNT, "visit"), ()),
    (EmailDomain(A), (A,)),
    (Case(((A, B), (B, C)), A), (A, B, B, C, A)),
    (Sum((A, B)), (A, B)),
    (Scaled(A, Decimal(2)), (A,)),
    (Extreme(Pick.LOWEST, (A, B)), (A, B)),
    (Rounded(A, 1), (A,)),
    (Known(A), (A,)),
    (Compare(Comparison.LT, A, FIVE), (A, FIVE)),
    (OneOf(A, (FIVE,)), (A,)),
    (InList(A, "freemail"), (A,)),
    (TextTest(TextRelation.CONTAINS, A, "x"), (A,)),
    (Includes(A, "crm"), (A,)),
    (Recent(A, DAY), (A,)),
    (OlderThan(A, DAY), (A,)),
    (Not(A), (A,)),
    (And((A, B)), (A, B)),
    (Or((A, B)), (A, B)),
    (AtLeast(1, (A, B)), (A, B)),
]
each = pytest.mark.parametrize(
    ("node", "inside"), ONE_OF_EACH, ids=[type(node).__name__ for node, _ in ONE_OF_EACH]
)


def deep(levels: int) -> Node:
    node: Node = A
    for _ in range(levels):
        node = Not(node)
    return node


def test_every_kind_of_node_is_known_to_the_fold() -> None:
    defined = {kind for kind in vars(nodes).values() if isinstance(kind, type)}
    assert {kind for kind in defined if issubclass(kind, Node)} - {Node} == NODE_KINDS
    assert {type(node) for node, _ in ONE_OF_EACH} == NODE_KINDS


@each
def test_children_are_named_from_left_to_right(node: Node, inside: tuple[Node, ...]) -> None:
    assert children(node) == inside


@each
def test_other_children_give_another_node_of_the_same_kind(
    node: Node, inside: tuple[Node, ...]
) -> None:
    parts = [Attribute(f"new_{number}") for number, _ in enumerate(inside)]
    other = with_children(node, parts)
    assert type(other) is type(node)
    assert children(other) == tuple(parts)
    assert with_children(other, inside) == node


@each
def test_the_same_children_give_the_same_object(node: Node, inside: tuple[Node, ...]) -> None:
    assert with_children(node, children(node)) is node
    assert rewrite(node, lambda same: same) is node


def test_a_walk_yields_parents_first() -> None:
    condition = And((Not(A), Or((B, C))))
    assert list(walk(condition)) == [condition, Not(A), A, Or((B, C)), B, C]


def test_a_walk_enters_where_only_on_request() -> None:
    where = Compare(Comparison.EQ, Property("asset"), Literal(Kind.TEXT, "x"))
    aggregate = Aggregate(AggregateFunction.ANY, "visit", where=where)
    assert list(walk(aggregate)) == [aggregate]
    assert Property("asset") in list(walk(aggregate, into_where=True))


def test_a_rewrite_goes_from_the_inside_to_the_outside() -> None:
    seen: list[Node] = []

    def note(node: Node) -> Node:
        seen.append(node)
        return B if node == A else node

    assert rewrite(Or((Not(A), C)), note) == Or((Not(B), C))
    assert seen == [A, Not(B), C, Or((Not(B), C))]


def test_a_rewrite_keeps_the_places() -> None:
    condition = Not(Attribute("a", place=(4, 5)), place=(0, 5))
    rewritten = rewrite(condition, lambda node: B if node == A else node)
    assert rewritten == Not(B)
    assert [node.place for node in walk(rewritten)] == [(0, 5), (4, 5)]


def test_a_replacement_with_a_place_keeps_its_own() -> None:
    outer = Not(Attribute("a", place=(4, 5)), place=(0, 5))
    unwrapped = rewrite(outer, lambda node: node.of if isinstance(node, Not) else node)
    assert unwrapped.place == (4, 5)


def test_a_rewrite_reaches_where_only_on_request() -> None:
    def rename(node: Node) -> Node:
        return Property("title") if isinstance(node, Property) else node

    aggregate = Aggregate(AggregateFunction.ANY, "visit", where=Known(Property("asset")))
    assert rewrite(aggregate, rename) is aggregate
    renamed = rewrite(aggregate, rename, into_where=True)
    assert renamed == Aggregate(AggregateFunction.ANY, "visit", where=Known(Property("title")))


def test_depth_does_not_matter() -> None:
    node = deep(50_000)
    assert sum(1 for _ in walk(node)) == 50_001
    assert rewrite(node, lambda same: same) is node
    assert bottom_up(node, lambda _, parts: 1 + sum(parts)) == 50_001


def test_a_fold_without_a_method_for_each_kind_cannot_be_made() -> None:
    class Partial(Fold[int]):
        def on_literal(self, node: Literal) -> int:
            return 1

    with pytest.raises(TypeError, match="on_attribute"):
        Partial()  # type: ignore[abstract]


def test_a_fold_refuses_what_is_not_part_of_the_language() -> None:
    class Stranger(Node):
        pass

    from leadpolicy.expr.evaluate import evaluate
    from leadpolicy.expr.facts import Facts
    from leadpolicy.testing.samples import MOMENTS

    with pytest.raises(TypeError, match="not an expression of the core language: `Stranger`"):
        evaluate(Not(Stranger()), Facts(at=MOMENTS[0]))
