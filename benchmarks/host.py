"""What host Python does for an engine whose language cannot.

Every peer that needs this gets the same two helpers, so that no engine wins or loses by its host.
"""

import re
from collections.abc import Iterable
from typing import Any

from benchmarks.oracle import grade_of, mail_domain
from benchmarks.seed_policy import (
    POINTS,
    SCORE_CEILING,
    SCORE_FLOOR,
    SQL_SCORE,
    Answer,
    Lead,
)

WORDS_BY_HOST = "splits titles and mail domains"
SUM_BY_HOST = f"{WORDS_BY_HOST}; sums the score, reads grade and state from it"

_WORD = re.compile(r"\w+")


def facts(lead: Lead) -> dict[str, Any]:
    """Return the lead with its title as a list of words and its e-mail as a domain.

    Words and domain are in lower case. The list is empty when the title is unknown, the domain is
    `None` when the e-mail is.
    """
    title, email = lead["job_title"], lead["email"]
    return {
        **lead,
        "job_title": _WORD.findall(title.casefold()) if title is not None else [],
        "email": mail_domain(email) if email is not None else None,
    }


def known_facts(lead: Lead) -> dict[str, Any]:
    """Return the facts without what is unknown."""
    return {name: value for name, value in facts(lead).items() if value is not None}


def verdict(fired: Iterable[str], *, disqualified: bool, sql: bool, mql: bool) -> Answer:
    """Return the answer for fired rules and stages.

    `sql` tells whether every criterion of the SQL stage is met but the one on the score.
    """
    rules = tuple(fired)
    score = max(SCORE_FLOOR, min(SCORE_CEILING, sum([POINTS[rule] for rule in rules])))
    grade = grade_of(score)
    if disqualified:
        return "disqualified", grade, score, rules
    if sql and score >= SQL_SCORE:
        return "sql", grade, score, rules
    return ("mql" if mql else "lead"), grade, score, rules
