"""Measure the decision of one lead in every engine: `python -m benchmarks.one_lead`."""

import argparse
import json
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import oracle
from benchmarks.engines import Engine, all_engines
from benchmarks.goals import Goal, goals
from benchmarks.measure import Timing, side_by_side
from benchmarks.seed_policy import Lead, edge_leads, leads
from benchmarks.table import print_table

CHECKED_LEADS = 5_000
CHECKED_LEADS_IF_SLOW = {"cel_python": 250}
CHECK_SEED = 1_000_003
ROUNDS = 200


@dataclass(frozen=True)
class Result:
    """One engine with what was found out about it."""

    engine: Engine
    leads_checked: int = 0
    timing: Timing | None = None
    problem: str = ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Check, measure, print; return 1 if `--check` is asked for and a goal is not met."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.rounds < 2:
        parser.error("--rounds must be at least 2")
    every = list(all_engines())
    unknown = set(options.only or ()) - {engine.name for engine in every}
    if unknown:
        names = ", ".join(engine.name for engine in every)
        parser.error(f"no engine `{', '.join(sorted(unknown))}`; there are {names}")
    engines = [engine for engine in every if not options.only or engine.name in options.only]
    results = measured([checked(engine) for engine in engines], options.rounds, options.own_titles)
    medians = {r.engine.name: r.timing.median_us for r in results if r.timing}
    found = goals(engines, medians)
    _print(results, medians, found)
    if options.json:
        report = _report(results, medians, found, options)
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return int(options.check and not all(goal.met for goal in found))


def checked(engine: Engine) -> Result:
    """Compare the engine's answers with the oracle's, on bounds first, then on generated leads."""
    if engine.decide is None:
        return Result(engine, problem=engine.problem)
    count = CHECKED_LEADS_IF_SLOW.get(engine.name, CHECKED_LEADS)
    batch = edge_leads() + leads(count, CHECK_SEED)
    for lead in batch:
        problem = _difference(engine, lead)
        if problem:
            return Result(engine, problem=problem)
    return Result(engine, leads_checked=len(batch))


def _difference(engine: Engine, lead: Lead) -> str:
    assert engine.decide is not None
    expected = oracle.decide(lead)
    try:
        answer = engine.decide(lead)
    except Exception as error:
        return f"raises {type(error).__name__}: {error} for {lead}"
    return "" if answer == expected else f"wrong answer {answer}, not {expected}, for {lead}"


def measured(results: list[Result], rounds: int, own_titles: bool) -> list[Result]:
    """Return the results with the timings of all engines whose answers are right."""
    deciders = {
        r.engine.name: r.engine.decide for r in results if r.engine.decide and not r.problem
    }
    timings = side_by_side(
        deciders, lambda seed, count: leads(count, seed, own_titles=own_titles), rounds
    )
    return [
        Result(r.engine, r.leads_checked, timings.get(r.engine.name), r.problem) for r in results
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.one_lead", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"default {ROUNDS}, at least 2")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to FILE")
    parser.add_argument("--check", action="store_true", help="exit 1 unless every goal is met")
    parser.add_argument("--only", nargs="+", metavar="ENGINE", help="measure these engines alone")
    parser.add_argument(
        "--own-titles", action="store_true", help="give every lead a job title of its own"
    )
    return parser


def _ratio(medians: dict[str, float], name: str, yardstick: str) -> float | None:
    if name not in medians or yardstick not in medians:
        return None
    return medians[name] / medians[yardstick]


def _print(results: list[Result], medians: dict[str, float], found: list[Goal]) -> None:
    rows = [_row(result, medians) for result in results]
    print_table(
        ("engine", "version", "us", "x oracle", "x specialised", "checked", "left to host Python"),
        rows,
        right=range(2, 6),
    )
    print()
    verdicts = {True: "met", False: "missed", None: "not measured"}
    print_table(
        ("goal", "measured", ""), [(g.text, g.measured, verdicts[g.met]) for g in found], right=()
    )
    for result in results:
        if result.problem:
            print(f"\n{result.engine.name}: {result.problem}", file=sys.stderr)


def _row(result: Result, medians: dict[str, float]) -> tuple[str, ...]:
    engine, name = result.engine, result.engine.name
    if result.timing is None:
        return (engine.title, engine.version, "-", "-", "-", "-", result.problem[:60])
    ratios = (_ratio(medians, name, "oracle"), _ratio(medians, name, "specialised"))
    return (
        engine.title,
        engine.version,
        f"{result.timing.median_us:.2f}",
        *("-" if ratio is None else f"{ratio:.2f}" for ratio in ratios),
        str(result.leads_checked),
        engine.left_to_host,
    )


def _report(
    results: list[Result], medians: dict[str, float], found: list[Goal], options: argparse.Namespace
) -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "rounds": options.rounds,
        "own_titles": options.own_titles,
        "engines": [
            {
                "name": result.engine.name,
                "title": result.engine.title,
                "role": result.engine.role,
                "version": result.engine.version,
                "left_to_host": result.engine.left_to_host,
                "leads_checked": result.leads_checked,
                "problem": result.problem,
                "timing": asdict(result.timing) if result.timing else None,
                "to_oracle": _ratio(medians, result.engine.name, "oracle"),
                "to_specialised": _ratio(medians, result.engine.name, "specialised"),
            }
            for result in results
        ],
        "goals": [asdict(goal) for goal in found],
    }


if __name__ == "__main__":
    sys.exit(main())
