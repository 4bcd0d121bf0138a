"""What each construct means, by example."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from leadpolicy.expr.evaluate import decay_weight, evaluate, rounded, whole_days
from leadpolicy.expr.facts import Facts, Signal
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
    HalfLife,
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
    Steps,
    Sum,
    TextRelation,
    TextTest,
)
from leadpolicy.expr.types import Kind, Value

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
TRUE, FALSE = Literal(Kind.FLAG, True), Literal(Kind.FLAG, False)
UNKNOWN = Attribute("never_given")
X = Attribute("x")


def whole(value: int) -> Literal:
    return Literal(Kind.WHOLE, value)


def number(value: str) -> Literal:
    return Literal(Kind.NUMBER, Decimal(value))


def text(value: str) -> Literal:
    return Literal(Kind.TEXT, value)


def value_of(node: Node, x: Value | None = None, **more: Any) -> Value | None:
    return evaluate(node, Facts(at=AT, attributes={"x": x}, **more))


# -------------------------------------------------------------------------------------- logic
@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (And(()), True),
        (Or(()), False),
        (And((TRUE, UNKNOWN)), None),
        (And((UNKNOWN, FALSE)), False),
        (Or((UNKNOWN, TRUE)), True),
        (Or((FALSE, UNKNOWN)), None),
        (Not(UNKNOWN), None),
        (Not(FALSE), True),
        (AtLeast(2, (TRUE, UNKNOWN, TRUE)), True),
        (AtLeast(2, (TRUE, UNKNOWN, FALSE)), None),
        (AtLeast(2, (FALSE, UNKNOWN, FALSE)), False),
        (AtLeast(0, ()), True),
        (AtLeast(3, (TRUE, TRUE)), False),
        (Known(UNKNOWN), False),
        (Known(whole(0)), True),
        (Not(Known(UNKNOWN)), True),
    ],
)
def test_logic(condition: Node, expected: bool | None) -> None:
    assert value_of(condition) is expected


def test_missing_and_none_are_both_unknown() -> None:
    assert value_of(Known(X), None) is False
    assert evaluate(X, Facts(at=AT)) is None


def test_a_missing_output_list_or_consent_is_unknown_and_no_error() -> None:
    assert value_of(Output("score")) is None
    assert value_of(InList(text("gmx.de"), "freemail")) is None
    assert value_of(ConsentStatus("newsletter", "email")) is None


def test_outputs_and_consents_are_looked_up() -> None:
    assert value_of(Output("score"), outputs={"score": 12}) == 12
    consents = {("newsletter", "email"): "confirmed"}
    status = ConsentStatus("newsletter", "email")
    assert value_of(status, consents=consents) == "confirmed"
    assert value_of(ConsentStatus("newsletter", "phone"), consents=consents) is None


def test_a_property_outside_of_signals_is_unknown() -> None:
    assert value_of(Property("asset")) is None


# -------------------------------------------------------------------------------- comparisons
@pytest.mark.parametrize(
    ("op", "expected"),
    [
        (Comparison.EQ, (False, True, False)),
        (Comparison.NE, (True, False, True)),
        (Comparison.LT, (True, False, False)),
        (Comparison.LE, (True, True, False)),
        (Comparison.GT, (False, False, True)),
        (Comparison.GE, (False, True, True)),
    ],
)
def test_comparisons_below_at_and_above_the_threshold(
    op: Comparison, expected: tuple[bool, ...]
) -> None:
    condition = Compare(op, X, whole(50))
    assert tuple(value_of(condition, x) for x in (49, 50, 51)) == expected
    assert value_of(condition, None) is None


def test_whole_and_decimal_numbers_compare_exactly() -> None:
    assert value_of(Compare(Comparison.EQ, X, number("50.00")), 50) is True
    tenth = Compare(Comparison.EQ, X, number("0.3"))
    assert value_of(tenth, Decimal("0.1") + Decimal("0.2")) is True
    huge = 10**27 + 1
    assert value_of(Compare(Comparison.GT, X, number("1" + "0" * 27)), huge) is True


def test_one_of() -> None:
    condition = OneOf(X, (text("DE"), text("AT")))
    assert value_of(condition, "AT") is True
    assert value_of(condition, "CH") is False
    assert value_of(condition, None) is None


def test_includes() -> None:
    condition = Includes(X, "crm")
    assert value_of(condition, frozenset({"crm", "erp"})) is True
    assert value_of(condition, frozenset()) is False
    assert value_of(condition, None) is None


# --------------------------------------------------------------------------------------- text
@pytest.mark.parametrize(
    ("relation", "needle", "expected"),
    [
        (TextRelation.CONTAINS, "of", True),
        (TextRelation.CONTAINS, "OF", False),
        (TextRelation.STARTS_WITH, "Head", True),
        (TextRelation.STARTS_WITH, "head", False),
        (TextRelation.ENDS_WITH, "Straße", True),
        (TextRelation.ENDS_WITH, "Strasse", False),
        (TextRelation.CONTAINS_CI, "HEAD OF", True),
        (TextRelation.CONTAINS_CI, "strasse", True),
        (TextRelation.HAS_WORD, "head", True),
        (TextRelation.HAS_WORD, "STRASSE", True),
        (TextRelation.HAS_WORD, "hea", False),
    ],
)
def test_text_relations(relation: TextRelation, needle: str, expected: bool) -> None:
    condition = TextTest(relation, X, needle)
    assert value_of(condition, "Head of Straße") is expected
    assert value_of(condition, None) is None


def test_lists_hold_folded_entries() -> None:
    lists = {"freemail": frozenset({"gmx.de", "strasse"})}
    assert value_of(InList(X, "freemail"), " GMX.de", lists=lists) is True
    assert value_of(InList(X, "freemail"), "Straße", lists=lists) is True
    assert value_of(InList(X, "freemail"), "gmx.at", lists=lists) is False
    assert value_of(InList(EmailDomain(X), "freemail"), "a@GMX.de", lists=lists) is True
    assert value_of(InList(EmailDomain(X), "freemail"), "nobody", lists=lists) is None


# --------------------------------------------------------------------------------------- time
@pytest.mark.parametrize(
    ("age", "recent", "older"),
    [
        (-TICK, False, False),
        (timedelta(0), True, False),
        (90 * DAY - TICK, True, False),
        (90 * DAY, False, True),
        (90 * DAY + TICK, False, True),
    ],
)
def test_the_window_of_a_moment_is_open_at_its_start(
    age: timedelta, recent: bool, older: bool
) -> None:
    assert value_of(Recent(X, 90 * DAY), AT - age) is recent
    assert value_of(OlderThan(X, 90 * DAY), AT - age) is older


@pytest.mark.parametrize(
    ("day", "recent", "older"),
    [
        (date(2026, 11, 2), False, False),
        (date(2026, 11, 1), True, False),
        (date(2026, 10, 31), True, False),
        (date(2026, 10, 30), False, True),
    ],
)
@pytest.mark.parametrize("length", [2 * DAY, timedelta(hours=25), timedelta(hours=48)])
def test_the_window_of_a_day_counts_started_days_as_whole(
    day: date, recent: bool, older: bool, length: timedelta
) -> None:
    assert value_of(Recent(X, length), day) is recent
    assert value_of(OlderThan(X, length), day) is older


def test_the_time_zone_decides_on_which_day_it_is() -> None:
    late = datetime(2026, 11, 1, 23, 30, tzinfo=UTC)
    known = {"x": date(2026, 11, 2)}
    berlin = timezone(timedelta(hours=1))
    assert evaluate(Recent(X, DAY), Facts(at=late, attributes=known)) is False
    assert evaluate(Recent(X, DAY), Facts(at=late, attributes=known, timezone=berlin)) is True


def test_windows_reach_beyond_the_calendar() -> None:
    century = timedelta(days=36_525)
    first = Facts(at=datetime.min.replace(tzinfo=UTC), attributes={"x": date.min})
    assert evaluate(Recent(X, century), first) is True
    assert evaluate(OlderThan(X, century), first) is False
    assert evaluate(Aggregate(AggregateFunction.COUNT, "visit", within=century), first) == 0


def test_the_last_day_of_the_calendar_has_an_answer() -> None:
    far_east = timezone(timedelta(hours=14))
    last = Facts(datetime.max.replace(tzinfo=UTC), {"x": date.max}, timezone=far_east)
    assert evaluate(Recent(X, DAY), last) is True


def test_unknown_times_are_neither_recent_nor_old() -> None:
    assert value_of(Recent(X, DAY), None) is None
    assert value_of(OlderThan(X, DAY), None) is None


@pytest.mark.parametrize(
    ("length", "days"), [(DAY, 1), (timedelta(minutes=1), 1), (timedelta(hours=49), 3)]
)
def test_whole_days(length: timedelta, days: int) -> None:
    assert whole_days(length) == days


# -------------------------------------------------------------------------------------- case
def test_a_case_takes_the_first_branch_that_is_true() -> None:
    branches = ((UNKNOWN, whole(1)), (FALSE, whole(2)), (TRUE, whole(3)), (TRUE, whole(4)))
    assert value_of(Case(branches, whole(5))) == 3
    assert value_of(Case(branches[:2], whole(5))) == 5
    assert value_of(Case(((TRUE, UNKNOWN),), whole(5))) is None


# ------------------------------------------------------------------------------------ numbers
@pytest.mark.parametrize(
    ("term", "expected"),
    [
        (Sum(()), 0),
        (Sum((whole(2), number("0.1"), number("0.2"))), Decimal("2.3")),
        (Sum((whole(2), UNKNOWN)), None),
        (Scaled(whole(3), Decimal("-2")), -6),
        (Scaled(whole(3), Decimal("0.1")), Decimal("0.3")),
        (Scaled(UNKNOWN, Decimal(0)), None),
        (Extreme(Pick.LOWEST, (whole(3), number("2.5"))), Decimal("2.5")),
        (Extreme(Pick.HIGHEST, (whole(3), number("2.5"))), 3),
        (Extreme(Pick.HIGHEST, (whole(3), UNKNOWN)), None),
        (Extreme(Pick.LOWEST, ()), None),
        (Rounded(number("2.5")), 3),
        (Rounded(number("-2.5")), -3),
        (Rounded(number("2.45"), 1), Decimal("2.5")),
        (Rounded(UNKNOWN), None),
        (Rounded(whole(7), 2), 7),
    ],
)
def test_numbers(term: Node, expected: int | Decimal | None) -> None:
    assert value_of(term) == expected


def test_whole_results_are_integers() -> None:
    for term in (Rounded(number("2.4")), Sum((whole(1), whole(2))), Scaled(whole(2), Decimal(3))):
        assert type(value_of(term)) is int


def test_sums_keep_fifty_digits() -> None:
    small, large = number("1e-20"), number("1" + "0" * 25)
    assert value_of(Compare(Comparison.GT, Sum((large, small)), large)) is True


def test_numbers_beyond_all_bounds_are_unknown_and_no_error() -> None:
    term: Node = number("1e27")
    for _ in range(3):
        term = Scaled(term, Decimal("1e999999999999999999"))
    assert value_of(term) is None
    assert value_of(Sum((term, whole(1)))) is None


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        ("1E+60", 2, "1E+60"),
        ("0.005", 2, "0.01"),
        ("-0.005", 2, "-0.01"),
        ("0.0049999", 2, "0"),
        ("1234567890123456789012345678.5", 0, "1234567890123456789012345679"),
    ],
)
def test_rounding_half_away_from_zero(value: str, decimals: int, expected: str) -> None:
    assert rounded(Decimal(value), decimals) == Decimal(expected)


# ------------------------------------------------------------------------------------ signals
def visit(age: timedelta, **properties: Value | None) -> Signal:
    return Signal("visit", AT - age, properties)


VISITS = (
    visit(timedelta(0), pages=3, topic="crm"),
    visit(10 * DAY, pages=None, topic="erp"),
    visit(30 * DAY - TICK, pages=4, topic=None),
    visit(30 * DAY, pages=5, topic="crm"),
    visit(-TICK, pages=100, topic="crm"),
    Signal("download", AT - DAY, {"pages": 1000}),
)
ABOUT_CRM = Compare(Comparison.EQ, Property("topic"), text("crm"))


def of_visits(function: AggregateFunction, **more: Any) -> Value | None:
    return value_of(Aggregate(function, "visit", **more), signals=VISITS)


@pytest.mark.parametrize(
    ("function", "more", "expected"),
    [
        (AggregateFunction.COUNT, {}, 4),
        (AggregateFunction.COUNT, {"within": 30 * DAY}, 3),
        (AggregateFunction.COUNT, {"where": ABOUT_CRM}, 2),
        (AggregateFunction.COUNT, {"where": Not(ABOUT_CRM)}, 1),
        (AggregateFunction.COUNT, {"where": Not(Known(Property("topic")))}, 1),
        (AggregateFunction.COUNT, {"where": ABOUT_CRM, "within": 30 * DAY}, 1),
        (AggregateFunction.ANY, {}, True),
        (AggregateFunction.ANY, {"where": FALSE}, False),
        (AggregateFunction.FIRST, {}, AT - 30 * DAY),
        (AggregateFunction.FIRST, {"within": 30 * DAY}, AT - 30 * DAY + TICK),
        (AggregateFunction.LAST, {}, AT),
        (AggregateFunction.SUM, {"of": "pages"}, 12),
        (AggregateFunction.SUM, {"of": "pages", "within": 20 * DAY}, 3),
        (AggregateFunction.DAYS_SINCE, {}, 0),
        (AggregateFunction.DAYS_SINCE, {"where": UNKNOWN}, None),
        (AggregateFunction.DAYS_SINCE, {"where": Not(Known(Property("topic")))}, 29),
    ],
)
def test_aggregates(function: AggregateFunction, more: dict[str, Any], expected: Value) -> None:
    assert of_visits(function, **more) == expected


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (AggregateFunction.COUNT, 0),
        (AggregateFunction.ANY, False),
        (AggregateFunction.FIRST, None),
        (AggregateFunction.LAST, None),
        (AggregateFunction.SUM, 0),
        (AggregateFunction.DAYS_SINCE, None),
    ],
)
def test_aggregates_of_no_signals(function: AggregateFunction, expected: Value | None) -> None:
    node = Aggregate(function, "visit", of="pages" if function is AggregateFunction.SUM else None)
    assert value_of(node) == expected


def test_days_since_counts_elapsed_days_of_24_hours() -> None:
    node = Aggregate(AggregateFunction.DAYS_SINCE, "visit")
    assert value_of(node, signals=(visit(2 * DAY - TICK),)) == 1
    assert value_of(node, signals=(visit(2 * DAY),)) == 2


def test_a_count_with_decay_adds_weights() -> None:
    signals = (visit(timedelta(0)), visit(14 * DAY), visit(28 * DAY))
    halved = Aggregate(AggregateFunction.COUNT, "visit", decay=HalfLife(14))
    stepped = Aggregate(AggregateFunction.COUNT, "visit", decay=Steps(7 * DAY, Decimal("0.25")))
    assert value_of(halved, signals=signals) == Decimal("1.75")
    assert value_of(stepped, signals=signals) == Decimal("1.5")
    assert value_of(halved) == 0


@pytest.mark.parametrize(
    ("days", "weight"),
    [(0, "1"), (1, "0.905724"), (3, "0.742997"), (7, "0.5"), (49, "0.007813"), (10_000, "0")],
)
def test_half_lives_are_rounded_to_six_decimals(days: int, weight: str) -> None:
    assert decay_weight(HalfLife(7), days * DAY) == Decimal(weight)
    assert decay_weight(HalfLife(7), days * DAY + 23 * timedelta(hours=1)) == Decimal(weight)


@pytest.mark.parametrize(
    ("age", "weight"),
    [
        (timedelta(0), "1"),
        (30 * DAY - TICK, "1"),
        (30 * DAY, "0.7"),
        (60 * DAY, "0.4"),
        (90 * DAY, "0.1"),
        (120 * DAY, "0"),
        (3000 * DAY, "0"),
    ],
)
def test_steps_lose_a_share_after_every_full_period(age: timedelta, weight: str) -> None:
    assert decay_weight(Steps(30 * DAY, Decimal("0.3")), age) == Decimal(weight)


def test_a_very_deep_expression_has_a_value() -> None:
    node: Node = TRUE
    for _ in range(50_000):
        node = Not(node)
    assert value_of(node) is True
