"""cedarpy, the binding of the Cedar authorization language.

Every scoring rule and every stage is one `permit` policy; the policies that allowed the request
are the rules that fired. Cedar has no null: unknown attributes are left out of the context.
"""

from collections.abc import Collection

import cedarpy

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

TITLE = "cedarpy"
LEFT_TO_HOST = SUM_BY_HOST


def _listed(values: Collection[str]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in sorted(values)) + "]"


def _at_least(attribute: str, least: int) -> str:
    return f"context has {attribute} && context.{attribute} >= {least}"


def _between(attribute: str, least: int, below: int) -> str:
    return f"{_at_least(attribute, least)} && context.{attribute} < {below}"


def _one_of(attribute: str, codes: Collection[str]) -> str:
    return f"context has {attribute} && {_listed(codes)}.contains(context.{attribute})"


def _has_word(words: Collection[str]) -> str:
    return f"{_listed(words)}.containsAny(context.job_title)"


def _is_true(attribute: str) -> str:
    return f"context has {attribute} && context.{attribute}"


_TARGET = _one_of("industry", TARGET_INDUSTRIES)
_CONDITIONS = {
    "mid_company": _between("employees", 50, 250),
    "large_company": _at_least("employees", 250),
    "target_industry": _TARGET,
    "home_market": _one_of("country", HOME_MARKET),
    "revenue_range": _between("revenue_meur", 10, 500),
    "senior_title": _has_word(SENIOR_WORDS),
    "junior_title": _has_word(JUNIOR_WORDS),
    "freemail": _one_of("email", FREEMAIL_DOMAINS),
    "downloads": _at_least("downloads", 3),
    "recent_webinar": f"{_at_least('webinars', 1)} && {_between('days_since_visit', 0, 31)}",
    "demo_request": _at_least("demo_requests", 1),
    "dormant": _at_least("days_since_visit", 91),
    "disqualified": f"({_is_true('unsubscribed')}) || ({_one_of('industry', EXCLUDED_INDUSTRIES)})",
    "sql": f"{_at_least('employees', 50)} && {_TARGET} && {_is_true('budget_confirmed')}"
    f" && {_is_true('sales_opt_in')} && {_at_least('demo_requests', 1)}",
    "mql": f"{_at_least('employees', 10)} && {_is_true('newsletter_consent')}"
    f" && {_at_least('downloads', 3)}",
}


def build() -> Decide:
    """Return a decider that authorizes one request and reads the reasons."""
    policies = cedarpy.PolicySet.from_str(
        "\n".join(
            f"permit (principal, action, resource) when {{ {condition} }};"
            for condition in _CONDITIONS.values()
        )
    )
    entities = cedarpy.Entities.from_json_str("[]")
    names = {f"policy{place}": name for place, name in enumerate(_CONDITIONS)}
    request = {"principal": 'Lead::"1"', "action": 'Action::"decide"', "resource": 'Policy::"1"'}

    def decide(lead: Lead) -> Answer:
        asked = {**request, "context": known_facts(lead)}
        diagnostics = cedarpy.is_authorized(asked, policies, entities).diagnostics
        met = {names[reason] for reason in diagnostics.reasons}
        return verdict(
            [rule for rule in POINTS if rule in met],
            disqualified="disqualified" in met,
            sql="sql" in met,
            mql="mql" in met,
        )

    return decide
