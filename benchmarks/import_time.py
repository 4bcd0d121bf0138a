"""Measure what importing leadpolicy costs: `python -m benchmarks.import_time`.

Every figure is the median CPU time of fresh interpreters that run one statement, less that of
interpreters that run none. Goal: `import leadpolicy` takes at most 80 ms.
"""

import argparse
import resource
import subprocess
import sys
from collections.abc import Sequence
from statistics import median

from benchmarks.table import print_table

RUNS = 15
STATEMENTS = {
    "import leadpolicy": "import leadpolicy",
    "expressions": "from leadpolicy import count, days",
    "policy objects": "from leadpolicy.policy.policy import Policy",
    "compiled decisions": "from leadpolicy.backends.python import compile_policy",
    "the engine": "from leadpolicy import LeadPolicy",
    "JSON leads": "from leadpolicy.engine.ingest.json_lead import JsonLeadReader",
    "first decision": "from benchmarks.subjects.leadpolicy_engine import build; "
    "from benchmarks.seed_policy import edge_leads; build()(edge_leads()[0])",
}
GOALS_MS = {"import leadpolicy": 80.0}


def cpu_ms(statement: str) -> float:
    """Return the CPU time of a fresh interpreter that runs a statement, in milliseconds."""
    before = _children_s()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return (_children_s() - before) * 1_000


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return 1 if `--check` is asked for and a goal is not met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.import_time", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help=f"default {RUNS}")
    parser.add_argument("--check", action="store_true", help="exit 1 unless every goal is met")
    options = parser.parse_args(arguments)
    bare = median([cpu_ms("pass") for _ in range(options.runs)])
    found = {
        name: median([cpu_ms(statement) for _ in range(options.runs)]) - bare
        for name, statement in STATEMENTS.items()
    }
    rows = [
        (name, f"{ms:.0f}", f"{GOALS_MS[name]:.0f}" if name in GOALS_MS else "-")
        for name, ms in found.items()
    ]
    print_table(("what", "CPU ms", "goal ms"), rows, right=(1, 2))
    missed = [name for name, goal in GOALS_MS.items() if found[name] > goal]
    return int(options.check and bool(missed))


if __name__ == "__main__":
    sys.exit(main())
