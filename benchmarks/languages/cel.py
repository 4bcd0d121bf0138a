"""The benchmark policy in the Common Expression Language, over `host.facts`.

CEL has regular expressions, but the three implementations measured here compile them again on
every evaluation (40 to 400 us each); splitting titles and mail domains in the host is the faster
and hence the fairer way.
"""

from collections.abc import Collection

from benchmarks.seed_policy import (
    EXCLUDED_INDUSTRIES,
    FREEMAIL_DOMAINS,
    HOME_MARKET,
    JUNIOR_WORDS,
    SENIOR_WORDS,
    TARGET_INDUSTRIES,
)


def _listed(values: Collection[str]) -> str:
    return "[" + ", ".join(f"'{value}'" for value in sorted(values)) + "]"


def _at_least(attribute: str, least: int) -> str:
    return f"({attribute} != null && {attribute} >= {least})"


def _between(attribute: str, least: int, below: int) -> str:
    return f"({attribute} != null && {attribute} >= {least} && {attribute} < {below})"


def _has_word(words: Collection[str]) -> str:
    return f"job_title.exists(word, word in {_listed(words)})"


TARGET = f"industry in {_listed(TARGET_INDUSTRIES)}"

RULES = {
    "mid_company": _between("employees", 50, 250),
    "large_company": _at_least("employees", 250),
    "target_industry": TARGET,
    "home_market": f"country in {_listed(HOME_MARKET)}",
    "revenue_range": _between("revenue_meur", 10, 500),
    "senior_title": _has_word(SENIOR_WORDS),
    "junior_title": _has_word(JUNIOR_WORDS),
    "freemail": f"email in {_listed(FREEMAIL_DOMAINS)}",
    "downloads": _at_least("downloads", 3),
    "recent_webinar": f"{_at_least('webinars', 1)} && {_between('days_since_visit', 0, 31)}",
    "demo_request": _at_least("demo_requests", 1),
    "dormant": _at_least("days_since_visit", 91),
}
DISQUALIFIED = f"unsubscribed == true || industry in {_listed(EXCLUDED_INDUSTRIES)}"
SQL_BUT_SCORE = (
    f"{_at_least('employees', 50)} && {TARGET} && budget_confirmed == true"
    f" && sales_opt_in == true && {_at_least('demo_requests', 1)}"
)
MQL = f"{_at_least('employees', 10)} && newsletter_consent == true && {_at_least('downloads', 3)}"

EVERYTHING = "[" + ", ".join([DISQUALIFIED, SQL_BUT_SCORE, MQL, *RULES.values()]) + "]"
"""One expression: a list of truth values, the three stages first, then the rules."""
