"""`python -m leadpolicy_sandbox salesforce`: a practice CRM until Ctrl-C; nothing is kept."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing, suppress

from leadpolicy.crm.errors import CrmError
from leadpolicy_sandbox.salesforce.running import PORT, start


def main(arguments: Sequence[str] | None = None) -> int:
    """Start the practice CRM that is named, say what to type next, and serve until Ctrl-C."""
    given = _parser().parse_args(arguments)
    try:
        started = start(port=given.port, leads=given.leads, seed=given.seed)
    except CrmError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    with closing(started) as crm, suppress(KeyboardInterrupt):
        lines = [f"a practice Salesforce with {given.leads} leads listens at {crm.url}"]
        lines += ["in another terminal:", *(f"  {hint}" for hint in crm.hints(given.policy))]
        sys.stdout.write("\n".join([*lines, "Ctrl-C ends it", ""]))
        sys.stdout.flush()
        crm.wait()
    sys.stdout.write("ended\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="leadpolicy_sandbox", description=__doc__)
    parser.add_argument("crm", choices=["salesforce"])
    parser.add_argument("--port", type=int, default=PORT, help="0 takes a free one")
    parser.add_argument("--leads", type=int, default=200, help="how many sample leads it has")
    parser.add_argument("--seed", type=int, default=1, help="another number gives other leads")
    parser.add_argument("--policy", default="b2b-de", help="the policy that the hints speak of")
    return parser


if __name__ == "__main__":
    sys.exit(main())
