"""Every construct is guarded: what is unknown is never met, and never null."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import pytest

from databases import DIALECTS, Database, Stored, layout_of, opened, store
from leadpolicy.backends.guarded import Formula
from leadpolicy.backends.relational import condition, meaning, meanings, texts, times
from leadpolicy.backends.truths import Truth, opposed
from leadpolicy.expr.evaluate import evaluate
from leadpolicy.expr.facts import Facts
from leadpolicy.expr.nodes import (
    And,
    AtLeast,
    Attribute,
    Case,
    Compare,
    Comparison,
    EmailDomain,
    Extreme,
    Includes,
    InList,
    Known,
    Literal,
    Node,
    Not,
    OlderThan,
    OneOf,
    Or,
    Pick,
    Recent,
    Rounded,
    Scaled,
    Sum,
    TextRelation,
    TextTest,
)
from leadpolicy.expr.types import Kind, Value
from small import small

AT: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
POLICY: Final = small()
EMPLOYEES, REVENUE = Attribute("employees"), Attribute("revenue")
TITLE, EMAIL = Attribute("job_title"), Attribute("email")
BUDGET, INDUSTRY = Attribute("budget_confirmed"), Attribute("industry")
FIFTY: Final = Literal(Kind.WHOLE, 50)
SOON: Final = timedelta(days=30)


def at_least_fifty(of: Node) -> Node:
    return Compare(Comparison.GE, of, FIFTY)


def text(value: str) -> Literal:
    return Literal(Kind.TEXT, value)


CONSTRUCTS: Final[Mapping[str, Node]] = {
    "flag": BUDGET,
    "flag compared": Compare(Comparison.EQ, BUDGET, Literal(Kind.FLAG, True)),
    "flag among": OneOf(BUDGET, (Literal(Kind.FLAG, False),)),
    **{f"whole {op}": Compare(op, EMPLOYEES, FIFTY) for op in Comparison},
    "number": Compare(Comparison.LT, REVENUE, Literal(Kind.NUMBER, Decimal("0.3"))),
    "number among": OneOf(REVENUE, (Literal(Kind.NUMBER, Decimal("0.1")), FIFTY)),
    "whole and number": Compare(Comparison.GT, EMPLOYEES, REVENUE),
    "sum": at_least_fifty(Sum((EMPLOYEES, REVENUE, Literal(Kind.WHOLE, 1)))),
    "scaled": at_least_fifty(Scaled(EMPLOYEES, Decimal("-0.5"))),
    "highest": at_least_fifty(Extreme(Pick.HIGHEST, (EMPLOYEES, FIFTY))),
    "lowest": at_least_fifty(Extreme(Pick.LOWEST, (EMPLOYEES, FIFTY))),
    "rounded": Compare(Comparison.LE, Rounded(Scaled(REVENUE, Decimal("0.5"))), FIFTY),
    "number of a case": at_least_fifty(Case(((BUDGET, EMPLOYEES),), REVENUE)),
    "condition of a case": Case(((BUDGET, at_least_fifty(EMPLOYEES)),), at_least_fifty(REVENUE)),
    "text": Compare(Comparison.NE, TITLE, text("Head of Sales")),
    "text among": OneOf(TITLE, (text("x"), text("Einkäufer"))),
    "text of a case": Compare(Comparison.EQ, Case(((BUDGET, TITLE),), EMAIL), text("x")),
    **{f"text {kind}": TextTest(kind, TITLE, "Head") for kind in TextRelation},
    "code": Compare(Comparison.EQ, INDUSTRY, text("software")),
    "code among": OneOf(INDUSTRY, (text("software"), text("other"))),
    "codes": Includes(Attribute("interests"), "crm"),
    "list": InList(EMAIL, "freemail"),
    "list of domains": InList(EmailDomain(EMAIL), "freemail"),
    "day": Compare(Comparison.LT, Attribute("founded_on"), Literal(Kind.DAY, date(2020, 1, 1))),
    "moment": Compare(Comparison.GT, Attribute("last_login"), Literal(Kind.MOMENT, AT)),
    "recent day": Recent(Attribute("founded_on"), SOON),
    "recent moment": Recent(Attribute("last_login"), SOON),
    "older day": OlderThan(Attribute("founded_on"), SOON),
    "older moment": OlderThan(Attribute("last_login"), SOON),
    "every": And((BUDGET, at_least_fifty(EMPLOYEES))),
    "some": Or((BUDGET, at_least_fifty(EMPLOYEES))),
    "at least": AtLeast(2, (BUDGET, at_least_fifty(EMPLOYEES), Known(TITLE))),
}
LEADS: Final[Mapping[str, Mapping[str, Value | None]]] = {
    "nothing": {"customer": False},
    "something": {"customer": False, "employees": 50, "budget_confirmed": True},
    "large": {
        "customer": True,
        "employees": 120,
        "revenue": Decimal("0.1"),
        "job_title": "Head of Sales",
        "email": "jana@gmx.de",
        "industry": "software",
        "interests": frozenset({"crm", "erp"}),
        "founded_on": date(2026, 11, 1),
        "last_login": AT,
        "budget_confirmed": True,
    },
    "small": {
        "customer": False,
        "employees": 3,
        "revenue": Decimal("101.00"),
        "job_title": "Einkäufer",
        "email": "nobody",
        "industry": "other",
        "interests": frozenset(),
        "founded_on": date(1999, 1, 1),
        "last_login": AT + timedelta(microseconds=1),
        "budget_confirmed": False,
    },
}


@pytest.fixture(params=DIALECTS, scope="module")
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    with opened(request.param) as found:
        store(found, POLICY, {key: Stored(values) for key, values in LEADS.items()})
        yield found


def answers(database: Database, node: Node) -> dict[str, Any]:
    """Return what a database says about a condition for each lead."""
    layout = layout_of(POLICY)
    written = condition(node, POLICY, database.dialect, layout, AT)
    assert isinstance(written, str), written
    return dict(database.run(f"SELECT {database.name('id')}, {written} FROM leads"))


def expected(node: Node) -> dict[str, bool]:
    return {
        key: evaluate(node, Facts(AT, values, lists=POLICY.lists, timezone=POLICY.timezone)) is True
        for key, values in LEADS.items()
    }


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_a_condition_is_met_or_not_but_never_null(database: Database, name: str) -> None:
    for node in (CONSTRUCTS[name], Not(CONSTRUCTS[name]), Known(CONSTRUCTS[name])):
        assert answers(database, node) == expected(node)


# `at least` counts by cases, in which a null is not met even without a guard.
@pytest.mark.parametrize("name", [name for name in CONSTRUCTS if name != "at least"])
def test_a_missing_guard_is_noticed(
    database: Database, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unguarded(known: Formula, test: Formula) -> Truth:
        return Truth(test, opposed(test), known)

    for module in (meaning, meanings, texts, times):
        monkeypatch.setattr(module, "guarded", unguarded)
    node = CONSTRUCTS[name]
    found = [answers(database, one) == expected(one) for one in (node, Not(node))]
    assert not all(found)
