"""common-expression-language, the binding of the Rust implementation of CEL."""

from itertools import compress

import cel

from benchmarks.host import SUM_BY_HOST, facts, verdict
from benchmarks.languages.cel import EVERYTHING
from benchmarks.seed_policy import POINTS, Answer, Decide, Lead

TITLE = "common-expression-language (Rust)"
LEFT_TO_HOST = SUM_BY_HOST


def build() -> Decide:
    """Return a decider on one compiled expression that gives a list of truth values."""
    execute = cel.compile(EVERYTHING).execute

    def decide(lead: Lead) -> Answer:
        disqualified, sql, mql, *fired = execute(facts(lead))
        return verdict(compress(POINTS, fired), disqualified=disqualified, sql=sql, mql=mql)

    return decide
