"""What type checkers must reject in a policy: exactly the marked lines."""

# ruff: noqa: B015

from datetime import date
from enum import StrEnum

from leadpolicy import (
    Band,
    Channel,
    Criterion,
    Gate,
    Governance,
    Record,
    Role,
    Score,
    ScoreRule,
    SignalType,
    Sla,
    State,
    Transition,
    choice,
    count,
    days,
    flag,
    text,
    whole,
)


class Industry(StrEnum):
    SOFTWARE = "software"


class Lead(Record):
    employees = whole("Mitarbeitende", unit="people")
    industry = choice(Industry, "Branche")
    email = text("E-Mail", persnal="contact")  # expect: error
    customer = flag("Kunde", missing="no")  # expect: error


lead = Lead

lead.employes  # expect: error
lead.industry.is_("software")  # expect: error
company = Lead(employees=5)
company.employees >= 5  # expect: error
company.industry = Industry.SOFTWARE  # expect: error
size: int = company.employees  # expect: error

Criterion(title="Groß", when=lead.employees)  # expect: error
Criterion(title="Groß", when=lead.employees >= 50)
Criterion(title="Groß", when="employees >= 50")
Criterion(title=5, when=lead.employees >= 50)  # expect: error
Criterion(when=lead.employees >= 50)  # expect: error
Criterion(title="Groß", when=lead.employees >= 50, owner="sales")  # expect: error
Criterion(title="Groß", whn=lead.employees >= 50)  # expect: error

ScoreRule(points="40", because="Größe", when=lead.employees >= 50)  # expect: error
ScoreRule(points=40, because="Größe", per=lead.customer)  # expect: error
ScoreRule(points=40, because="Größe", per=count("download"), limit="9")  # expect: error
ScoreRule(points=40, when=lead.employees >= 50)  # expect: error
Score(title="Passung", rules=[])  # expect: error
Band(from_="80")  # expect: error
Band(frm=80)  # expect: error

Gate(title="Newsletter", purpose="newsletter", channel="email")  # expect: error
Gate(title="Newsletter", purpose="newsletter", channel=Channel.EMIAL)  # expect: error
SignalType(title="Klick", evidence="behavioural")  # expect: error
State(title="Lead", definition="neu", responsible={"marketing": "decides"})  # expect: error
Transition(title="Weiter", from_="lead", to="mql")  # expect: error
Transition(title="Weiter", from_=("lead",), to="mql", wait=90)  # expect: error
Transition(title="Weiter", from_=("lead",), to="mql", wait=days(90))
Sla(title="Antwort", owed_by=Role.SALES, duty="feedback", state="mql")  # expect: error
governance = Governance(
    owner=Role.SALES,
    sales_ready_decided_by=(Role.SALES,),
    may_change=(Role.SALES,),
    review_by="2027-01-31",  # expect: error
)
governance.review_by.isofromat()  # expect: error
review: date = governance.review_by
