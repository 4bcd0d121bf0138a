"""cel-expr-python, the binding of the C++ implementation of CEL."""

from itertools import compress

from cel_expr_python import cel

from benchmarks.host import SUM_BY_HOST, facts, verdict
from benchmarks.languages.cel import EVERYTHING
from benchmarks.seed_policy import ATTRIBUTES, POINTS, Answer, Decide, Lead

TITLE = "cel-expr-python (C++)"
LEFT_TO_HOST = SUM_BY_HOST


def build() -> Decide:
    """Return a decider on one compiled expression that gives a list of truth values."""
    environment = cel.NewEnv(variables=dict.fromkeys(ATTRIBUTES, cel.Type.DYN))
    evaluate = environment.compile(EVERYTHING).eval

    def decide(lead: Lead) -> Answer:
        disqualified, sql, mql, *fired = evaluate(data=facts(lead)).plain_value()
        return verdict(compress(POINTS, fired), disqualified=disqualified, sql=sql, mql=mql)

    return decide
