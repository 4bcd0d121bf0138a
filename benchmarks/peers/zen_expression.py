"""zen-engine's expression language, without a graph: one compiled expression a lead."""

import zen

from benchmarks.host import SUM_BY_HOST, facts, verdict
from benchmarks.languages.zen import DISQUALIFIED, FIRED, MQL, SQL_BUT_SCORE
from benchmarks.seed_policy import Answer, Decide, Lead

TITLE = "zen-engine, expression"
LEFT_TO_HOST = SUM_BY_HOST


def build() -> Decide:
    """Return a decider that evaluates fired rules and stages in ZEN."""
    stages = f"out: {DISQUALIFIED}, sql: {SQL_BUT_SCORE}, mql: {MQL}"
    evaluate = zen.compile_expression(f"{{fired: {FIRED}, {stages}}}").evaluate

    def decide(lead: Lead) -> Answer:
        found = evaluate(facts(lead))
        return verdict(
            found["fired"], disqualified=found["out"], sql=found["sql"], mql=found["mql"]
        )

    return decide
