"""durable-rules, a forward-chaining engine on Rete.

A lead is asserted as a fact, the rules that match run and note themselves, and the fact is
retracted again: as an event it would be consumed by the first rule it matches. It is one process-
wide engine that also polls for work on two background threads; they are stopped here, because they
could run a lead's rules while the caller still waits for them.
"""

from collections.abc import Callable, Collection
from functools import reduce
from operator import or_
from typing import Any

from durable.lang import assert_fact, get_host, item, m, retract_fact, ruleset, when_all

from benchmarks.host import SUM_BY_HOST, known_facts, verdict
from benchmarks.seed_policy import (
    EXCLUDED_INDUSTRIES,
    FREEMAIL_DOMAINS,
    HOME_MARKET,
    JUNIOR_WORDS,
    POINTS,
    SENIOR_WORDS,
    TARGET_INDUSTRIES,
    Answer,
    Decide,
    Lead,
)

TITLE = "durable-rules"
LEFT_TO_HOST = SUM_BY_HOST

_RULESET = "benchmark_lead"


def build() -> Decide:
    """Return a decider that asserts a lead, collects the rules that ran, and retracts it."""
    met: set[str] = set()
    with ruleset(_RULESET):
        for name, condition in _conditions().items():
            when_all(condition)(_noting(name, met))
    host = get_host()
    host._d_timer.cancel()
    host._t_timer.cancel()

    def decide(lead: Lead) -> Answer:
        met.clear()
        fact = {**known_facts(lead), "kind": "lead"}
        assert_fact(_RULESET, fact)
        retract_fact(_RULESET, fact)
        return verdict(
            [rule for rule in POINTS if rule in met],
            disqualified="disqualified" in met,
            sql="sql" in met,
            mql="mql" in met,
        )

    return decide


def _noting(name: str, met: set[str]) -> Callable[[Any], None]:
    return lambda _: met.add(name)


def _conditions() -> dict[str, Any]:
    target = _one_of(m.industry, TARGET_INDUSTRIES)
    return {
        "mid_company": (m.employees >= 50) & (m.employees < 250),
        "large_company": m.employees >= 250,
        "target_industry": target,
        "home_market": _one_of(m.country, HOME_MARKET),
        "revenue_range": (m.revenue_meur >= 10) & (m.revenue_meur < 500),
        "senior_title": m.job_title.anyItem(_one_of(item, SENIOR_WORDS)),
        "junior_title": m.job_title.anyItem(_one_of(item, JUNIOR_WORDS)),
        "freemail": _one_of(m.email, FREEMAIL_DOMAINS),
        "downloads": m.downloads >= 3,
        "recent_webinar": (m.webinars >= 1) & (m.days_since_visit <= 30),
        "demo_request": m.demo_requests >= 1,
        "dormant": m.days_since_visit > 90,
        "disqualified": (m.unsubscribed == True)  # noqa: E712
        | _one_of(m.industry, EXCLUDED_INDUSTRIES),
        "sql": (m.employees >= 50)
        & target
        & (m.budget_confirmed == True)  # noqa: E712
        & (m.sales_opt_in == True)  # noqa: E712
        & (m.demo_requests >= 1),
        "mql": (m.employees >= 10) & (m.newsletter_consent == True) & (m.downloads >= 3),  # noqa: E712
        "every lead": m.kind == "lead",
    }


def _one_of(value: Any, codes: Collection[str]) -> Any:
    return reduce(or_, [value == code for code in sorted(codes)])
