"""The benchmark policy in the ZEN expression language, over `host.facts`.

ZEN's `matches` compiles its regular expression again on every evaluation (100 to 340 us each);
splitting titles and mail domains in the host is the faster and hence the fairer way. A comparison
with null is an error in ZEN, therefore the guards.
"""

from collections.abc import Collection

from benchmarks.seed_policy import (
    EXCLUDED_INDUSTRIES,
    FREEMAIL_DOMAINS,
    GRADES,
    HOME_MARKET,
    JUNIOR_WORDS,
    POINTS,
    SCORE_CEILING,
    SCORE_FLOOR,
    SENIOR_WORDS,
    SQL_SCORE,
    TARGET_INDUSTRIES,
)


def _listed(values: Collection[str]) -> str:
    return "[" + ", ".join(f"'{value}'" for value in sorted(values)) + "]"


def _at_least(attribute: str, least: int) -> str:
    return f"{attribute} != null and {attribute} >= {least}"


def _between(attribute: str, least: int, below: int) -> str:
    return f"{attribute} != null and {attribute} in [{least}..{below})"


def _has_word(words: Collection[str]) -> str:
    return f"some(job_title, # in {_listed(words)})"


_TARGET = f"industry in {_listed(TARGET_INDUSTRIES)}"

RULES = {
    "mid_company": _between("employees", 50, 250),
    "large_company": _at_least("employees", 250),
    "target_industry": _TARGET,
    "home_market": f"country in {_listed(HOME_MARKET)}",
    "revenue_range": _between("revenue_meur", 10, 500),
    "senior_title": _has_word(SENIOR_WORDS),
    "junior_title": _has_word(JUNIOR_WORDS),
    "freemail": f"email in {_listed(FREEMAIL_DOMAINS)}",
    "downloads": _at_least("downloads", 3),
    "recent_webinar": f"{_at_least('webinars', 1)} and {_between('days_since_visit', 0, 31)}",
    "demo_request": _at_least("demo_requests", 1),
    "dormant": _at_least("days_since_visit", 91),
}
DISQUALIFIED = f"(unsubscribed == true or industry in {_listed(EXCLUDED_INDUSTRIES)})"
SQL_BUT_SCORE = (
    f"({_at_least('employees', 50)} and {_TARGET} and budget_confirmed == true"
    f" and sales_opt_in == true and {_at_least('demo_requests', 1)})"
)
MQL = (
    f"({_at_least('employees', 10)} and newsletter_consent == true and {_at_least('downloads', 3)})"
)

_hits = ", ".join(f"({condition}) ? '{rule}' : null" for rule, condition in RULES.items())
_points = ", ".join(f"({condition}) ? {POINTS[rule]} : 0" for rule, condition in RULES.items())
FIRED = f"filter([{_hits}], # != null)"
SCORE = f"max([{SCORE_FLOOR}, min([{SCORE_CEILING}, sum([{_points}])])])"
GRADE = "".join(f"$.score >= {lower} ? '{grade}' : " for lower, grade in GRADES) + "null"
STATE = (
    f"{DISQUALIFIED} ? 'disqualified' : {SQL_BUT_SCORE} and $.score >= {SQL_SCORE} ? 'sql'"
    f" : {MQL} ? 'mql' : 'lead'"
)
