"""Expressions in Python build the nodes that their text builds, and refuse what has no meaning."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any

import pytest

from leadpolicy.expr.nodes import Attribute, Literal, Node
from leadpolicy.expr.parse import parse
from leadpolicy.expr.types import Kind, ValueType, Vocabulary
from leadpolicy.expr.values import (
    ChoicesValue,
    ChoiceValue,
    Condition,
    DayValue,
    FlagValue,
    MomentValue,
    NumberValue,
    TextValue,
    all_of,
    any_of,
    any_signal,
    at_least,
    case,
    choice_property,
    choices_property,
    consent,
    count,
    criterion,
    day_property,
    days,
    days_since,
    first,
    flag_property,
    gate,
    grade,
    highest,
    hours,
    last,
    lowest,
    minutes,
    moment_property,
    not_,
    number_property,
    quantity,
    rating,
    rounded,
    score,
    sum_of,
    text_property,
    weeks,
)

GRADES = ("D", "C", "B", "A")
ASSET = {
    "asset": ValueType(Kind.TEXT),
    "pages": ValueType(Kind.WHOLE),
    "size": ValueType(Kind.CHOICE, codes=("s", "m"), ordered=True),
    "tags": ValueType(Kind.CHOICES, codes=("x", "y")),
    "paid": ValueType(Kind.FLAG),
    "on": ValueType(Kind.DAY),
    "until": ValueType(Kind.MOMENT),
}
VOCABULARY = Vocabulary(
    attributes={
        "employees": ValueType(Kind.WHOLE),
        "revenue": ValueType(Kind.NUMBER),
        "email": ValueType(Kind.TEXT),
        "country": ValueType(Kind.CHOICE, codes=("DE", "AT", "CH")),
        "size": ValueType(Kind.CHOICE, codes=("small", "big"), ordered=True),
        "products": ValueType(Kind.CHOICES, codes=("crm", "erp")),
        "customer": ValueType(Kind.FLAG),
        "founded": ValueType(Kind.DAY),
        "contacted": ValueType(Kind.MOMENT),
    },
    outputs={
        "fits": ValueType(Kind.FLAG),
        "may_call": ValueType(Kind.FLAG),
        "fit": ValueType(Kind.NUMBER),
        "fit_grade": ValueType(Kind.CHOICE, codes=GRADES, ordered=True),
        "rating": ValueType(Kind.CHOICE, codes=("A1", "A2")),
    },
    signals={"download": ASSET},
    lists=frozenset({"freemail"}),
    purposes={"newsletter": frozenset({"email"})},
)


class Country(StrEnum):
    GERMANY = "DE"
    AUSTRIA = "AT"


class Mixed(str, Enum):  # noqa: UP042 - authors have such classes
    GERMANY = "DE"


employees = NumberValue(Attribute("employees"))
revenue = NumberValue(Attribute("revenue"))
email = TextValue(Attribute("email"))
country = ChoiceValue(Attribute("country"), ("DE", "AT", "CH"))
typed_country = ChoiceValue(Attribute("country"), Country)
size = ChoiceValue(Attribute("size"), ("small", "big"), ordered=True)
products = ChoicesValue(Attribute("products"), ("crm", "erp"))
customer = FlagValue(Attribute("customer"))
founded = DayValue(Attribute("founded"))
contacted = MomentValue(Attribute("contacted"))
NOT_A_NUMBER = math.nan
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)

SAME: list[tuple[Condition, str]] = [
    (employees >= 50, "employees >= 50"),
    (employees > 50, "employees > 50"),
    (employees <= 50, "employees <= 50"),
    (employees < 50, "employees < 50"),
    (employees == 50, "employees == 50"),
    (employees != 50, "employees != 50"),
    (employees < revenue, "employees < revenue"),
    (employees.between(10, 49), "10 <= employees <= 49"),
    (employees.is_known(), "known(employees)"),
    (employees.is_unknown(), "unknown(employees)"),
    (revenue > 0.1, "revenue > 0.1"),
    (revenue > 50.0, "revenue > 50.0"),
    (revenue > Decimal("1.50"), "revenue > 1.5"),
    (employees >= quantity(50, "people"), "employees >= unit(50, 'people')"),
    (employees + revenue + 5 > 1, "employees + revenue + 5 > 1"),
    (employees + (revenue + 5) > 1, "employees + (revenue + 5) > 1"),
    (employees - 2 * revenue - 5 > 1, "employees - 2 * revenue - 5 > 1"),
    (10 - revenue > 1, "10 - revenue > 1"),
    (10 + revenue > 1, "10 + revenue > 1"),
    (-revenue * 0.5 > 1, "-revenue * 0.5 > 1"),
    (lowest(revenue, 5) > highest(employees), "lowest(revenue, 5) > highest(employees)"),
    (rounded(revenue) > rounded(revenue, 2), "rounded(revenue) > rounded(revenue, 2)"),
    (case((customer, 1), otherwise=revenue) > 1, "case((customer, 1), otherwise=revenue) > 1"),
    (
        case((customer, "x"), otherwise=email) == "x",
        "case((customer, 'x'), otherwise=email) == 'x'",
    ),
    (email == "x", "email == 'x'"),
    (email.is_("x"), "email == 'x'"),
    (email.is_not("x"), "email != 'x'"),
    (email.is_(email), "email == email"),
    (email.is_in("x", "y"), "email in ('x', 'y')"),
    (email.none_of("x"), "email not in ('x',)"),
    (email.contains("x"), "contains(email, 'x')"),
    (email.starts_with("x"), "starts_with(email, 'x')"),
    (email.ends_with("x"), "ends_with(email, 'x')"),
    (email.contains_ci("x"), "contains_ci(email, 'x')"),
    (email.has_word("x"), "has_word(email, 'x')"),
    (email.has_word("x", "y"), "has_word(email, 'x', 'y')"),
    (email.domain().in_list("freemail"), "in_list(domain(email), 'freemail')"),
    (country.is_("DE"), "country == 'DE'"),
    (country == "DE", "country == 'DE'"),
    (country != "DE", "country != 'DE'"),
    (typed_country.is_(Country.GERMANY), "country == 'DE'"),
    (typed_country.is_not(Country.GERMANY), "country != 'DE'"),
    (typed_country.is_in(*Country), "country in ('DE', 'AT')"),
    (typed_country.none_of(Country.AUSTRIA), "country not in ('AT',)"),
    (size.reaches("big"), "reaches(size, 'big')"),
    (size.reaches("small"), "reaches(size, 'small')"),
    (products.includes("crm"), "includes(products, 'crm')"),
    (products.is_known(), "known(products)"),
    (customer, "customer"),
    (customer.is_true(), "customer"),
    (customer.is_false(), "not customer"),
    (customer.is_known(), "known(customer)"),
    (customer.is_unknown(), "unknown(customer)"),
    (founded < date(2020, 1, 1), "founded < day('2020-01-01')"),
    (founded.before(date(2020, 1, 1)), "founded < day('2020-01-01')"),
    (founded.after(founded), "founded > founded"),
    (contacted >= NEW_YEAR, "contacted >= moment('2026-01-01T00:00:00Z')"),
    (contacted.within(days(90)), "within(contacted, days(90))"),
    (contacted.older_than(weeks(2)), "older_than(contacted, days(14))"),
    (customer & (employees > 5) & customer, "customer and employees > 5 and customer"),
    (customer & (customer & customer), "customer and (customer and customer)"),
    (customer | customer | customer, "customer or customer or customer"),
    (customer & customer | customer, "customer and customer or customer"),
    (employees.between(1, 5) & customer, "1 <= employees <= 5 and customer"),
    (~customer, "not customer"),
    (not_(customer), "not customer"),
    (all_of(customer, ~customer), "customer and not customer"),
    (all_of(), "all_of()"),
    (any_of(customer), "any_of(customer)"),
    (at_least(1, customer, customer), "at_least(1, customer, customer)"),
    (count("download") >= 3, "count('download') >= 3"),
    (
        count("download", within=hours(36), where=text_property("asset").is_("x")) >= 3,
        "count('download', within=hours(36), where=asset == 'x') >= 3",
    ),
    (count("download", half_life=weeks(2)) > 1, "count('download', half_life=days(14)) > 1"),
    (
        count("download", lose=0.25, every=minutes(30)) > 1,
        "count('download', lose=0.25, every=minutes(30)) > 1",
    ),
    (any_signal("download", days(7)), "any('download', within=days(7))"),
    (
        any_signal("download", where=number_property("pages") > 3),
        "any('download', where=pages > 3)",
    ),
    (
        any_signal(
            "download", where=choice_property("size", ("s", "m"), ordered=True).reaches("s")
        ),
        "any('download', where=reaches(size, 's'))",
    ),
    (
        any_signal("download", where=choices_property("tags").includes("x")),
        "any('download', where=includes(tags, 'x'))",
    ),
    (
        any_signal("download", where=flag_property("paid") & day_property("on").within(days(1))),
        "any('download', where=paid and within(on, days(1)))",
    ),
    (
        any_signal("download", where=moment_property("until") < NEW_YEAR),
        "any('download', where=until < moment('2026-01-01T00:00:00Z'))",
    ),
    (first("download") < last("download"), "first('download') < last('download')"),
    (days_since("download") > 30, "days_since('download') > 30"),
    (sum_of("download", "pages", days(1)) > 3, "sum('download', of='pages', within=days(1)) > 3"),
    (consent("newsletter", "email").is_("confirmed"), "consent('newsletter','email')=='confirmed'"),
    (criterion("fits") & gate("may_call"), "fits and may_call"),
    (score("fit") >= 60, "fit >= 60"),
    (grade("fit_grade", GRADES).reaches("B"), "reaches(fit_grade, 'B')"),
    (grade("fit_grade").is_("B"), "fit_grade == 'B'"),
    (rating().is_in("A1", "A2"), "rating in ('A1', 'A2')"),
]

Build = Callable[[], object]
anything: Any = employees
"""A number for which no type checker objects."""

WRONG_TYPES: list[tuple[Build, str]] = [
    (lambda: anything >= "fifty", r"`employees` \(a number\) with str `'fifty'`"),
    (lambda: anything == "fifty", r"`employees` \(a number\) with str `'fifty'`"),
    (lambda: anything >= True, r"`employees` \(a number\) with bool `True`"),
    (lambda: anything >= None, r"`employees` \(a number\) with NoneType `None`"),
    (lambda: anything >= email, r"`employees` \(a number\) with `email` \(a text\)"),
    (lambda: anything >= (email == "x"), r"with `email == 'x'` \(a condition\)"),
    (lambda: anything + "1", r"a number is needed, not str `'1'`"),
    (lambda: anything * True, r"a number is needed, not bool `True`"),
    (lambda: anything * employees, "a number is needed"),
    (lambda: email == 5, r"`email` \(a text\) with int `5`"),
    (lambda: email.contains(anything), "a text is needed"),
    (lambda: email.is_in("a", 5), "a text is needed, not int `5`"),  # type: ignore[arg-type]
    (lambda: country == 5, r"`country` \(a choice\) with int `5`"),
    (lambda: country.reaches("DE"), r"the codes of `country` \(a choice\) have no order"),
    (lambda: products == "crm", "use `.includes"),
    (lambda: founded > NEW_YEAR, r"`founded` \(a day\) with datetime"),
    (lambda: contacted > date(2026, 1, 1), r"`contacted` \(a moment\) with date"),  # type: ignore[operator]
    (lambda: contacted > founded, r"with `founded` \(a day\)"),  # type: ignore[operator]
    (lambda: contacted.within(90), "a duration such as `days"),  # type: ignore[arg-type]
    (lambda: customer & True, "`&` joins `customer` with a condition, not bool `True`"),  # type: ignore[operator]
    (lambda: customer | anything, "`|` joins `customer` with a condition"),
    (lambda: customer == True, r"`customer` cannot be compared with True"),  # noqa: E712
    (lambda: all_of(customer, anything), "a condition is needed"),
    (lambda: at_least(anything, customer), "`at_least` needs a whole number"),
    (lambda: at_least(True, customer), "`at_least` needs a whole number"),
    (lambda: count("download", where=anything), "a condition is needed"),
    (lambda: days(1.5), "`days` needs a whole number, not float `1.5`"),  # type: ignore[arg-type]
    (lambda: days(True), "`days` needs a whole number, not bool `True`"),
    (lambda: case((customer, anything), otherwise="x"), "all numbers or all texts"),
]
WRONG_VALUES: list[tuple[Build, str]] = [
    (lambda: employees >= NOT_A_NUMBER, "finite, not nan"),
    (lambda: employees >= -math.inf, "finite, not -inf"),
    (lambda: employees >= Decimal("sNaN"), "finite"),
    (lambda: employees >= 10**28, "at most 28 digits"),
    (lambda: employees >= 1e300, "at most 28 digits"),
    (lambda: employees * 1e-300, "at most 28 digits"),
    (lambda: contacted > datetime(2026, 1, 1), "has no time zone: give it a `tzinfo`"),
    (lambda: country.is_("GE"), "`country` has no code `GE`"),
    (lambda: country == "D", "`country` has no code `D`"),
    (lambda: country.is_in("DE", "XX"), "`country` has no code `XX`"),
    (lambda: size.reaches("bigg"), "did you mean `big`"),
    (lambda: products.includes("cmr"), "did you mean `crm`"),
    (country.is_in, "at least one value"),
    (lambda: at_least(3, customer, customer), "1 to 2 of these, not 3"),
    (lambda: at_least(0, customer), "1 to 1 of these, not 0"),
    (lambda: days(0), "positive and at most a century"),
    (lambda: weeks(10**9), "positive and at most a century"),
    (lambda: contacted.within(timedelta(seconds=1)), "in whole minutes"),
    (lambda: contacted.older_than(timedelta(days=-1)), "in whole minutes"),
    (lambda: count("download", within=timedelta(0)), "in whole minutes"),
    (lambda: count("download", half_life=hours(36)), "whole number of days"),
    (lambda: count("download", lose=0.5), "decay is either"),
    (lambda: count("download", half_life=days(1), lose=1, every=days(1)), "decay is either"),
    (lambda: count("download", lose=1.5, every=days(1)), "more than 0 and at most 1"),
    (lambda: rounded(revenue, 29), "0 to 28 decimals"),
]


@pytest.mark.parametrize(("built", "text"), SAME, ids=[text for _, text in SAME])
def test_python_and_text_build_equal_nodes(built: Condition, text: str) -> None:
    parsed = parse(text, VOCABULARY)
    assert parsed.problems == ()
    assert built.node == parsed.node


@pytest.mark.parametrize(("build", "message"), WRONG_TYPES)
def test_wrong_types_are_refused_while_building(build: Build, message: str) -> None:
    with pytest.raises(TypeError, match=message.replace("|", r"\|")):
        build()


@pytest.mark.parametrize(("build", "message"), WRONG_VALUES)
def test_wrong_values_are_refused_while_building(build: Build, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()


@pytest.mark.parametrize(
    "decide",
    [
        lambda: bool(employees > 5),
        lambda: (employees > 5) and customer,
        lambda: (employees > 5) or customer,
        lambda: not customer,
        lambda: 10 <= employees <= 50,
        lambda: country in ("DE", "AT"),
    ],
)
def test_a_condition_has_no_truth_of_its_own_and_says_what_to_write(decide: Build) -> None:
    with pytest.raises(TypeError) as caught:
        decide()
    for advice in (
        "`&` for and",
        "`|` for or",
        "`~` for not",
        "`.is_in(...)`",
        "`x.between(a, b)`",
    ):
        assert advice in str(caught.value)


def test_a_term_has_no_truth_either() -> None:
    with pytest.raises(TypeError, match=r"`employees` is a number, not a condition"):
        bool(employees)


def literal(condition: Condition) -> Literal:
    node = condition.node
    right: Node = node.right  # type: ignore[attr-defined]
    assert isinstance(right, Literal)
    return right


def test_floats_are_taken_as_they_are_written() -> None:
    found = literal(revenue > 0.1)
    assert (found.kind, str(found.value)) == (Kind.NUMBER, "0.1")


def test_whole_numbers_stay_whole() -> None:
    assert type(literal(revenue > 5).value) is int


def test_moments_are_kept_in_utc() -> None:
    local = datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))
    found = literal(contacted > local)
    assert found.value == NEW_YEAR
    assert isinstance(found.value, datetime)
    assert found.value.tzinfo is UTC


@pytest.mark.parametrize("member", [Country.GERMANY, Mixed.GERMANY, "DE"])
def test_members_of_enumerations_become_plain_texts(member: str) -> None:
    value = literal(country.is_(member)).value
    assert (type(value), value) == (str, "DE")


def test_conditions_are_equal_when_their_nodes_are() -> None:
    assert (employees > 5) == (employees > 5)
    assert (employees > 5) != (employees > 6)
    assert (employees > 5) != "employees > 5"
    assert len({employees > 5, employees > 5, employees > 6}) == 2


def test_terms_can_be_keys() -> None:
    assert {employees: 1, email: 2}[email] == 2
    assert hash(employees) == hash(NumberValue(Attribute("employees")))


def test_a_joined_condition_is_not_changed_by_joining_it_again() -> None:
    both = customer & customer
    before = both.node
    assert (both & customer).node != before
    assert both.node == before


def test_wrappers_show_their_text() -> None:
    assert repr((employees > 5) & customer) == "Condition(employees > 5 and customer)"
    assert repr(employees + 1) == "NumberValue(employees + 1)"
