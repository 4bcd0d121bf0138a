"""A whole policy as an author writes it in Python: every line must please mypy and pyright.

It is the same policy as `tests/conformance/machines.yaml`, part by part.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from leadpolicy import (
    Band,
    Channel,
    Criterion,
    DecayRule,
    Dimension,
    Duty,
    Evidence,
    Feedback,
    Gate,
    Governance,
    Grade,
    LawfulBasis,
    ListSpec,
    Origin,
    PersonalData,
    Policy,
    Purpose,
    Rating,
    Readiness,
    Record,
    Responsibility,
    Role,
    Score,
    ScoreGroup,
    ScoreRule,
    SignalType,
    Sla,
    Stage,
    State,
    Transition,
    Weight,
    all_of,
    any_of,
    any_signal,
    at_least,
    choice,
    count,
    criterion,
    day,
    days,
    days_since,
    flag,
    gate,
    grade,
    hours,
    last,
    not_,
    number,
    rating,
    score,
    sum_of,
    text,
    text_property,
    whole,
    wording,
)


class Industry(StrEnum):
    MACHINERY = "machinery"
    SOFTWARE = "software"
    OTHER = "other"


class Clarity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Verdict(StrEnum):
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Reason(StrEnum):
    NO_NEED = "no_need"
    NO_BUDGET = "no_budget"


class Lead(Record, title="Kontakt"):
    email = text("E-Mail-Adresse", en="E-mail address", personal=PersonalData.CONTACT)
    job_title = text("Position", en="Job title", personal=PersonalData.BUSINESS)
    employees = whole("Mitarbeitende", en="Employees", unit="people")
    revenue = number("Umsatz", en="Revenue", unit="EUR", decimals=2)
    industry = choice(
        Industry,
        "Branche",
        en="Industry",
        titles={Industry.MACHINERY: wording("Maschinenbau", "machinery")},
    )
    need_clarity = choice(
        Clarity, "Klarheit des Bedarfs", en="Clarity of need", ordered=True, owner=Role.SALES
    )
    budget_confirmed = flag(
        "Budget bestätigt", en="Budget confirmed", evidence=Evidence.VALIDATED, owner=Role.SALES
    )
    customer = flag("Kunde", en="Customer", missing="false", description="hat gekauft")
    last_contact = day("Letzter Kontakt", en="Last contact")
    sales_feedback = choice(Verdict, "Rückmeldung", en="Feedback", owner=Role.SALES)
    rejection_reason = choice(Reason, "Ablehnungsgrund", en="Reason", owner=Role.SALES)


lead = Lead

policy = Policy(
    policy="machines",
    version="1.2",
    title=wording("Maschinen", "Machines"),
    description="Eine Policy in Python",
    governance=Governance(
        owner=Role.MARKETING,
        sales_ready_decided_by=(Role.SALES,),
        may_change=(Role.MARKETING, Role.SALES),
        review_by=date(2027, 3, 31),
        source="Hausregel",
    ),
    record=Lead,
    signals={
        "content_download": SignalType(
            title=wording("Download", "Download"),
            evidence=Evidence.BEHAVIOURAL,
            weight=Weight.EXPLORATORY,
            origin=Origin.FORM,
            properties={"asset": text("Inhalt", en="Asset"), "pages": whole("Seiten")},
        ),
        "newsletter_click": SignalType(
            title="Klick",
            evidence=Evidence.BEHAVIOURAL,
            weight=Weight.EXPLORATORY,
            origin=Origin.TERMINAL_TRACKING,
            gate="tracking_open",
        ),
        "demo_request": SignalType(
            title="Demo",
            evidence=Evidence.DECLARATIVE,
            weight=Weight.BINDING,
            origin=Origin.FORM,
        ),
    },
    purposes={
        "newsletter": Purpose(title="Newsletter", channels=(Channel.EMAIL,)),
        "sales_contact": Purpose(title="Vertrieb", channels=(Channel.EMAIL, Channel.PHONE)),
        "tracking_web": Purpose(
            title="Messung", basis=LawfulBasis.CONSENT, channels=(Channel.WEB,)
        ),
    },
    gates={
        "newsletter_open": Gate(title="Newsletter", purpose="newsletter", channel=Channel.EMAIL),
        "sales_open": Gate(
            title="Vertrieb",
            purpose="sales_contact",
            channel=Channel.EMAIL,
            double_opt_in=True,
            source=wording("Hausregel", "house rule"),
        ),
        "tracking_open": Gate(title="Messung", purpose="tracking_web", channel=Channel.WEB),
    },
    lists={"freemail": ListSpec(title="Freemail", entries=("gmx.de", "web.de"))},
    criteria={
        "mql": Criterion(
            title="MQL",
            definition=wording("ab 10 Mitarbeitenden", "10 people or more"),
            when=(lead.employees >= 10)
            & gate("newsletter_open")
            & (count("content_download", within=days(90)) >= 3),
            owner=Role.MARKETING,
        ),
        "sql": Criterion(
            title="SQL",
            when=all_of(
                criterion("mql"),
                lead.employees >= 50,
                lead.industry.is_in(Industry.MACHINERY, Industry.SOFTWARE),
                lead.budget_confirmed,
                any_signal("demo_request", within=days(180)),
                gate("sales_open"),
            ),
        ),
        "dormant": Criterion(title="Ruhend", when=lead.last_contact.older_than(days(365))),
        "reader": Criterion(
            title="Liest",
            when=any_of(
                last("content_download").within(days(30)),
                days_since("newsletter_click") < 14,
                sum_of("content_download", "pages", within=days(90)) > 100,
            ),
        ),
        "as_text": Criterion(title="Als Text", when="revenue > 1000000 or unknown(revenue)"),
    },
    scores={
        "fit": Score(
            title="Passung",
            rules={
                "size": ScoreRule(points=40, because="Größe", when=lead.employees >= 50),
                "industry": ScoreRule(
                    points=Decimal("30.5"),
                    because=wording("Zielbranche", "target industry"),
                    when=lead.industry == Industry.MACHINERY,
                ),
                "freemail": ScoreRule(
                    points=-20,
                    because="Freemail",
                    when=lead.email.domain().in_list("freemail"),
                ),
                "intern": ScoreRule(
                    points=-30,
                    because="Praktikum",
                    when=lead.job_title.has_word("praktikant", "student"),
                ),
            },
            floor=0,
            ceiling=100,
            decimals=1,
        ),
        "engagement": Score(
            title="Aktivität",
            groups={"activity": ScoreGroup(title="Lesen", highest=30)},
            rules={
                "whitepapers": ScoreRule(
                    points=10,
                    because="Whitepaper",
                    per=count(
                        "content_download",
                        within=days(90),
                        where=text_property("asset") == "Whitepaper",
                    ),
                    limit=20,
                    group="activity",
                ),
                "clicks": ScoreRule(
                    points=8,
                    because="Klicks",
                    per=count("newsletter_click", within=timedelta(days=60)),
                    decay=DecayRule(half_life=days(14)),
                    requires=("tracking_open",),
                    group="activity",
                ),
                "demo": ScoreRule(
                    points=50, because="Demo", when=any_signal("demo_request", within=days(30))
                ),
            },
        ),
    },
    grades={
        "fit_grade": Grade(
            title="Passung A bis C",
            of="fit",
            bands={
                "A": Band(from_=70, title="sehr gut"),
                "B": Band(from_=40, below=70),
                "C": Band(below=40),
            },
        ),
        "engagement_grade": Grade(
            title="Aktivität 1 bis 2",
            of="engagement",
            bands={"1": Band(from_=50), "2": Band(below=50)},
        ),
    },
    rating=Rating(title="Bewertung", fit="fit_grade", engagement="engagement_grade"),
    readiness={
        "ready": Readiness(
            title="Entscheidungsreife",
            dimensions={
                "need": Dimension(title="Bedarf", when=lead.need_clarity.reaches(Clarity.MEDIUM)),
                "budget": Dimension(title="Budget", when=lead.budget_confirmed),
                "fit": Dimension(title="Passung", when=score("fit") >= 60),
            },
            at_least=2,
            behavioural=criterion("reader"),
            declarative=any_signal("demo_request"),
        )
    },
    initial="lead",
    states={
        "lead": State(
            title="Lead",
            definition="ein neuer Kontakt",
            responsible={Role.MARKETING: Responsibility.DECIDES},
        ),
        "mql": State(
            title="MQL",
            definition=wording("vom Marketing qualifiziert", "qualified by marketing"),
            responsible={
                Role.MARKETING: Responsibility.DECIDES,
                Role.SALES: Responsibility.VALIDATES,
            },
            entry=criterion("mql"),
            stay=gate("newsletter_open"),
            exit_to="lead",
        ),
        "sql": State(
            title="SQL",
            definition="vom Vertrieb qualifiziert",
            stage=Stage.SALES,
            responsible={Role.SALES: Responsibility.DECIDES},
            entry=criterion("sql")
            & grade("fit_grade", codes=("C", "B", "A")).reaches("B")
            & at_least(1, criterion("ready"), lead.need_clarity.is_(Clarity.HIGH)),
            stay=gate("sales_open"),
            exit_to="lead",
            demands=("budget_confirmed",),
        ),
        "customer": State(
            title="Kunde",
            definition="hat gekauft",
            stage=Stage.OUTSIDE,
            responsible={Role.SALES: Responsibility.DECIDES},
            entry=lead.customer,
            terminal=True,
        ),
    },
    transitions={
        "qualify": Transition(title="Qualifizieren", from_=("lead",), to="mql", priority=10),
        "accept": Transition(
            title="Annehmen",
            from_=("mql",),
            to="sql",
            by=(Role.SALES,),
            when=lead.sales_feedback.is_(Verdict.ACCEPTED),
            demands=("sales_feedback",),
        ),
        "reject": Transition(
            title="Ablehnen",
            from_=("mql", "sql"),
            to="lead",
            by=(Role.SALES,),
            when=not_(lead.customer),
            reason="no_need",
            wait=hours(1),
        ),
        "win": Transition(title="Gewinnen", from_=("sql",), to="customer", by=(Role.SALES,)),
    },
    sla={
        "answer": Sla(
            title="Antwort in 24 Stunden",
            owed_by=Role.SALES,
            duty=Duty.FIRST_RESPONSE,
            state="mql",
            when=rating().is_in("A1", "B1"),
            within=hours(24),
            attempts=3,
        ),
        "volume": Sla(
            title="20 im Monat",
            owed_by=Role.MARKETING,
            duty=Duty.VOLUME,
            state="mql",
            per_month=20,
            accepted_share=Decimal("0.6"),
        ),
    },
    feedback=Feedback(
        verdict="sales_feedback", reason="rejection_reason", within=days(1), state="mql"
    ),
)

jana = Lead(employees=120, industry=Industry.MACHINERY, email="jana@maschinen.example")
employees: int | None = jana.employees
industry: Industry | None = jana.industry
title: str = policy.title.text("de")
names: list[str] = [spec.title.de for spec in policy.record.attributes.values()]
assets: list[str] = list(policy.signals["content_download"].properties)
