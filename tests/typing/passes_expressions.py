"""What authors write in Python: every line must please mypy and pyright."""

# ruff: noqa: SIM300

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum

from leadpolicy.expr.nodes import Attribute
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
    days,
    days_since,
    first,
    gate,
    grade,
    highest,
    hours,
    last,
    lowest,
    minutes,
    not_,
    quantity,
    rating,
    rounded,
    score,
    sum_of,
    text_property,
    weeks,
)


class Industry(StrEnum):
    MACHINERY = "machinery"
    SOFTWARE = "software"


class Lead:
    employees = NumberValue(Attribute("employees"))
    revenue = NumberValue(Attribute("revenue"))
    email = TextValue(Attribute("email"))
    industry = ChoiceValue(Attribute("industry"), Industry)
    country = ChoiceValue(Attribute("country"), ("DE", "AT", "CH"))
    products = ChoicesValue(Attribute("products"), Industry)
    customer = FlagValue(Attribute("customer"))
    founded = DayValue(Attribute("founded"))
    contacted = MomentValue(Attribute("contacted"))


lead = Lead()

numbers: list[Condition] = [
    lead.employees >= 50,
    50 <= lead.employees,
    lead.employees == 50,
    lead.employees != 50,
    lead.employees < lead.revenue,
    lead.employees.between(10, 49),
    lead.revenue > Decimal("1.5"),
    lead.revenue > 1.5,
    lead.employees >= quantity(50, "people"),
    lead.employees + 3 * lead.revenue - 2 > 10,
    10 - lead.employees > -lead.revenue * 0.5,
    lowest(lead.employees, 100) < highest(lead.revenue, 5, 7),
    rounded(lead.revenue, 2) == Decimal("0.25"),
    case((lead.customer, 1), (lead.employees > 5, lead.revenue), otherwise=0) > 0,
    lead.employees.is_known() & lead.revenue.is_unknown(),
]

texts: list[Condition] = [
    lead.email == "a@b.de",
    lead.email.is_("a@b.de"),
    lead.email.is_in("a", "b"),
    lead.email.none_of("a", "b"),
    lead.email.contains("x") | lead.email.starts_with("x") | lead.email.ends_with("x"),
    lead.email.contains_ci("x") & lead.email.has_word("head", "leitung"),
    lead.email.domain().in_list("freemail"),
    case((lead.customer, "a"), otherwise=lead.email) == "a",
]

choices: list[Condition] = [
    lead.industry.is_(Industry.SOFTWARE),
    lead.industry == Industry.SOFTWARE,
    lead.industry.is_not(Industry.SOFTWARE),
    lead.industry.is_in(Industry.SOFTWARE, Industry.MACHINERY),
    lead.industry.none_of(Industry.SOFTWARE),
    lead.industry.reaches(Industry.SOFTWARE),
    lead.country.is_("DE"),
    lead.products.includes(Industry.SOFTWARE),
    consent("newsletter", "email").is_("confirmed"),
    grade("fit", codes=("D", "C", "B", "A")).reaches("B"),
    rating().is_in("A1", "A2"),
]

times: list[Condition] = [
    lead.founded < date(2020, 1, 1),
    lead.founded.before(date(2020, 1, 1)),
    lead.founded.after(lead.founded),
    lead.founded.between(date(2020, 1, 1), date(2021, 1, 1)),
    lead.contacted > datetime(2026, 1, 1, tzinfo=UTC),
    lead.contacted.within(days(90)),
    lead.contacted.older_than(weeks(2)),
    last("demo_request").within(hours(24)) | first("demo_request").within(minutes(30)),
]

combined: list[Condition] = [
    ~lead.customer & (lead.employees > 5) | lead.customer.is_false(),
    all_of(lead.customer, lead.employees > 5),
    any_of(*numbers, *texts),
    at_least(2, lead.customer, *choices),
    not_(lead.customer),
    count("download", within=days(90), where=text_property("asset").is_("x")) >= 3,
    count("download", half_life=days(14)) > 1.5,
    count("download", lose=Decimal("0.25"), every=days(30)) > 1,
    any_signal("demo_request", within=days(7)),
    any_signal("download", where=choice_property("topic").is_("crm")),
    any_signal("download", where=choice_property("topic", Industry).is_(Industry.SOFTWARE)),
    any_signal("download", where=choices_property("topics").includes("crm")),
    days_since("demo_request") < 30,
    sum_of("purchase", "amount", within=days(90)) > 1000,
    criterion("fits") & gate("may_call") & (score("fit") >= 60),
]
