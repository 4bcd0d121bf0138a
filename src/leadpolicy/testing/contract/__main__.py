"""`python -m leadpolicy.testing.contract tests.harness:AcmeHarness`: prove a connector."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from leadpolicy.testing.contract.behaviour import Tier
from leadpolicy.testing.contract.catalogue import behaviours
from leadpolicy.testing.contract.proving import (
    ProvingError,
    chosen,
    harness_at,
    prove,
    write_report,
)
from leadpolicy.testing.contract.report import to_dict
from leadpolicy.testing.contract.running import Mark, Report, Result

_TIERS: Final = {tier.label: tier for tier in Tier if tier}
_WRONG_USAGE: Final = 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m leadpolicy.testing.contract",
        description="Prove a connector with the contract kit.",
        epilog="Exit codes: 0 the tier is reached, 1 it is not, 2 wrong usage.",
    )
    parser.add_argument("harness", nargs="?", help="the harness, such as tests.harness:AcmeHarness")
    parser.add_argument("--tier", choices=_TIERS, default="platinum", help="stop at this tier")
    parser.add_argument("--only", action="append", default=[], metavar="SLUG", help="check only it")
    parser.add_argument("--reasons", type=Path, help="the file connector.toml")
    parser.add_argument("--out", type=Path, help="folder for report.json, report.md and badge.svg")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--list", action="store_true", help="list the behaviours and stop")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the kit and return the exit code."""
    asked = _parser().parse_args(arguments)
    tier = _TIERS[asked.tier]
    if asked.list:
        _list(tier)
        return 0
    if not asked.harness:
        _parser().error("name a harness, such as tests.harness:AcmeHarness")
    try:
        report = _prove(asked, tier)
    except ProvingError as error:
        sys.stderr.write(f"{error}\n")
        return _WRONG_USAGE
    return 1 if report.failures else 0


def _prove(asked: argparse.Namespace, tier: Tier) -> Report:
    which = chosen(tier, asked.only)
    harness = harness_at(asked.harness)
    report = prove(harness, which, reasons=asked.reasons, done=_tell)
    if asked.out is not None:
        write_report(report, asked.out)
    _show(report, as_json=asked.json)
    return report


def _list(tier: Tier) -> None:
    for behaviour in behaviours(tier):
        sys.stdout.write(f"{behaviour.label:>3}  {behaviour.tier.label:8}  {behaviour.slug}\n")


def _tell(result: Result) -> None:
    """Say on stderr what came out, so that stdout has the report alone."""
    behaviour = result.behaviour
    reason = f": {result.reason}" if result.reason else ""
    sys.stderr.write(f"{behaviour.label:>3}  {behaviour.slug}  {result.mark.value}{reason}\n")


def _show(report: Report, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(to_dict(report), indent=2, ensure_ascii=False) + "\n")
        return
    counts = ", ".join(f"{report.count(mark)} {mark.value}" for mark in Mark)
    sys.stdout.write(f"{report.connector} {report.version}: {report.tier.label} ({counts})\n")


if __name__ == "__main__":
    sys.exit(main())
