"""zen-engine with the decision graph of `zen_graph`, asked for its trace on every decision.

The trace holds inputs and outputs of every node: the nearest thing to an explained decision that
the engine itself offers.
"""

from benchmarks.host import WORDS_BY_HOST
from benchmarks.peers.zen_graph import build_with
from benchmarks.seed_policy import Decide

TITLE = "zen-engine, decision graph with trace"
LEFT_TO_HOST = WORDS_BY_HOST


def build() -> Decide:
    """Return a decider on the decision graph with trace."""
    return build_with(trace=True)
