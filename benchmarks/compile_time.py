"""Measure how long compiling 12 to 768 rules takes: `python -m benchmarks.compile_time`.

The rules are those of the benchmark policy, repeated with one more condition each, so that
no two conditions are equal. Three stages are measured apart, each as the median CPU time of several
runs: reading the data into policy objects, checking (parsing, type inference, the checks of
meaning), and compiling. Goals: compiling takes at most 5 ms for 12 rules and 100 ms for 768.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from statistics import median
from time import process_time_ns
from typing import TypeVar

from benchmarks.subjects.leadpolicy_engine import policy_data, seed_rules
from benchmarks.table import print_table
from leadpolicy.backends.python import compile_policy
from leadpolicy.policy.pipeline import check
from leadpolicy.policy.policy import Policy

T = TypeVar("T")

SIZES = (12, 48, 192, 768)
GOALS_MS = {12: 5.0, 768: 100.0}
RUNS = 7


def rules(count: int) -> dict[str, dict[str, object]]:
    """Return so many rules, no two of them with the same condition."""
    seeds = list(seed_rules().items())
    found: dict[str, dict[str, object]] = {}
    for number in range(count):
        name, rule = seeds[number % len(seeds)]
        found[f"{name}_{number}"] = {**rule, "when": _varied(str(rule["when"]), number)}
    return found


def _varied(condition: str, number: int) -> str:
    lap = number // len(seed_rules())
    return f"({condition}) and downloads != {1000 + lap}" if lap else condition


def timed(step: Callable[[], T], runs: int) -> tuple[T, float]:
    """Return the result of a step and the median CPU time of several runs in milliseconds."""
    times = []
    for _ in range(runs):
        started = process_time_ns()
        result = step()
        times.append((process_time_ns() - started) / 1e6)
    return result, median(times)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return 1 if `--check` is asked for and a goal is not met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compile_time", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help=f"default {RUNS}")
    parser.add_argument("--check", action="store_true", help="exit 1 unless every goal is met")
    options = parser.parse_args(arguments)
    found = {size: _measured(size, options.runs) for size in SIZES}
    print_table(
        ("rules", "read ms", "check ms", "compile ms", "goal ms"),
        [_row(size, times) for size, times in found.items()],
        right=range(5),
    )
    missed = [size for size, goal in GOALS_MS.items() if found[size][2] > goal]
    return int(options.check and bool(missed))


def _row(size: int, times: tuple[float, float, float]) -> tuple[str, ...]:
    goal = f"{GOALS_MS[size]:.0f}" if size in GOALS_MS else "-"
    return (str(size), *(f"{ms:.1f}" for ms in times), goal)


def _measured(size: int, runs: int) -> tuple[float, float, float]:
    data = policy_data(rules(size))
    policy, reading = timed(lambda: Policy.model_validate(data), runs)
    checked, checking = timed(lambda: check(policy), runs)
    _, compiling = timed(lambda: compile_policy(checked), runs)
    return reading, checking, compiling


if __name__ == "__main__":
    sys.exit(main())
