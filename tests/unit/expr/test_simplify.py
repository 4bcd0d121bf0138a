"""What each rewrite does, by example."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from leadpolicy.expr import simplify as rules
from leadpolicy.expr.negation import OPPOSITES, negation_normal_form
from leadpolicy.expr.nodes import (
    Aggregate,
    AggregateFunction,
    And,
    AtLeast,
    Attribute,
    Case,
    Compare,
    Comparison,
    EmailDomain,
    Extreme,
    Known,
    Literal,
    Node,
    Not,
    OneOf,
    Or,
    Pick,
    Property,
    Recent,
    Rounded,
    Scaled,
    Sum,
    TextRelation,
    TextTest,
)
from leadpolicy.expr.simplify import FALSE, RULES, TRUE, Rule, simplify
from leadpolicy.expr.types import Kind

A, B, C = Attribute("a"), Attribute("b"), Attribute("c")


def whole(value: int, unit: str | None = None) -> Literal:
    return Literal(Kind.WHOLE, value, unit)


def number(value: str) -> Literal:
    return Literal(Kind.NUMBER, Decimal(value))


def text(value: str) -> Literal:
    return Literal(Kind.TEXT, value)


def compare(op: str, left: Node, right: Node) -> Compare:
    return Compare(Comparison(op), left, right)


EXAMPLES: list[tuple[Rule, Node, Node]] = [
    (rules.remove_double_negation, Not(Not(A)), A),
    (rules.flatten, And((And((A, B)), C)), And((A, B, C))),
    (rules.flatten, Or((A, Or((B, C)))), Or((A, B, C))),
    (rules.flatten, Sum((Sum((A, B)), C)), Sum((A, B, C))),
    (
        rules.flatten,
        Extreme(Pick.LOWEST, (A, Extreme(Pick.LOWEST, (B, C)))),
        Extreme(Pick.LOWEST, (A, B, C)),
    ),
    (rules.drop_constants, And((A, TRUE, B)), And((A, B))),
    (rules.drop_constants, And((A, TRUE)), A),
    (rules.drop_constants, And((A, FALSE)), FALSE),
    (rules.drop_constants, Or((A, FALSE)), A),
    (rules.drop_constants, Or((A, TRUE)), TRUE),
    (rules.drop_constants, And(()), TRUE),
    (rules.drop_constants, Or(()), FALSE),
    (rules.drop_constants, Or((A,)), A),
    (rules.drop_constants, AtLeast(2, (A, TRUE, FALSE, B)), AtLeast(1, (A, B))),
    (rules.drop_repeated, And((A, B, A)), And((A, B))),
    (rules.resolve_at_least, AtLeast(1, (A, B)), Or((A, B))),
    (rules.resolve_at_least, AtLeast(2, (A, B)), And((A, B))),
    (rules.resolve_at_least, AtLeast(0, (A, B)), TRUE),
    (rules.resolve_at_least, AtLeast(-1, ()), TRUE),
    (rules.resolve_at_least, AtLeast(3, (A, B)), FALSE),
    (rules.resolve_case, Case(((FALSE, A), (B, C)), A), Case(((B, C),), A)),
    (rules.resolve_case, Case(((B, A), (TRUE, B), (A, C)), C), Case(((B, A),), B)),
    (rules.resolve_case, Case(((TRUE, B), (A, C)), C), B),
    (rules.literal_on_the_right, compare("<=", whole(50), A), compare(">=", A, whole(50))),
    (rules.literal_on_the_right, compare("==", whole(50), A), compare("==", A, whole(50))),
    (rules.single_value_is_comparison, OneOf(A, (text("x"),)), compare("==", A, text("x"))),
    (
        rules.join_values,
        Or((compare("==", A, text("x")), B, OneOf(A, (text("y"), text("x"))))),
        Or((OneOf(A, (text("x"), text("y"))), B)),
    ),
    (
        rules.join_values,
        And((compare("!=", A, text("x")), Not(OneOf(A, (text("y"),))))),
        And((Not(OneOf(A, (text("x"), text("y")))),)),
    ),
    (
        rules.tighten_bounds,
        And((compare(">=", A, whole(10)), B, compare(">=", A, whole(50)))),
        And((B, compare(">=", A, whole(50)))),
    ),
    (
        rules.tighten_bounds,
        Or((compare("<", A, whole(10)), compare("<", A, whole(50)))),
        Or((compare("<", A, whole(50)),)),
    ),
    (rules.fold_constants, compare("<", whole(1), number("1.5")), TRUE),
    (rules.fold_constants, Sum((whole(1), whole(2, "people"))), whole(3, "people")),
    (rules.fold_constants, Extreme(Pick.HIGHEST, (whole(3), number("2.5"))), number("3")),
    (rules.fold_constants, Rounded(number("2.5")), whole(3)),
    (rules.fold_constants, Known(whole(0)), TRUE),
    (rules.fold_constants, EmailDomain(text("a@GMX.de")), text("gmx.de")),
    (rules.fold_constants, TextTest(TextRelation.HAS_WORD, text("An Intern"), "intern"), TRUE),
    (rules.scaled_by_one, Scaled(A, Decimal("1.0")), A),
    (rules.single_item, Sum((A,)), A),
]


@pytest.mark.parametrize(("rule", "before", "after"), EXAMPLES)
def test_rule(rule: Rule, before: Node, after: Node) -> None:
    assert rule(before) == after


def test_every_rule_has_an_example_and_a_law() -> None:
    assert {rule for rule, _, _ in EXAMPLES} == set(RULES)
    assert all(rule.__doc__ for rule in RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize(
    "node",
    [
        And((A, B)),
        Or((compare("==", A, text("x")), compare("==", B, text("x")))),
        And((compare(">=", A, whole(10)), compare("<", A, whole(50)))),
        And((compare(">=", A, whole(10)), compare(">", A, whole(50)))),
        And((compare("==", A, whole(1)), compare("==", A, whole(2)))),
        Or((compare("!=", A, whole(1)), compare("!=", A, whole(2)))),
        AtLeast(2, (A, B, C)),
        Case(((A, B),), C),
        Extreme(Pick.LOWEST, (A, Extreme(Pick.HIGHEST, (B, C)))),
        Recent(Literal(Kind.TEXT, "x"), timedelta(days=1)),
        Extreme(Pick.LOWEST, ()),
        EmailDomain(text("nobody")),
        Sum((number("1e27"), number("1e-20"))),
    ],
    ids=str,
)
def test_a_rule_leaves_alone_what_it_is_not_about(rule: Rule, node: Node) -> None:
    assert rule(node) is node


def test_negation_turns_comparisons_around() -> None:
    for op, opposite in OPPOSITES.items():
        turned = negation_normal_form(Not(Compare(op, A, whole(1))))
        assert turned == Compare(opposite, A, whole(1))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Not(A), Not(A)),
        (Not(Not(A)), A),
        (Not(Not(Not(A))), Not(A)),
        (Not(And((A, Not(Or((B, C)))))), Or((Not(A), B, C))),
        (Not(AtLeast(2, (A, B, C))), AtLeast(2, (Not(A), Not(B), Not(C)))),
        (Not(TRUE), FALSE),
        (Not(Known(A)), Not(Known(A))),
        (Not(Case(((A, B),), C)), Case(((A, Not(B)),), Not(C))),
        (Case(((Not(Not(A)), B),), C), Case(((A, B),), C)),
        (
            Aggregate(AggregateFunction.ANY, "visit", where=Not(Not(Known(Property("p"))))),
            Aggregate(AggregateFunction.ANY, "visit", where=Known(Property("p"))),
        ),
    ],
)
def test_negation_normal_form(before: Node, after: Node) -> None:
    assert rules.flatten(negation_normal_form(before)) == after


def test_the_rules_work_together() -> None:
    condition = Not(
        And(
            (
                compare("!=", A, text("x")),
                Not(Or((compare("==", A, text("y")), FALSE))),
                compare("<", Sum((whole(1), whole(1))), whole(3)),
            )
        )
    )
    assert simplify(condition) == OneOf(A, (text("x"), text("y")))


def test_what_simplifies_to_a_constant() -> None:
    assert simplify(Or((A, Not(And((B, compare(">", whole(1), whole(2)))))))) == TRUE


def test_simplifying_keeps_the_place_of_the_whole() -> None:
    condition = Not(Not(A), place=(0, 9))
    assert simplify(And((condition, TRUE), place=(0, 18))).place is not None


def test_deep_expressions_are_simplified() -> None:
    node: Node = A
    for _ in range(20_001):
        node = Not(node)
    assert simplify(node) == Not(A)
