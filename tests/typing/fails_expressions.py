"""What type checkers must reject: exactly the marked lines."""

# ruff: noqa: B015

from datetime import UTC, date, datetime, timedelta
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
    at_least,
    case,
    choice_property,
    count,
    days,
    not_,
    sum_of,
)


class Industry(StrEnum):
    MACHINERY = "machinery"
    SOFTWARE = "software"


class Lead:
    employees = NumberValue(Attribute("employees"))
    email = TextValue(Attribute("email"))
    industry = ChoiceValue(Attribute("industry"), Industry)
    products = ChoicesValue(Attribute("products"), Industry)
    customer = FlagValue(Attribute("customer"))
    founded = DayValue(Attribute("founded"))
    contacted = MomentValue(Attribute("contacted"))


lead = Lead()


def use(condition: Condition) -> None:
    """Take a condition, as every part of a policy does."""


use(lead.employees)  # expect: error
use(True)  # expect: error
use(lead.customer)

lead.employees >= "fifty"  # expect: error
lead.employees >= lead.email  # expect: error
lead.employees >= date(2026, 1, 1)  # expect: error
lead.employees.between(1, "10")  # expect: error
lead.employees * lead.employees  # expect: error
lead.employees / 2  # expect: error
lead.employees + "1"  # expect: error
use(lead.employees == "fifty")  # expect: error

lead.email > "a"  # expect: error
lead.email.contains(5)  # expect: error
lead.email.is_(5)  # expect: error
lead.email.has_word()  # expect: error

lead.industry.is_("Typo")  # expect: error
lead.industry.is_("software")  # expect: error
lead.industry.is_in(Industry.SOFTWARE, "Typo")  # expect: error
lead.industry.reaches("Typo")  # expect: error
lead.industry < Industry.SOFTWARE  # expect: error
lead.industry.is_(Industry.SOFTWAER)  # expect: error
use(lead.industry == "software")  # expect: error
lead.products.includes("Typo")  # expect: error

lead.founded > "2026-01-31"  # expect: error
lead.founded > 5  # expect: error
lead.contacted > date(2026, 1, 1)  # expect: error
lead.contacted < lead.founded  # expect: error
lead.contacted.within(90)  # expect: error
lead.contacted.within(timedelta(days=90))
lead.contacted > datetime(2026, 1, 1, tzinfo=UTC)

lead.customer & True  # expect: error
lead.customer & lead.employees  # expect: error
all_of(lead.customer, lead.employees)  # expect: error
at_least(lead.customer, lead.customer)  # expect: error
not_(lead.employees)  # expect: error
case((lead.customer, 1), otherwise="none")  # expect: error
case((lead.employees, 1), otherwise=0)  # expect: error

count("download", within=90)  # expect: error
count("download", where=lead.employees)  # expect: error
count("download", where=choice_property("topic", Industry).is_("crm"))  # expect: error
count("download").contains("x")  # expect: error
sum_of("purchase", within=days(90))  # expect: error
days("90")  # expect: error
