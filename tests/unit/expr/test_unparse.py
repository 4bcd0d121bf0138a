"""The canonical text of every kind of node, and where it needs brackets."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from leadpolicy.expr.nodes import (
    Aggregate,
    AggregateFunction,
    And,
    Attribute,
    Compare,
    Comparison,
    HalfLife,
    Known,
    Literal,
    Node,
    Not,
    OneOf,
    Or,
    Recent,
    Scaled,
    Sum,
)
from leadpolicy.expr.parse import parse
from leadpolicy.expr.types import Kind, ValueType, Vocabulary
from leadpolicy.expr.unparse import quoted, unparse

VOCABULARY = Vocabulary(
    attributes={
        "a": ValueType(Kind.NUMBER),
        "b": ValueType(Kind.NUMBER),
        "t": ValueType(Kind.TEXT),
        "p": ValueType(Kind.FLAG),
        "q": ValueType(Kind.FLAG),
        "d": ValueType(Kind.DAY),
        "grade": ValueType(Kind.CHOICE, codes=("B", "A"), ordered=True),
    },
    signals={"download": {"asset": ValueType(Kind.TEXT), "pages": ValueType(Kind.WHOLE)}},
    lists=frozenset({"freemail"}),
    purposes={"newsletter": frozenset({"email"})},
)
A, B, P, Q = (Attribute(name) for name in "abpq")
FIVE = Literal(Kind.WHOLE, 5)

CANONICAL = [
    "p and q and p",
    "(p and q) and p",
    "p and (q and p)",
    "p or q and p",
    "(p or q) and p",
    "not p and not (p or q)",
    "not not p",
    "(not p) == q",
    "(p and q) == (a < b)",
    "(a < b) == q",
    "10 <= a < 50",
    "50 > a >= 10",
    "not 10 <= a < 50",
    "10 <= a < 50 and p",
    "(10 <= a < 50) == p",
    "10 <= a and a > 50",
    "a == b and b == a",
    "10 <= a and b < 50",
    "all_of()",
    "all_of(p)",
    "any_of()",
    "any_of(p or q)",
    "at_least(1, p or q, not p)",
    "t in ('x',)",
    "t in ('x', 'y')",
    "t not in ('x', 'y')",
    "not t not in ('x', 'y')",
    "a + b in (1, -2.5)",
    "not known(t)",
    "contains(t, 'x') or has_word(t, 'y')",
    "in_list(domain(t), 'freemail')",
    "within(d, days(90))",
    "older_than(d, weeks(2))",
    "consent('newsletter', 'email') == 'confirmed'",
    "d == day('2026-01-31')",
    "first('download') < moment('2026-01-31T12:00:00Z')",
    "first('download') < moment('2026-01-31T12:00:00.000001Z')",
    "a - b - 5",
    "a - (b - 5)",
    "(a + b) - 5",
    "a + b - 1 * (2 * b)",
    "-a + b",
    "-(a + b)",
    "2 * -a",
    "-1 * -a",
    "-1 * 5 + a",
    "-5",
    "5.0",
    "0.000001",
    "2 * (a + b)",
    "2 * (0.5 * a)",
    "unit(-5, 'people')",
    "2 * unit(5, 'people')",
    "-1 * unit(5, 'people')",
    "total()",
    "total(a)",
    "lowest(a, b + 1)",
    "highest(a)",
    "rounded(a)",
    "rounded(a, 2)",
    "case((p and q, a + b), (q, -1), otherwise=0.5) >= 1",
    "case(otherwise=a)",
    "count('download') >= 3",
    "count('download', within=days(90), where=asset == 'x' and pages > 3) >= 3",
    "count('download', half_life=weeks(2)) > 1",
    "count('download', lose=0.25, every=days(30)) > 1",
    "sum('download', of='pages', within=hours(36)) > 1",
    "any('download')",
    "days_since('download') > 30",
]
LOWERED = [
    ("unknown(t)", "not known(t)"),
    ("not t in ('x', 'y')", "t not in ('x', 'y')"),
    ("has_word(t, 'x', 'y')", "has_word(t, 'x') or has_word(t, 'y')"),
    ("reaches(grade, 'B')", "grade in ('B', 'A')"),
    ('t == "it\'s"', r"t == 'it\'s'"),
    ("((p))", "p"),
    ("p and\n  q", "p and q"),
    ("10 <= a and a < 50", "10 <= a < 50"),
    ("within(d, days(14))", "within(d, weeks(2))"),
    ("within(d, hours(48))", "within(d, days(2))"),
    ("within(d, minutes(60))", "within(d, hours(1))"),
    ("a * 1.50", "1.5 * a"),
    ("a - 2 * b", "a - 2 * b"),
    ("1e3", "1000.0"),
    ("1_000", "1000"),
    ("-0.0", "0.0"),
    ("t in ['x', 'y']", "t in ('x', 'y')"),
    ("moment('2026-01-31T12:00:00+01:00')", "moment('2026-01-31T11:00:00Z')"),
]


@pytest.mark.parametrize("text", CANONICAL)
def test_canonical_text_is_written_as_it_was_read(text: str) -> None:
    node = parse(text, VOCABULARY).node
    assert node is not None
    assert unparse(node) == text


@pytest.mark.parametrize(("text", "canonical"), LOWERED)
def test_other_ways_to_write_become_canonical(text: str, canonical: str) -> None:
    node = parse(text, VOCABULARY).node
    assert node is not None
    assert unparse(node) == canonical
    assert parse(canonical, VOCABULARY).node == node


@pytest.mark.parametrize(
    "node",
    [
        Scaled(FIVE, Decimal(-1)),
        Scaled(Scaled(A, Decimal(-1)), Decimal(-1)),
        Scaled(Scaled(A, Decimal(2)), Decimal("-0.5")),
        Scaled(Literal(Kind.NUMBER, Decimal("-1E+3")), Decimal("1E+2")),
        Sum((Sum((A, B)), Sum((A, B)))),
        Sum((A, Scaled(FIVE, Decimal(-1)), Scaled(Sum((A, B)), Decimal(-1)))),
        Sum((Literal(Kind.WHOLE, -5), Literal(Kind.NUMBER, Decimal(-5)))),
        Sum((A, Literal(Kind.WHOLE, -5, "people"))),
        And((And((P,)), Or(()), Not(And((P, Q))))),
        And((Compare(Comparison.LE, A, B), Compare(Comparison.LT, B, A))),
        Compare(Comparison.EQ, Compare(Comparison.LT, A, B), Not(P)),
        Not(Not(OneOf(Attribute("t"), (Literal(Kind.TEXT, "\n'\\\x00é\u2028"),)))),
        Known(OneOf(A, ())),
        Literal(Kind.WHOLE, 10**28 - 1),
        Literal(Kind.NUMBER, Decimal(10**28 - 1)),
        Literal(Kind.NUMBER, Decimal("1E-28")),
    ],
    ids=unparse,
)
def test_what_is_written_is_read_as_the_same_node(node: Node) -> None:
    assert parse(unparse(node), VOCABULARY).node == node


def test_equal_numbers_have_one_text() -> None:
    values = [Decimal("1.50"), Decimal("1.5"), Decimal("15E-1")]
    assert {unparse(Literal(Kind.NUMBER, value)) for value in values} == {"1.5"}


def test_texts_show_what_cannot_be_seen() -> None:
    assert quoted("a\tb\u00a0c\u200bd") == r"'a\tb\xa0c\U0000200bd'"


def test_a_deep_tree_can_be_written() -> None:
    node: Node = P
    for _ in range(5_000):
        node = Not(node)
    assert unparse(node) == "not " * 5_000 + "p"


@pytest.mark.parametrize(
    "node",
    [
        Recent(Attribute("d"), timedelta(seconds=90)),
        Aggregate(AggregateFunction.ANY, "download", within=timedelta(microseconds=1)),
    ],
)
def test_a_duration_that_cannot_be_written_is_refused(node: Node) -> None:
    with pytest.raises(ValueError, match="whole number of minutes"):
        unparse(node)


def test_a_half_life_is_written_in_days_or_weeks() -> None:
    node = Aggregate(AggregateFunction.COUNT, "download", decay=HalfLife(10))
    assert unparse(node) == "count('download', half_life=days(10))"
