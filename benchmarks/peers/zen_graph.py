"""zen-engine with a decision graph (JDM), held by the engine through a static loader.

The graph gives the whole answer: fired rules, score, grade and state. It has one expression node.
The same policy as a collecting decision table, a sum and two more tables takes up to 1.5 times as
long, so this form is the harder yardstick. `ZenEngine.evaluate` is used, because a decision made
by `create_decision` costs twenty times more a call.
"""

from typing import Any

import zen

from benchmarks.host import WORDS_BY_HOST, facts
from benchmarks.languages.zen import FIRED, GRADE, SCORE, STATE
from benchmarks.seed_policy import Answer, Decide, Lead

TITLE = "zen-engine, decision graph"
LEFT_TO_HOST = WORDS_BY_HOST


def build() -> Decide:
    """Return a decider on the decision graph."""
    return build_with(trace=False)


def build_with(*, trace: bool) -> Decide:
    """Return a decider on the decision graph that asks for its trace or does not."""
    evaluate = zen.ZenEngine({"loader": {"type": "static", "content": {"lead": _graph()}}}).evaluate
    options: zen.DecisionEvaluateOptions = {"trace": trace}

    def decide(lead: Lead) -> Answer:
        result = evaluate("lead", facts(lead), options)["result"]
        score = int(result["score"])
        return result["state"], result["grade"], score, tuple(result["fired"])

    return decide


def _graph() -> dict[str, Any]:
    expressions = {"fired": FIRED, "score": SCORE, "grade": GRADE, "state": STATE}
    content = {
        "expressions": [
            {"id": key, "key": key, "value": value} for key, value in expressions.items()
        ]
    }
    nodes = [
        {"id": "lead", "name": "lead", "type": "inputNode"},
        {"id": "policy", "name": "policy", "type": "expressionNode", "content": content},
        {"id": "answer", "name": "answer", "type": "outputNode"},
    ]
    edges = [
        {"id": "1", "type": "edge", "sourceId": "lead", "targetId": "policy"},
        {"id": "2", "type": "edge", "sourceId": "policy", "targetId": "answer"},
    ]
    return {"nodes": nodes, "edges": edges}
