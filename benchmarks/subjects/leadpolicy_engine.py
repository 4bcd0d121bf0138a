"""The benchmark policy in leadpolicy: objects, checked and compiled."""

from collections.abc import Mapping
from datetime import UTC, datetime

from benchmarks.seed_policy import (
    COUNTRIES,
    EXCLUDED_INDUSTRIES,
    FREEMAIL_DOMAINS,
    GRADES,
    HOME_MARKET,
    INDUSTRIES,
    JUNIOR_WORDS,
    POINTS,
    SCORE_CEILING,
    SCORE_FLOOR,
    SENIOR_WORDS,
    SQL_SCORE,
    TARGET_INDUSTRIES,
    Answer,
    Decide,
    Lead,
)
from leadpolicy.backends.python import Consents, SignalsByType, compile_policy
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy.policy.pipeline import check
from leadpolicy.policy.policy import Policy

TITLE = "leadpolicy"
LEFT_TO_HOST = "-"


def _any_of(words: frozenset[str]) -> str:
    return ", ".join(repr(word) for word in sorted(words))


TARGET = f"industry in ({_any_of(TARGET_INDUSTRIES)})"

CONDITIONS: Mapping[str, str] = {
    "mid_company": "50 <= employees < 250",
    "large_company": "employees >= 250",
    "target_industry": TARGET,
    "home_market": f"country in ({_any_of(HOME_MARKET)})",
    "revenue_range": "10 <= revenue_meur < 500",
    "senior_title": f"has_word(job_title, {_any_of(SENIOR_WORDS)})",
    "junior_title": f"has_word(job_title, {_any_of(JUNIOR_WORDS)})",
    "freemail": "in_list(domain(email), 'freemail')",
    "downloads": "downloads >= 3",
    "recent_webinar": "webinars >= 1 and days_since_visit <= 30",
    "demo_request": "demo_requests >= 1",
    "dormant": "days_since_visit > 90",
}

STATES: Mapping[str, str | None] = {
    "lead": None,
    "mql": "employees >= 10 and newsletter_consent and downloads >= 3",
    "sql": f"employees >= 50 and {TARGET} and budget_confirmed and sales_opt_in"
    f" and demo_requests >= 1 and score >= {SQL_SCORE}",
    "disqualified": f"unsubscribed or industry in ({_any_of(EXCLUDED_INDUSTRIES)})",
}


def _attributes() -> dict[str, dict[str, object]]:
    whole = ("employees", "revenue_meur", "downloads", "webinars", "demo_requests")
    flags = ("budget_confirmed", "newsletter_consent", "sales_opt_in", "unsubscribed")
    return {
        "industry": {"type": "choice", "codes": {code: code for code in INDUSTRIES}},
        "country": {"type": "choice", "codes": {code: code for code in COUNTRIES}},
        "job_title": {"type": "text"},
        "email": {"type": "text"},
        "days_since_visit": {"type": "whole"},
        **{name: {"type": "whole"} for name in whole},
        **{name: {"type": "flag"} for name in flags},
    }


def _bands() -> dict[str, dict[str, int]]:
    bands: dict[str, dict[str, int]] = {}
    below = None
    for lower, code in GRADES:
        bands[code] = {} if code == GRADES[-1][1] else {"from": lower}
        if below is not None:
            bands[code]["below"] = below
        below = lower
    return bands


def seed_rules() -> dict[str, dict[str, object]]:
    """Return the rules of the benchmark policy."""
    return {
        name: {"points": POINTS[name], "because": name, "when": when}
        for name, when in CONDITIONS.items()
    }


def policy_data(rules: Mapping[str, Mapping[str, object]]) -> dict[str, object]:
    """Return the benchmark policy as data, with other rules for its score."""
    states = {
        name: {"title": name, "definition": name, "responsible": {"marketing": "decides"}}
        | ({"entry": entry} if entry else {})
        for name, entry in STATES.items()
    }
    attributes = {name: {"title": name, **spec} for name, spec in _attributes().items()}
    return {
        "policy": "benchmark",
        "version": "1",
        "title": "Benchmark",
        "governance": {
            "owner": "marketing",
            "sales_ready_decided_by": ["sales"],
            "may_change": ["marketing"],
            "review_by": "2100-01-01",
        },
        "record": {"attributes": attributes},
        "lists": {"freemail": {"title": "Freemail", "entries": sorted(FREEMAIL_DOMAINS)}},
        "scores": {
            "score": {
                "title": "Score",
                "rules": rules,
                "floor": SCORE_FLOOR,
                "ceiling": SCORE_CEILING,
            }
        },
        "grades": {"grade": {"title": "Grade", "of": "score", "bands": _bands()}},
        "initial": "lead",
        "states": states,
        "transitions": {
            f"to_{name}": {"title": name, "from": ["lead"], "to": name, "by": ["marketing"]}
            for name in STATES
            if name != "lead"
        },
    }


def checked_policy() -> CheckedPolicy:
    """Return the benchmark policy, checked."""
    return check(Policy.model_validate(policy_data(seed_rules())))


def build() -> Decide:
    """Return the decision of one lead by the compiled policy."""
    program = compile_policy(checked_policy())
    run, read = program.run, program.reader("grade", "score", rules_of=["score"])
    at = datetime(2026, 1, 1, tzinfo=UTC)
    no_signals: SignalsByType = {}
    no_consents: Consents = {}

    def decide(lead: Lead) -> Answer:
        return read(run(lead, no_signals, no_consents, at))  # type: ignore[arg-type]

    return decide
