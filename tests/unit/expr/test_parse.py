"""What the text form means, node by node."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

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
from leadpolicy.expr.parse import format_duration, parse, parse_duration
from leadpolicy.expr.traverse import walk
from leadpolicy.expr.types import Kind, ValueType, Vocabulary

GRADES = ("D", "C", "B", "A")
VOCABULARY = Vocabulary(
    attributes={
        "employees": ValueType(Kind.WHOLE, unit="people"),
        "revenue": ValueType(Kind.NUMBER),
        "email": ValueType(Kind.TEXT),
        "country": ValueType(Kind.CHOICE, codes=("DE", "AT", "CH")),
        "products": ValueType(Kind.CHOICES, codes=("crm", "erp")),
        "customer": ValueType(Kind.FLAG),
        "founded": ValueType(Kind.DAY),
        "contacted": ValueType(Kind.MOMENT),
        "größe": ValueType(Kind.NUMBER),
    },
    outputs={
        "fit": ValueType(Kind.NUMBER),
        "fit_grade": ValueType(Kind.CHOICE, codes=GRADES, ordered=True),
        "employees": ValueType(Kind.NUMBER),
    },
    signals={
        "download": {
            "asset": ValueType(Kind.TEXT),
            "size": ValueType(Kind.CHOICE, codes=("s", "m", "l"), ordered=True),
        },
        "purchase": {"amount": ValueType(Kind.NUMBER)},
    },
    lists=frozenset({"freemail"}),
    purposes={"newsletter": frozenset({"email"})},
)

EMPLOYEES, REVENUE, EMAIL = Attribute("employees"), Attribute("revenue"), Attribute("email")
COUNTRY, CUSTOMER = Attribute("country"), Attribute("customer")
MONTH = timedelta(days=30)


def whole(value: int) -> Literal:
    return Literal(Kind.WHOLE, value)


def number(value: str) -> Literal:
    return Literal(Kind.NUMBER, Decimal(value))


def text(value: str) -> Literal:
    return Literal(Kind.TEXT, value)


def read(written: str) -> Node:
    parsed = parse(written, VOCABULARY)
    assert parsed.problems == ()
    assert parsed.node is not None
    return parsed.node


BIG = Compare(Comparison.GE, EMPLOYEES, whole(50))
SMALL = Compare(Comparison.LT, EMPLOYEES, whole(50))
CONDITIONS: list[tuple[str, Node]] = [
    ("employees >= 50", BIG),
    ("50 <= employees", Compare(Comparison.LE, whole(50), EMPLOYEES)),
    ("employees == 50", Compare(Comparison.EQ, EMPLOYEES, whole(50))),
    ("employees != 50", Compare(Comparison.NE, EMPLOYEES, whole(50))),
    ("employees > fit", Compare(Comparison.GT, EMPLOYEES, Output("fit"))),
    (
        "10 <= employees < 50",
        And((Compare(Comparison.LE, whole(10), EMPLOYEES), SMALL)),
    ),
    ("customer", CUSTOMER),
    ("not customer", Not(CUSTOMER)),
    ("customer == True", Compare(Comparison.EQ, CUSTOMER, Literal(Kind.FLAG, True))),
    ("customer and employees >= 50 and True", And((CUSTOMER, BIG, Literal(Kind.FLAG, True)))),
    ("(customer and customer) and customer", And((And((CUSTOMER, CUSTOMER)), CUSTOMER))),
    (
        "customer or employees < 50 and employees >= 50",
        Or((CUSTOMER, And((SMALL, BIG)))),
    ),
    ("all_of()", And(())),
    ("any_of(customer)", Or((CUSTOMER,))),
    ("at_least(2, customer, employees >= 50)", AtLeast(2, (CUSTOMER, BIG))),
    ("known(email)", Known(EMAIL)),
    ("unknown(email)", Not(Known(EMAIL))),
    ("country in ('DE', 'AT')", OneOf(COUNTRY, (text("DE"), text("AT")))),
    ("country in ['DE']", OneOf(COUNTRY, (text("DE"),))),
    ("country not in ('DE',)", Not(OneOf(COUNTRY, (text("DE"),)))),
    ("employees in (-1, 2.5)", OneOf(EMPLOYEES, (whole(-1), number("2.5")))),
    ("contains(email, 'x')", TextTest(TextRelation.CONTAINS, EMAIL, "x")),
    ("starts_with(email, 'x')", TextTest(TextRelation.STARTS_WITH, EMAIL, "x")),
    ("ends_with(email, 'x')", TextTest(TextRelation.ENDS_WITH, EMAIL, "x")),
    ("contains_ci(email, 'ä')", TextTest(TextRelation.CONTAINS_CI, EMAIL, "ä")),
    ("has_word(email, 'x')", TextTest(TextRelation.HAS_WORD, EMAIL, "x")),
    (
        "has_word(email, 'x', 'y')",
        Or(
            (
                TextTest(TextRelation.HAS_WORD, EMAIL, "x"),
                TextTest(TextRelation.HAS_WORD, EMAIL, "y"),
            )
        ),
    ),
    ("in_list(domain(email), 'freemail')", InList(EmailDomain(EMAIL), "freemail")),
    ("includes(products, 'crm')", Includes(Attribute("products"), "crm")),
    ("within(contacted, days(30))", Recent(Attribute("contacted"), MONTH)),
    ("older_than(founded, weeks(2))", OlderThan(Attribute("founded"), timedelta(days=14))),
    ("reaches(fit_grade, 'B')", OneOf(Output("fit_grade"), (text("B"), text("A")))),
    ("reaches(fit_grade, 'A')", OneOf(Output("fit_grade"), (text("A"),))),
    (
        "consent('newsletter', 'email') == 'confirmed'",
        Compare(Comparison.EQ, ConsentStatus("newsletter", "email"), text("confirmed")),
    ),
]
TERMS: list[tuple[str, Node]] = [
    ("'it''s'", text("its")),
    (r"'it\'s \\ \u00e4 \x41\n'", text("it's \\ ä A\n")),
    ('"double"', text("double")),
    ("1_000", whole(1000)),
    ("-5", whole(-5)),
    ("0.1", number("0.1")),
    ("1.50", number("1.5")),
    ("5.0", number("5")),
    ("1e3", number("1000")),
    (".5", number("0.5")),
    ("0.1234567890123456789012345678", number("0.1234567890123456789012345678")),
    ("unit(50, 'people')", Literal(Kind.WHOLE, 50, "people")),
    ("unit(-1.5, 'EUR')", Literal(Kind.NUMBER, Decimal("-1.5"), "EUR")),
    ("day('2026-01-31')", Literal(Kind.DAY, date(2026, 1, 31))),
    (
        "moment('2026-01-31T12:00:00+01:00')",
        Literal(Kind.MOMENT, datetime(2026, 1, 31, 11, tzinfo=UTC)),
    ),
    ("employees + revenue + 5", Sum((EMPLOYEES, REVENUE, whole(5)))),
    ("(employees + revenue) + 5", Sum((Sum((EMPLOYEES, REVENUE)), whole(5)))),
    ("employees - revenue", Sum((EMPLOYEES, Scaled(REVENUE, Decimal(-1))))),
    ("employees - 5", Sum((EMPLOYEES, whole(-5)))),
    ("employees - 2 * revenue", Sum((EMPLOYEES, Scaled(REVENUE, Decimal(-2))))),
    (
        "employees - (revenue - 1)",
        Sum((EMPLOYEES, Scaled(Sum((REVENUE, whole(-1))), Decimal(-1)))),
    ),
    ("-revenue", Scaled(REVENUE, Decimal(-1))),
    ("0.5 * revenue", Scaled(REVENUE, Decimal("0.5"))),
    ("revenue * 2", Scaled(REVENUE, Decimal(2))),
    ("total(revenue)", Sum((REVENUE,))),
    ("lowest(revenue, 5)", Extreme(Pick.LOWEST, (REVENUE, whole(5)))),
    ("highest(revenue, 5)", Extreme(Pick.HIGHEST, (REVENUE, whole(5)))),
    ("rounded(revenue)", Rounded(REVENUE)),
    ("rounded(revenue, 2)", Rounded(REVENUE, 2)),
    (
        "case((customer, 1), (employees >= 50, 2), otherwise=0)",
        Case(((CUSTOMER, whole(1)), (BIG, whole(2))), whole(0)),
    ),
]
DOWNLOADS = Aggregate(AggregateFunction.COUNT, "download")
AGGREGATES: list[tuple[str, Node]] = [
    ("count('download')", DOWNLOADS),
    ("any('download')", Aggregate(AggregateFunction.ANY, "download")),
    ("first('download')", Aggregate(AggregateFunction.FIRST, "download")),
    ("last('download')", Aggregate(AggregateFunction.LAST, "download")),
    ("days_since('download')", Aggregate(AggregateFunction.DAYS_SINCE, "download")),
    (
        "count('download', within=days(30), where=asset == 'x')",
        Aggregate(
            AggregateFunction.COUNT,
            "download",
            within=MONTH,
            where=Compare(Comparison.EQ, Property("asset"), text("x")),
        ),
    ),
    (
        "any('download', where=reaches(size, 'm'))",
        Aggregate(
            AggregateFunction.ANY,
            "download",
            where=OneOf(Property("size"), (text("m"), text("l"))),
        ),
    ),
    (
        "count('download', half_life=weeks(2))",
        Aggregate(AggregateFunction.COUNT, "download", decay=HalfLife(14)),
    ),
    (
        "count('download', lose=0.25, every=days(30))",
        Aggregate(AggregateFunction.COUNT, "download", decay=Steps(MONTH, Decimal("0.25"))),
    ),
    (
        "sum('purchase', of='amount', within=hours(36))",
        Aggregate(AggregateFunction.SUM, "purchase", within=timedelta(hours=36), of="amount"),
    ),
]


@pytest.mark.parametrize(("written", "node"), [*CONDITIONS, *TERMS, *AGGREGATES])
def test_a_text_builds_its_node(written: str, node: Node) -> None:
    assert read(written) == node


def test_an_attribute_comes_before_an_output_of_the_same_name() -> None:
    assert read("employees") == EMPLOYEES


def test_numbers_of_different_kinds_are_told_apart() -> None:
    assert read("5") == whole(5) != read("5.0")


def test_a_number_never_becomes_a_float() -> None:
    node = read("0.1")
    assert isinstance(node, Literal)
    assert isinstance(node.value, Decimal)
    assert str(node.value) == "0.1"


def test_names_outside_where_are_attributes_again() -> None:
    node = read("any('download', where=asset == 'x') and email == 'x'")
    assert [item for item in walk(node) if isinstance(item, Attribute)] == [EMAIL]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_text_may_have_several_lines(newline: str) -> None:
    written = newline.join(["employees >= 50", "  # big enough", "  and customer", ""])
    assert read(written) == And((BIG, CUSTOMER))


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_places_count_characters(newline: str) -> None:
    written = f"größe > 0.5{newline}  and contains(email, '€') and unknown(email)"
    for node in walk(read(written)):
        assert node.place is not None
        start, end = node.place
        shown = written[start:end]
        match node:
            case Attribute():
                assert shown == node.name
            case Literal():
                assert shown == "0.5"
            case TextTest():
                assert shown == "contains(email, '€')"
            case Known():
                assert shown == "unknown(email)"


def test_links_of_a_chain_have_their_own_places() -> None:
    written = "10 <= employees < 50"
    node = read(written)
    assert isinstance(node, And)
    places = [item.place for item in node.items]
    assert [written[slice(*place)] for place in places if place] == [
        "10 <= employees",
        "employees < 50",
    ]
    assert node.place == (0, len(written))


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("90 days", timedelta(days=90)),
        ("1 day", timedelta(days=1)),
        (" 24  hours ", timedelta(hours=24)),
        ("2 weeks", timedelta(weeks=2)),
        ("30 minutes", timedelta(minutes=30)),
        ("30minutes", timedelta(minutes=30)),
        ("0 days", None),
        ("-1 days", None),
        ("1.5 days", None),
        ("3 months", None),
        ("90", None),
        ("days", None),
        ("", None),
        ("36525 days", timedelta(days=36_525)),
        ("36526 days", None),
        ("999999999 weeks", None),
        ("٣ days", None),
    ],
)
def test_durations_of_documents(written: str, length: timedelta | None) -> None:
    assert parse_duration(written) == length


@pytest.mark.parametrize(
    ("length", "written"),
    [
        (timedelta(days=90), "90 days"),
        (timedelta(days=14), "2 weeks"),
        (timedelta(hours=24), "1 day"),
        (timedelta(hours=36), "36 hours"),
        (timedelta(minutes=1), "1 minute"),
    ],
)
def test_durations_are_written_in_their_largest_unit(length: timedelta, written: str) -> None:
    assert format_duration(length) == written
    assert parse_duration(written) == length


def test_seconds_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="whole number of minutes"):
        format_duration(timedelta(seconds=90))
