"""business-rules (venmo), with one JSON rule per scoring rule and stage.

A number or flag that is null raises in this package, so the host hands over -1 and false instead;
every condition on a number has a lower bound, hence -1 never meets one. Text and codes are asked
by regular expression, which is faster here than its `select` types.
"""

from collections.abc import Collection, Mapping
from typing import Any

from business_rules.actions import BaseActions, rule_action
from business_rules.engine import run_all
from business_rules.fields import FIELD_TEXT
from business_rules.variables import (
    BaseVariables,
    boolean_rule_variable,
    numeric_rule_variable,
    string_rule_variable,
)

from benchmarks.host import verdict
from benchmarks.seed_policy import (
    EXCLUDED_INDUSTRIES,
    FREEMAIL_DOMAINS,
    HOME_MARKET,
    JUNIOR_WORDS,
    SENIOR_WORDS,
    TARGET_INDUSTRIES,
    Answer,
    Decide,
    Lead,
)

TITLE = "business-rules"
LEFT_TO_HOST = "nulls; sums the score, reads grade and state from it"

Json = dict[str, Any]


def _number(attribute: str) -> Any:
    def read(variables: "_Variables") -> int:
        value = variables.lead[attribute]
        return -1 if value is None else value

    return numeric_rule_variable()(read)


def _flag(attribute: str) -> Any:
    return boolean_rule_variable()(lambda variables: variables.lead[attribute] is True)


def _text(attribute: str) -> Any:
    return string_rule_variable()(lambda variables: variables.lead[attribute])


class _Variables(BaseVariables):  # type: ignore[misc]
    def __init__(self, lead: Lead) -> None:
        self.lead: Mapping[str, Any] = lead

    employees = _number("employees")
    industry = _text("industry")
    country = _text("country")
    job_title = _text("job_title")
    email = _text("email")
    revenue_meur = _number("revenue_meur")
    downloads = _number("downloads")
    webinars = _number("webinars")
    demo_requests = _number("demo_requests")
    days_since_visit = _number("days_since_visit")
    budget_confirmed = _flag("budget_confirmed")
    newsletter_consent = _flag("newsletter_consent")
    sales_opt_in = _flag("sales_opt_in")
    unsubscribed = _flag("unsubscribed")


class _Actions(BaseActions):  # type: ignore[misc]
    def __init__(self) -> None:
        self.fired: list[str] = []

    @rule_action(params={"rule": FIELD_TEXT})  # type: ignore[untyped-decorator]
    def fire(self, rule: str) -> None:
        self.fired.append(rule)


def _condition(attribute: str, operator: str, value: object = "") -> Json:
    return {"name": attribute, "operator": operator, "value": value}


def _at_least(attribute: str, least: int) -> Json:
    return _condition(attribute, "greater_than_or_equal_to", least)


def _between(attribute: str, least: int, below: int) -> Json:
    return _all(_at_least(attribute, least), _condition(attribute, "less_than", below))


def _all(*conditions: Json) -> Json:
    return {"all": list(conditions)}


def _one_of(attribute: str, codes: Collection[str]) -> Json:
    return _condition(attribute, "matches_regex", f"^(?:{'|'.join(sorted(codes))})$")


def _has_word(words: Collection[str]) -> Json:
    return _condition("job_title", "matches_regex", rf"(?i)\b(?:{'|'.join(sorted(words))})\b")


def _is_true(attribute: str) -> Json:
    return _condition(attribute, "is_true")


_FREEMAIL = "|".join(sorted(FREEMAIL_DOMAINS)).replace(".", "[.]")
_TARGET = _one_of("industry", TARGET_INDUSTRIES)
_RULES = {
    "mid_company": _between("employees", 50, 250),
    "large_company": _at_least("employees", 250),
    "target_industry": _TARGET,
    "home_market": _one_of("country", HOME_MARKET),
    "revenue_range": _between("revenue_meur", 10, 500),
    "senior_title": _has_word(SENIOR_WORDS),
    "junior_title": _has_word(JUNIOR_WORDS),
    "freemail": _condition("email", "matches_regex", f"(?i)@(?:{_FREEMAIL})$"),
    "downloads": _at_least("downloads", 3),
    "recent_webinar": _all(_at_least("webinars", 1), _between("days_since_visit", 0, 31)),
    "demo_request": _at_least("demo_requests", 1),
    "dormant": _at_least("days_since_visit", 91),
}
_STAGES = {
    "disqualified": {"any": [_is_true("unsubscribed"), _one_of("industry", EXCLUDED_INDUSTRIES)]},
    "sql": _all(
        _at_least("employees", 50),
        _TARGET,
        _is_true("budget_confirmed"),
        _is_true("sales_opt_in"),
        _at_least("demo_requests", 1),
    ),
    "mql": _all(
        _at_least("employees", 10), _is_true("newsletter_consent"), _at_least("downloads", 3)
    ),
}


def build() -> Decide:
    """Return a decider that runs all rules and collects those that fired."""
    rules = [_as_rule(name, condition) for name, condition in (_RULES | _STAGES).items()]

    def decide(lead: Lead) -> Answer:
        actions = _Actions()
        run_all(rule_list=rules, defined_variables=_Variables(lead), defined_actions=actions)
        fired = [name for name in actions.fired if name not in _STAGES]
        stages = actions.fired[len(fired) :]
        return verdict(
            fired, disqualified="disqualified" in stages, sql="sql" in stages, mql="mql" in stages
        )

    return decide


def _as_rule(name: str, condition: Json) -> Json:
    return {"conditions": condition, "actions": [{"name": "fire", "params": {"rule": name}}]}
