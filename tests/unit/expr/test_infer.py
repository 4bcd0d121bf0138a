"""Types, and what is said about expressions that have none."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.expr.infer import infer, require_condition, require_number
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
    Decay,
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
from leadpolicy.expr.problems import Problem
from leadpolicy.expr.types import CONSENT_TYPE, Kind, ValueType, Vocabulary
from leadpolicy.testing.samples import FULL_VOCABULARY as V

DAY = timedelta(days=1)
FLAG = ValueType(Kind.FLAG)
SURE = ValueType(Kind.FLAG, nullable=False)
EMPLOYEES, OPEN_FIELDS = Attribute("employees"), Attribute("open_fields")
REVENUE, DISCOUNT = Attribute("revenue"), Attribute("discount")
TITLE, COUNTRY, INTERESTS = Attribute("job_title"), Attribute("country"), Attribute("interests")
FOUNDED, LOGIN = Attribute("founded_on"), Attribute("last_login")
CUSTOMER, BUDGET = Attribute("customer"), Attribute("budget_confirmed")
TRUE = Literal(Kind.FLAG, True)


def whole(value: int, unit: str | None = None) -> Literal:
    return Literal(Kind.WHOLE, value, unit)


def number(value: str) -> Literal:
    return Literal(Kind.NUMBER, Decimal(value))


def text(value: str) -> Literal:
    return Literal(Kind.TEXT, value)


def compare(op: str, left: Node, right: Node) -> Compare:
    return Compare(Comparison(op), left, right)


def downloads(function: AggregateFunction = AggregateFunction.COUNT, **more: Any) -> Aggregate:
    return Aggregate(function, "content_download", **more)


# -------------------------------------------------------------------------------------- types
@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (TRUE, SURE),
        (whole(5), ValueType(Kind.WHOLE, nullable=False)),
        (whole(5, "people"), ValueType(Kind.WHOLE, unit="people", nullable=False)),
        (EMPLOYEES, V.attributes["employees"]),
        (Output("fit_grade"), V.outputs["fit_grade"]),
        (ConsentStatus("newsletter", "email"), CONSENT_TYPE),
        (EmailDomain(Attribute("email")), ValueType(Kind.TEXT)),
        (downloads(), ValueType(Kind.WHOLE, nullable=False)),
        (downloads(decay=HalfLife(14)), ValueType(Kind.NUMBER, nullable=False)),
        (downloads(AggregateFunction.ANY), SURE),
        (downloads(AggregateFunction.FIRST), ValueType(Kind.MOMENT)),
        (downloads(AggregateFunction.LAST), ValueType(Kind.MOMENT)),
        (downloads(AggregateFunction.DAYS_SINCE), ValueType(Kind.WHOLE, unit="days")),
        (
            downloads(AggregateFunction.SUM, of="price"),
            ValueType(Kind.NUMBER, unit="EUR", nullable=False),
        ),
        (Sum((EMPLOYEES, whole(1))), ValueType(Kind.WHOLE, unit="people")),
        (Sum((OPEN_FIELDS, whole(1))), ValueType(Kind.WHOLE, nullable=False)),
        (Sum((OPEN_FIELDS, number("0.5"))), ValueType(Kind.NUMBER, nullable=False)),
        (Scaled(EMPLOYEES, Decimal(3)), ValueType(Kind.WHOLE, unit="people")),
        (Scaled(EMPLOYEES, Decimal("0.5")), ValueType(Kind.NUMBER, unit="people")),
        (Extreme(Pick.LOWEST, (REVENUE, whole(1))), ValueType(Kind.NUMBER, unit="EUR")),
        (Rounded(REVENUE), ValueType(Kind.WHOLE, unit="EUR")),
        (Rounded(REVENUE, 2), ValueType(Kind.NUMBER, unit="EUR")),
        (Known(EMPLOYEES), SURE),
        (compare(">=", EMPLOYEES, whole(50)), FLAG),
        (compare(">=", EMPLOYEES, number("49.5")), FLAG),
        (compare(">=", OPEN_FIELDS, whole(50)), SURE),
        (compare("==", COUNTRY, text("DE")), FLAG),
        (compare("==", text("DE"), COUNTRY), FLAG),
        (compare("!=", COUNTRY, Attribute("billing_country")), FLAG),
        (compare("==", BUDGET, TRUE), FLAG),
        (compare("<", FOUNDED, Literal(Kind.DAY, date(2020, 1, 1))), FLAG),
        (OneOf(COUNTRY, (text("DE"), text("AT"))), FLAG),
        (OneOf(OPEN_FIELDS, (whole(1), number("2.5"))), SURE),
        (InList(COUNTRY, "freemail"), FLAG),
        (TextTest(TextRelation.HAS_WORD, TITLE, "intern"), FLAG),
        (Includes(INTERESTS, "crm"), FLAG),
        (Recent(FOUNDED, DAY), FLAG),
        (OlderThan(LOGIN, DAY), FLAG),
        (Not(CUSTOMER), SURE),
        (And((CUSTOMER, BUDGET)), FLAG),
        (Or((CUSTOMER, TRUE)), SURE),
        (AtLeast(1, (CUSTOMER, BUDGET)), FLAG),
        (And(()), SURE),
    ],
    ids=str,
)
def test_type(node: Node, expected: ValueType) -> None:
    assert infer(node, V) == (expected, ())


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((whole(1), whole(2)), ValueType(Kind.WHOLE, nullable=False)),
        ((whole(1), REVENUE), ValueType(Kind.NUMBER, unit="EUR")),
        ((text("DE"), COUNTRY), V.attributes["country"]),
        ((text("a"), TITLE), ValueType(Kind.TEXT)),
        ((CUSTOMER, TRUE), SURE),
    ],
)
def test_type_of_a_case(values: tuple[Node, Node], expected: ValueType) -> None:
    assert infer(Case(((BUDGET, values[0]),), values[1]), V) == (expected, ())


def test_a_choice_compares_with_codes_that_a_case_may_give() -> None:
    written = Case(((BUDGET, text("DE")),), text("AT"))
    assert require_condition(compare("==", COUNTRY, written), V) == ()
    wrong = Case(((BUDGET, text("DE")),), text("FR"))
    assert [problem.code for problem in require_condition(compare("==", COUNTRY, wrong), V)] == [
        "LP206"
    ]


def test_where_speaks_about_the_properties_of_the_signal() -> None:
    where = And((compare("==", Property("asset"), text("x")), Property("gated")))
    assert require_condition(downloads(AggregateFunction.ANY, where=where), V) == ()


# ----------------------------------------------------------------------------------- problems
@pytest.mark.parametrize(
    ("node", "code", "message", "hint"),
    [
        (
            Attribute("emploees"),
            "LP201",
            "unknown name `emploees`",
            "did you mean `employees`?",
        ),
        (Output("fit_scor"), "LP201", "unknown name `fit_scor`", "did you mean `fit_score`?"),
        (
            compare(">", TITLE, whole(5)),
            "LP202",
            "cannot compare `job_title` (text) and `5` (whole)",
            None,
        ),
        (
            compare("==", COUNTRY, whole(5)),
            "LP202",
            "cannot compare `country` (choice) and `5` (whole)",
            None,
        ),
        (
            compare("==", COUNTRY, TITLE),
            "LP202",
            "cannot compare `country` (choice) and `job_title` (text)",
            None,
        ),
        (
            compare("==", COUNTRY, Output("fit_grade")),
            "LP202",
            "cannot compare `country` (choice) and `fit_grade` (choice)",
            None,
        ),
        (
            compare("<", Output("fit_grade"), text("B")),
            "LP202",
            "`<` needs numbers, days or moments, not `fit_grade` (choice)",
            "write `reaches(x, 'code')`",
        ),
        (
            compare("<", TITLE, text("B")),
            "LP202",
            "`<` needs numbers, days or moments, not `job_title` (text)",
            None,
        ),
        (
            compare("==", FOUNDED, text("2026-01-31")),
            "LP202",
            "cannot compare `founded_on` (day) and `'2026-01-31'` (text)",
            "write a day as `day('2026-01-31')`",
        ),
        (
            compare("==", INTERESTS, INTERESTS),
            "LP202",
            "`interests` (choices) holds several codes",
            "write `includes(x, 'code')`",
        ),
        (
            compare("==", TITLE, text("")),
            "LP202",
            "a text is never empty",
            "a missing text is unknown: write `unknown(x)`",
        ),
        (
            Sum((EMPLOYEES, TITLE)),
            "LP202",
            "only numbers can be added, not `job_title` (text)",
            None,
        ),
        (
            Not(EMPLOYEES),
            "LP202",
            "`not` needs conditions, not `employees` (whole in people)",
            None,
        ),
        (
            TextTest(TextRelation.CONTAINS, EMPLOYEES, "x"),
            "LP202",
            "`contains` needs a text, not `employees` (whole in people)",
            None,
        ),
        (
            Recent(TITLE, DAY),
            "LP202",
            "`within` needs a day or a moment, not `job_title` (text)",
            None,
        ),
        (
            Case(((BUDGET, whole(1)),), TITLE),
            "LP202",
            "a case cannot be both `1` (whole) and `job_title` (text)",
            None,
        ),
        (
            Literal(Kind.WHOLE, True),
            "LP202",
            "`bool` is not the type of a whole literal",
            None,
        ),
        (
            Literal(Kind.MOMENT, datetime(2026, 1, 1, tzinfo=timezone(DAY / 24))),
            "LP202",
            "the moment `2026-01-01T00:00:00+01:00` is not in UTC",
            None,
        ),
        (
            Sum((EMPLOYEES, REVENUE)),
            "LP203",
            "`people` and `EUR` are different units",
            None,
        ),
        (
            compare("<", EMPLOYEES, whole(5, "EUR")),
            "LP203",
            "`people` and `EUR` are different units",
            None,
        ),
        (Literal(Kind.TEXT, "x", "EUR"), "LP203", "a text has no unit", None),
        (
            AtLeast(3, (BUDGET, CUSTOMER)),
            "LP205",
            "`at_least` can ask for 1 to 2 of these, not for 3",
            None,
        ),
        (Extreme(Pick.LOWEST, ()), "LP205", "`lowest` needs at least one number", None),
        (Rounded(REVENUE, -1), "LP205", "a number is rounded to 0 to 28 decimals", None),
        (OneOf(COUNTRY, ()), "LP205", "`in` needs at least one value", None),
        (Case((), TRUE), "LP205", "`case` needs at least one condition with a value", None),
        (
            TextTest(TextRelation.HAS_WORD, TITLE, " "),
            "LP205",
            "`has_word` needs a text to look for",
            None,
        ),
        (
            Recent(LOGIN, timedelta(0)),
            "LP205",
            "a duration is 1 minute to 100 years, in whole minutes",
            None,
        ),
        (downloads(decay=HalfLife(0)), "LP205", "a half-life is 1 day to 100 years", None),
        (
            downloads(decay=Steps(DAY, Decimal(0))),
            "LP205",
            "`lose` is a share above 0 and up to 1",
            None,
        ),
        (
            downloads(AggregateFunction.ANY, decay=HalfLife(1)),
            "LP205",
            "`any` has no decay, only `count` has",
            None,
        ),
        (
            downloads(of="pages"),
            "LP205",
            "`of` names what `sum` adds: `sum` needs it, nothing else",
            None,
        ),
        (
            compare("==", COUNTRY, text("DEE")),
            "LP206",
            "`country` (choice) has no code `DEE`",
            "did you mean `DE`?",
        ),
        (
            Includes(INTERESTS, "crn"),
            "LP206",
            "`interests` (choices) has no code `crn`",
            "did you mean `crm`?",
        ),
        (
            Aggregate(AggregateFunction.COUNT, "content_dowload"),
            "LP207",
            "unknown signal `content_dowload`",
            "did you mean `content_download`?",
        ),
        (
            downloads(AggregateFunction.SUM, of="page"),
            "LP207",
            "`content_download` has no property `page`",
            "did you mean `pages`?",
        ),
        (
            downloads(where=Known(Property("asse"))),
            "LP207",
            "`content_download` has no property `asse`",
            "did you mean `asset`?",
        ),
        (
            downloads(where=CUSTOMER),
            "LP207",
            "`customer` cannot be used inside `where`",
            "inside `where` there are only the properties of `content_download`",
        ),
        (
            Known(Property("asset")),
            "LP207",
            "the property `asset` can only be used inside the `where` of signals",
            None,
        ),
        (InList(TITLE, "freemial"), "LP208", "unknown list `freemial`", "did you mean `freemail`?"),
        (
            ConsentStatus("newslettr", "email"),
            "LP209",
            "unknown purpose `newslettr`",
            "did you mean `newsletter`?",
        ),
        (
            ConsentStatus("newsletter", "phone"),
            "LP209",
            "the purpose `newsletter` has no channel `phone`",
            "known: `email`",
        ),
        (number("1e28"), "LP210", "a number has at most 28 digits", None),
        (Scaled(REVENUE, Decimal("NaN")), "LP210", "a number has at most 28 digits", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_problem(node: Node, code: str, message: str, hint: str | None) -> None:
    _, problems = infer(node, V)
    assert Problem(code, message, hint=hint) in problems


def test_a_comparison_with_an_unknown_name_is_still_a_condition() -> None:
    found, problems = infer(And((compare(">", Attribute("nothing"), whole(5)), BUDGET)), V)
    assert found == FLAG
    assert [problem.code for problem in problems] == ["LP201"]


def test_all_problems_are_found_at_once_and_each_only_once() -> None:
    wrong = And((Attribute("x"), compare("==", COUNTRY, text("XX")), Sum((EMPLOYEES, REVENUE))))
    codes = [problem.code for problem in require_condition(And((wrong, wrong)), V)]
    assert codes == ["LP201", "LP206", "LP203", "LP202"]


def test_a_problem_stands_at_the_place_of_what_is_wrong() -> None:
    code = Literal(Kind.TEXT, "XX", place=(11, 15))
    condition = Compare(Comparison.EQ, COUNTRY, code, place=(0, 15))
    assert [problem.place for problem in require_condition(condition, V)] == [(11, 15)]


def test_a_condition_or_a_number_is_required() -> None:
    assert require_condition(CUSTOMER, V) == ()
    assert require_number(Sum((EMPLOYEES, whole(1))), V) == ()
    assert [problem.message for problem in require_condition(EMPLOYEES, V)] == [
        "a condition is needed, not `employees` (whole in people)"
    ]
    assert [problem.message for problem in require_number(CUSTOMER, V)] == [
        "a number is needed, not `customer` (flag)"
    ]


def test_a_tree_that_is_too_deep_or_too_large_is_refused_as_a_whole() -> None:
    deep: Node = TRUE
    wide: Node = TRUE
    for _ in range(5000):
        deep = Not(deep)
    for _ in range(100):
        wide = And((wide, wide))
    for node in (deep, wide):
        found, problems = infer(node, V)
        assert found is None
        assert [problem.code for problem in problems] == ["LP210"]


def test_what_is_not_part_of_the_language_is_a_problem() -> None:
    _, problems = infer(And((True, CUSTOMER)), V)  # type: ignore[arg-type]
    assert [problem.message for problem in problems] == [
        "not an expression of the language: `bool`"
    ]


def test_a_number_too_long_to_be_shown_is_a_problem() -> None:
    for kind in Kind:
        found, problems = infer(Literal(kind, 10**6000), V)
        assert found is None
        assert len(problems) == 1


# ------------------------------------------------------------------------------------- absurd
NAMES = st.sampled_from(["employees", "country", "content_download", "asset", "", "no`thing"])
LENGTHS = st.sampled_from([DAY, timedelta(0), -DAY, timedelta.max, timedelta.min])
EARLIEST, LATEST = datetime.min, datetime.max.replace(tzinfo=UTC)
NUMBERS = [0, 10**4000, Decimal("NaN"), Decimal("1e999999")]
VALUES = st.sampled_from([True, *NUMBERS, "", "DE", date.min, EARLIEST, LATEST])
FACTORS = st.sampled_from([Decimal(1), Decimal("sNaN"), Decimal("-Infinity"), Decimal("1e-99999")])
DECAYS: st.SearchStrategy[Decay | None] = st.one_of(
    st.none(),
    st.integers(-(10**20), 10**20).map(HalfLife),
    st.builds(Steps, LENGTHS, FACTORS),
)
LITERALS = st.builds(Literal, st.sampled_from(Kind), VALUES, st.sampled_from([None, "EUR"]))


def absurd(inside: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inside, max_size=3).map(tuple)
    pairs = st.lists(st.tuples(inside, inside), max_size=2).map(tuple)
    return st.one_of(
        st.builds(
            Aggregate, st.sampled_from(AggregateFunction), NAMES, LENGTHS, inside, NAMES, DECAYS
        ),
        st.builds(Case, pairs, inside),
        st.builds(Compare, st.sampled_from(Comparison), inside, inside),
        st.builds(OneOf, inside, st.lists(LITERALS, max_size=2).map(tuple)),
        st.builds(Scaled, inside, FACTORS),
        st.builds(Rounded, inside, st.integers()),
        st.builds(Extreme, st.sampled_from(Pick), several),
        st.builds(AtLeast, st.integers(), several),
        st.one_of(*(st.builds(kind, several) for kind in (And, Or, Sum))),
        st.one_of(*(st.builds(kind, inside) for kind in (Not, Known, EmailDomain))),
        st.one_of(*(st.builds(kind, inside, LENGTHS) for kind in (Recent, OlderThan))),
        st.one_of(*(st.builds(kind, inside, NAMES) for kind in (InList, Includes))),
        st.builds(TextTest, st.sampled_from(TextRelation), inside, NAMES),
    )


LEAVES: st.SearchStrategy[Node] = st.one_of(
    LITERALS,
    st.builds(Attribute, NAMES),
    st.builds(Output, NAMES),
    st.builds(Property, NAMES),
    st.builds(ConsentStatus, NAMES, NAMES),
    st.just(Node()),
)


@settings(max_examples=examples(200), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.recursive(LEAVES, absurd, max_leaves=8), st.sampled_from([V, Vocabulary()]))
def test_inference_never_raises_and_gives_a_type_or_a_reason(
    node: Node, vocabulary: Vocabulary
) -> None:
    found, problems = infer(node, vocabulary)
    assert found is not None or problems
