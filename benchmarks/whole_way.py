"""Measure what stands around a decision: `python -m benchmarks.whole_way`.

The compiled decision is the yardstick. Beside it, in one run: the complete trace behind why and why
not; the public `decide` with its input checked; and the way from JSON bytes to an explained
decision, whose yardstick is the decision plus the fastest validator.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, cast

from benchmarks import seed_policy
from benchmarks.measure import side_by_side
from benchmarks.seed_policy import Lead
from benchmarks.subjects.leadpolicy_engine import checked_policy
from benchmarks.table import print_table
from benchmarks.validating.with_msgspec import validators
from leadpolicy.backends.python import Row
from leadpolicy.engine.lead_policy import LeadPolicy

AT = datetime(2026, 1, 1, tzinfo=UTC)
FASTEST = "msgspec Struct"
ROUNDS = 200
TRACE_GOAL, JSON_GOAL = 12.0, 1.7


class Case(NamedTuple):
    """One lead, as a row and as JSON."""

    row: Lead
    data: bytes


def cases(number: int, count: int) -> list[Case]:
    """Return leads that no other round has seen."""
    found = seed_policy.leads(count, seed=number)
    return [Case(lead, json.dumps(lead).encode()) for lead in found]


def subjects() -> Mapping[str, Callable[[Case], object]]:
    """Return what is measured, by name."""
    policy = LeadPolicy(checked_policy())
    run, trace, lead_json = policy.program.run, policy.program.trace, policy.ingest.lead_json
    read = policy.program.reader("grade", "score", rules_of=["score"])
    validate = validators()[FASTEST]
    return {
        "decision": lambda case: read(run(cast(Row, case.row), {}, {}, AT)),
        "trace": lambda case: trace(cast(Row, case.row), {}, {}, AT),
        "checked decision": lambda case: policy.decide(case.row, at=AT),
        "JSON to decision": lambda case: read(run(lead_json(case.data), {}, {}, AT)),
        "fastest validator": lambda case: validate(case.data),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return 1 if `--check` is asked for and a goal is not met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.whole_way", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"default {ROUNDS}")
    parser.add_argument("--check", action="store_true", help="exit 1 unless every goal is met")
    options = parser.parse_args(arguments)
    times = side_by_side(subjects(), cases, options.rounds)
    us = {name: timing.median_us for name, timing in times.items()}
    rows = [[name, f"{value:.2f}", f"{value / us['decision']:.2f}"] for name, value in us.items()]
    print_table(["what", "us", "x decision"], rows, right={1, 2})
    whole = us["decision"] + us["fastest validator"]
    goals = [
        ("trace / decision", us["trace"] / us["decision"], TRACE_GOAL),
        ("JSON / (decision + fastest validator)", us["JSON to decision"] / whole, JSON_GOAL),
    ]
    told = [[name, f"{found:.2f}", f"{goal:g}"] for name, found, goal in goals]
    print()
    print_table(["ratio", "measured", "at most"], told, right={1, 2})
    return int(options.check and any(found > goal for _, found, goal in goals))


if __name__ == "__main__":
    sys.exit(main())
