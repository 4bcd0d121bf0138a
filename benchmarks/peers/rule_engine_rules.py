"""rule-engine.

Its regular expressions are compiled once, so titles, mail domains and sets of codes are all asked
by regular expression: faster here than `in` with an array, and nothing is left to the host for
text. One rule that evaluates to an array of truth values is faster than fifteen rules.
"""

from collections.abc import Collection
from itertools import compress

import rule_engine

from benchmarks.host import verdict
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

TITLE = "rule-engine"
LEFT_TO_HOST = "sums the score, reads grade and state from it"


def _one_of(attribute: str, codes: Collection[str]) -> str:
    return f"({attribute} != null and {attribute} =~~ '^(?:{'|'.join(sorted(codes))})$')"


def _has_word(words: Collection[str]) -> str:
    return rf"job_title != null and job_title =~~ '(?i)\\b(?:{'|'.join(sorted(words))})\\b'"


def _at_least(attribute: str, least: int) -> str:
    return f"({attribute} != null and {attribute} >= {least})"


def _between(attribute: str, least: int, below: int) -> str:
    return f"({attribute} != null and {attribute} >= {least} and {attribute} < {below})"


_TARGET = _one_of("industry", TARGET_INDUSTRIES)
_FREEMAIL = "|".join(sorted(FREEMAIL_DOMAINS)).replace(".", "[.]")
_RULES = (
    _between("employees", 50, 250),
    _at_least("employees", 250),
    _TARGET,
    _one_of("country", HOME_MARKET),
    _between("revenue_meur", 10, 500),
    _has_word(SENIOR_WORDS),
    _has_word(JUNIOR_WORDS),
    f"email != null and email =~~ '(?i)@(?:{_FREEMAIL})$'",
    _at_least("downloads", 3),
    f"{_at_least('webinars', 1)} and {_between('days_since_visit', 0, 31)}",
    _at_least("demo_requests", 1),
    _at_least("days_since_visit", 91),
)
_DISQUALIFIED = f"unsubscribed == true or {_one_of('industry', EXCLUDED_INDUSTRIES)}"
_SQL_BUT_SCORE = (
    f"{_at_least('employees', 50)} and {_TARGET} and budget_confirmed == true"
    f" and sales_opt_in == true and {_at_least('demo_requests', 1)}"
)
_MQL = (
    f"{_at_least('employees', 10)} and newsletter_consent == true and {_at_least('downloads', 3)}"
)


def build() -> Decide:
    """Return a decider on one rule that gives an array of truth values."""
    conditions = ", ".join((_DISQUALIFIED, _SQL_BUT_SCORE, _MQL, *_RULES))
    evaluate = rule_engine.Rule(f"[{conditions}]").evaluate

    def decide(lead: Lead) -> Answer:
        disqualified, sql, mql, *fired = evaluate(lead)
        return verdict(compress(POINTS, fired), disqualified=disqualified, sql=sql, mql=mql)

    return decide
