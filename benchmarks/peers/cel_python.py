"""cel-python, the implementation of CEL in pure Python.

Comparing a number with null raises in this package, so the lead is one map without its unknown
attributes, and the conditions ask `has(lead.attribute)` instead.
"""

import re
from itertools import compress
from typing import Any, cast

import celpy
from celpy.adapter import json_to_cel

from benchmarks.host import SUM_BY_HOST, known_facts, verdict
from benchmarks.languages.cel import EVERYTHING
from benchmarks.seed_policy import ATTRIBUTES, POINTS, Answer, Decide, Lead

TITLE = "cel-python"
LEFT_TO_HOST = f"nulls; {SUM_BY_HOST}"

_NAME = "|".join(ATTRIBUTES)


def build() -> Decide:
    """Return a decider on one interpreted expression that gives a list of truth values."""
    environment = celpy.Environment()
    program = environment.program(environment.compile(_without_nulls(EVERYTHING)))

    def decide(lead: Lead) -> Answer:
        found = program.evaluate({"lead": json_to_cel(known_facts(lead))})
        disqualified, sql, mql, *fired = map(bool, cast(list[Any], found))
        return verdict(compress(POINTS, fired), disqualified=disqualified, sql=sql, mql=mql)

    return decide


def _without_nulls(expression: str) -> str:
    guarded = re.sub(rf"\b({_NAME}) != null", r"has(\1)", expression)
    guarded = re.sub(rf"\b({_NAME}) == true", r"(has(\1) && \1)", guarded)
    guarded = re.sub(rf"\b({_NAME}) in ", r"has(\1) && \1 in ", guarded)
    return re.sub(rf"\b({_NAME})\b", r"lead.\1", guarded)
