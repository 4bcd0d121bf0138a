"""The benchmark policy as a good engineer would write it by hand: one readable function.

It is the measure of right answers, and the first yardstick of speed. It keeps the contract that
leadpolicy keeps: a key that is missing is as unknown as one that is None. Nothing in it is slowed
down on purpose, and nothing is tuned: conditions are plain `if`s with a helper for words in a text.
"""

import re

from benchmarks.seed_policy import (
    EXCLUDED_INDUSTRIES,
    FREEMAIL_DOMAINS,
    GRADES,
    HOME_MARKET,
    JUNIOR_WORDS,
    SCORE_CEILING,
    SCORE_FLOOR,
    SENIOR_WORDS,
    SQL_SCORE,
    TARGET_INDUSTRIES,
    Answer,
    Lead,
)

_WORD = re.compile(r"\w+")


def decide(lead: Lead) -> Answer:
    """Return state, grade, score and fired rules of one lead."""
    employees = lead.get("employees")
    industry = lead.get("industry")
    title = lead.get("job_title")
    email = lead.get("email")
    revenue = lead.get("revenue_meur")
    downloads = lead.get("downloads")
    webinars = lead.get("webinars")
    demo_requests = lead.get("demo_requests")
    days_since_visit = lead.get("days_since_visit")

    points = 0
    fired = []
    if employees is not None:
        if 50 <= employees < 250:
            points += 10
            fired.append("mid_company")
        if employees >= 250:
            points += 15
            fired.append("large_company")
    if industry in TARGET_INDUSTRIES:
        points += 15
        fired.append("target_industry")
    if lead.get("country") in HOME_MARKET:
        points += 10
        fired.append("home_market")
    if revenue is not None and 10 <= revenue < 500:
        points += 10
        fired.append("revenue_range")
    if has_word(title, SENIOR_WORDS):
        points += 15
        fired.append("senior_title")
    if has_word(title, JUNIOR_WORDS):
        points -= 20
        fired.append("junior_title")
    if email is not None and mail_domain(email) in FREEMAIL_DOMAINS:
        points -= 10
        fired.append("freemail")
    if downloads is not None and downloads >= 3:
        points += 10
        fired.append("downloads")
    recently = days_since_visit is not None and days_since_visit <= 30
    if webinars is not None and webinars >= 1 and recently:
        points += 10
        fired.append("recent_webinar")
    if demo_requests is not None and demo_requests >= 1:
        points += 20
        fired.append("demo_request")
    if days_since_visit is not None and days_since_visit > 90:
        points -= 15
        fired.append("dormant")
    score = max(SCORE_FLOOR, min(SCORE_CEILING, points))
    return state_of(lead, score), grade_of(score), score, tuple(fired)


def has_word(text: str | None, words: frozenset[str]) -> bool:
    """Tell whether one of the words stands in a text, in whatever case."""
    return text is not None and not words.isdisjoint(_WORD.findall(text.casefold()))


def mail_domain(email: str) -> str:
    """Return the domain of an e-mail address in lower case."""
    return email.rpartition("@")[2].lower()


def grade_of(score: int) -> str:
    """Return the grade of a score: the first band whose lower bound it reaches."""
    for lower, grade in GRADES:
        if score >= lower:
            return grade
    return GRADES[-1][1]


def state_of(lead: Lead, score: int) -> str:
    """Return the highest state the lead is eligible for."""
    if lead.get("unsubscribed") or lead.get("industry") in EXCLUDED_INDUSTRIES:
        return "disqualified"
    if is_sql(lead, score):
        return "sql"
    return "mql" if is_mql(lead) else "lead"


def is_sql(lead: Lead, score: int) -> bool:
    """Tell whether every criterion of the SQL stage is met."""
    employees = lead.get("employees")
    demo_requests = lead.get("demo_requests")
    return bool(
        employees is not None
        and employees >= 50
        and lead.get("industry") in TARGET_INDUSTRIES
        and lead.get("budget_confirmed")
        and lead.get("sales_opt_in")
        and demo_requests is not None
        and demo_requests >= 1
        and score >= SQL_SCORE
    )


def is_mql(lead: Lead) -> bool:
    """Tell whether every criterion of the MQL stage is met."""
    employees = lead.get("employees")
    downloads = lead.get("downloads")
    return bool(
        employees is not None
        and employees >= 10
        and lead.get("newsletter_consent")
        and downloads is not None
        and downloads >= 3
    )
