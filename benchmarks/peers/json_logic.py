"""panzi-json-logic, the JsonLogic format in pure Python.

JsonLogic has no regular expressions and reads null as 0 in comparisons. One list of conditions is
evaluated per lead.
"""

from collections.abc import Collection
from itertools import compress
from typing import Any

from json_logic import jsonLogic

from benchmarks.host import SUM_BY_HOST, facts, verdict
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

TITLE = "panzi-json-logic"
LEFT_TO_HOST = SUM_BY_HOST

Json = dict[str, Any]


def _value(attribute: str) -> Json:
    return {"var": attribute}


def _at_least(attribute: str, least: int) -> Json:
    """Null counts as 0 and hence as below `least`, which is 1 or more everywhere."""
    return {">=": [_value(attribute), least]}


def _between(attribute: str, least: int, below: int) -> Json:
    return _all(_at_least(attribute, least), {"<": [_value(attribute), below]})


def _one_of(attribute: str, codes: Collection[str]) -> Json:
    return {"in": [_value(attribute), sorted(codes)]}


def _has_word(words: Collection[str]) -> Json:
    return {"some": [_value("job_title"), {"in": [{"var": ""}, sorted(words)]}]}


def _is_true(attribute: str) -> Json:
    return {"===": [_value(attribute), True]}


def _all(*conditions: Json) -> Json:
    return {"and": list(conditions)}


_TARGET = _one_of("industry", TARGET_INDUSTRIES)
_RECENT = _all(
    {"!==": [_value("days_since_visit"), None]}, {"<=": [_value("days_since_visit"), 30]}
)
_RULES = (
    _between("employees", 50, 250),
    _at_least("employees", 250),
    _TARGET,
    _one_of("country", HOME_MARKET),
    _between("revenue_meur", 10, 500),
    _has_word(SENIOR_WORDS),
    _has_word(JUNIOR_WORDS),
    _one_of("email", FREEMAIL_DOMAINS),
    _at_least("downloads", 3),
    _all(_at_least("webinars", 1), _RECENT),
    _at_least("demo_requests", 1),
    _at_least("days_since_visit", 91),
)
_DISQUALIFIED = {"or": [_is_true("unsubscribed"), _one_of("industry", EXCLUDED_INDUSTRIES)]}
_SQL_BUT_SCORE = _all(
    _at_least("employees", 50),
    _TARGET,
    _is_true("budget_confirmed"),
    _is_true("sales_opt_in"),
    _at_least("demo_requests", 1),
)
_MQL = _all(_at_least("employees", 10), _is_true("newsletter_consent"), _at_least("downloads", 3))


def build() -> Decide:
    """Return a decider that applies one list of conditions."""
    conditions = [_DISQUALIFIED, _SQL_BUT_SCORE, _MQL, *_RULES]

    def decide(lead: Lead) -> Answer:
        disqualified, sql, mql, *fired = jsonLogic(conditions, facts(lead))
        return verdict(compress(POINTS, fired), disqualified=disqualified, sql=sql, mql=mql)

    return decide
