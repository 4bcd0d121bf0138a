"""Every atom of the language, plain and negated, beside leads at its edges and with blanks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Final

from leadpolicy.expr.facts import Facts
from leadpolicy.expr.types import Value
from leadpolicy.policy.checked import CheckedPolicy
from small import UNKNOWN, small

AT: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
ATOMS: Final = {
    "flag": "budget_confirmed",
    "false_where_missing": "customer",
    "number_compared": "employees >= 50",
    "number_equal": "revenue == 10.5",
    "number_unequal": "employees != 50",
    "number_among": "employees in (1, 50)",
    "number_between": "10 <= employees < 50",
    "text_equal": "job_title == 'Head of Sales'",
    "text_unequal": "job_title != 'Head of Sales'",
    "text_among": "job_title in ('Intern', 'Head of Sales')",
    "text_contains": "contains(job_title, 'Sales')",
    "text_starts": "starts_with(job_title, 'Head')",
    "text_ends": "ends_with(job_title, 'Sales')",
    "text_any_case": "contains_ci(job_title, 'grosse sales')",
    "text_quoted": "contains(job_title, '\"Sales\" \\\\')",
    "domain_listed": "in_list(domain(email), 'freemail')",
    "domain_equal": "domain(email) == 'web.de'",
    "choice_equal": "industry == 'software'",
    "choice_unequal": "industry != 'software'",
    "choice_among": "industry in ('machinery', 'software')",
    "choices_include": "includes(interests, 'crm')",
    "day_before": "founded_on < day('2024-02-29')",
    "day_within": "within(founded_on, days(30))",
    "moment_after": "last_login > moment('2026-11-20T12:00:00Z')",
    "moment_within": "within(last_login, hours(36))",
    "moment_older": "older_than(last_login, hours(36))",
    "known": "known(employees) and known(industry) and known(job_title)",
    "some": "at_least(2, employees >= 50, industry == 'software', budget_confirmed)",
}
_VALUES: Final[dict[str, tuple[Value, ...]]] = {
    "employees": (50, 49, 1, 10),
    "revenue": (Decimal("10.50"), Decimal("-0.25"), Decimal(0)),
    "job_title": ("Head of Sales", "Intern", "Große SALES", 'The "Sales" \\', "x"),
    "email": ("jana@web.de", "Jana@GMX.de", "a@b.example"),
    "industry": ("software", "machinery", "other"),
    "interests": (frozenset({"crm"}), frozenset({"crm", "erp"}), frozenset({"erp"})),
    "founded_on": (date(2024, 2, 28), date(2024, 2, 29), AT.date() + timedelta(days=3)),
    "last_login": (
        AT,
        AT - timedelta(hours=36),
        AT - timedelta(days=1),
        AT + timedelta(seconds=1),
    ),
    "budget_confirmed": (True, False),
    "customer": (False, True),
}
_SCORE: Final[dict[str, Any]] = {
    "title": "Points",
    "decimals": 1,
    "floor": -5,
    "ceiling": 20,
    "rules": {
        "size": {"points": Decimal("7.5"), "when": "employees >= 50", "because": "size"},
        "money": {"points": Decimal("0.25"), "per": "revenue", "because": "money"},
        "field": {"points": 10, "when": "industry == 'software'", "because": "field"},
        "intern": {"points": -20, "when": "job_title == 'Intern'", "because": "intern"},
    },
}
_BANDS: Final = {"A": {"from": 10}, "B": {"from": Decimal("7.5"), "below": 10}, "C": {"below": 7.5}}


@cache
def atoms() -> CheckedPolicy:
    """Return a policy with a criterion for each atom, and one for its opposite."""
    plain = {name: {"title": name, "when": text} for name, text in ATOMS.items()}
    opposite = {
        f"not_{name}": {"title": name, "when": f"not ({text})"} for name, text in ATOMS.items()
    }
    grades = {"grade": {"title": "Grade", "of": "points", "bands": _BANDS}}
    return small(criteria=plain | opposite, scores={"points": _SCORE}, grades=grades)


def edge_leads() -> list[Facts]:
    """Return a lead of which nothing is known, and others of which one thing varies or is blank."""
    return [_facts(row) for row in _rows()]


def _rows() -> Iterator[dict[str, Any]]:
    usual = {name: values[0] for name, values in _VALUES.items()}
    yield dict(UNKNOWN)
    for name, values in _VALUES.items():
        for value in values:
            yield {**usual, name: value}
        yield {**usual, name: UNKNOWN[name]}
        yield {**UNKNOWN, name: values[0]}


def _facts(row: dict[str, Any]) -> Facts:
    return Facts(
        at=AT,
        attributes=row,
        signals=(),
        consents={},
        lists=atoms().lists,
        outputs={},
        timezone=atoms().timezone,
    )
