"""Random policies as Salesforce formulas beside the reference evaluator, by several judges.

    python -m benchmarks.formula_proof [--policies 2000] [--leads 50] [--seed 1]

Needs `npm ci --prefix tests/judges`, and LEADPOLICY_CONTRACT_DATA for the recorded truth table that
says what the judges written by others are trusted with; without these the interpreter of the
sandbox judges alone. Policies that need what no formula can compute read fields that a sync writes.
Ends with 1 when a formula and its policy decide one lead differently.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, Phase, given, seed, settings

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from benchmarks.table import print_table
from judges.bridge import JUDGES, Bridge, JudgeName, is_installed
from judges.proof import EXPOSED, INTERPRETER, Ledger, Panel, prove
from judges.sampling import Sampler
from judges.trust import trust
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy.testing.policies import policies

BATCH = 100
SHARES: dict[JudgeName, int] = {"sformula": 50, "formulon": 2}


def main() -> int:
    """Prove, print what was judged by whom, and return 1 if anything differs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.formula_proof")
    parser.add_argument("--policies", type=int, default=2000)
    parser.add_argument("--leads", type=int, default=50, help="for each policy")
    parser.add_argument("--seed", type=int, default=1)
    given_ = parser.parse_args()
    began, ledger, told = time.monotonic(), Ledger(), 0
    with ExitStack() as stack:
        panel = _panel(stack)
        for checked in _policies(given_.policies, given_.seed):
            sampler = Sampler(checked, Random(f"{given_.seed} {ledger.policies}"))
            leads = [sampler.lead() for _ in range(given_.leads)]
            prove(checked, leads, ledger, panel, closely=ledger.policies % 10 == 0)
            if ledger.policies % BATCH == 0 or len(ledger.differences) > told:
                _progress(ledger, told, began)
                told = len(ledger.differences)
    _print_result(ledger, time.monotonic() - began)
    return 1 if ledger.differences else 0


def _panel(stack: ExitStack) -> Panel | None:
    if not is_installed() or not os.environ.get("LEADPOLICY_CONTRACT_DATA"):
        print("no judges beside the interpreter: see `python -m benchmarks.formula_proof --help`")
        return None
    trusts = {name: trust(name) for name in JUDGES}
    return Panel(stack.enter_context(Bridge()), trusts, SHARES)


def _policies(count: int, start: int) -> Iterator[CheckedPolicy]:
    """Yield random policies, a batch at a time; a seed gives the same ones again."""
    made = 0
    while made < count:
        found = _batch(min(BATCH, count - made), start * 10**6 + made)
        yield from found
        made += len(found)


def _batch(count: int, start: int) -> list[CheckedPolicy]:
    found: list[CheckedPolicy] = []

    @seed(start)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(policies())
    def collect(checked: CheckedPolicy) -> None:
        found.append(checked)

    collect()
    return found[:count]


def _progress(ledger: Ledger, told: int, began: float) -> None:
    seconds = time.monotonic() - began
    differ = len(ledger.differences)
    print(f"  {ledger.policies:,} policies, {seconds:,.0f} s, {differ} differences", flush=True)
    if differ > told:
        print(f"  {ledger.differences[told]}", flush=True)


def _print_result(ledger: Ledger, seconds: float) -> None:
    refused = ledger.refused.total()
    print(f"{ledger.policies:,} policies, {ledger.leads:,} leads, {seconds:,.0f} s")
    print(f"{ledger.compiled:,} outputs are formulas, {refused:,} were refused with a reason")
    print(f"{ledger.decisions:,} decisions compared with the reference evaluator")
    rows = [
        [
            name,
            f"{ledger.verdicts[name]:,}",
            f"{ledger.unjudged[name]:,}",
            str(sum(found.judge == name for found in ledger.differences)),
        ]
        for name in (INTERPRETER, *JUDGES, EXPOSED)
        if ledger.verdicts[name] or name == EXPOSED
    ]
    print_table(["judge", "verdicts", "not judged", "differences"], rows, right=[1, 2, 3])
    for (judge, construct), count in ledger.lacking.most_common(20):
        print(f"  {judge} is not trusted with {construct}: {count:,} decisions")


if __name__ == "__main__":
    sys.exit(main())
