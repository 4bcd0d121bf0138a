"""The lab from the command line.

- `serve`: the CRM alone, until standard input ends; its port is the first line.
- `kills`: kill runs at every place. `matrix`: go through the fault matrix.

Exit code 0: nothing went wrong; 1: something did, and each thing has a line.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadpolicy.testing.lab.campaign import Progress


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    chosen = _parser().parse_args(arguments)
    if chosen.command == "serve":
        from leadpolicy.testing.lab.server import run_server

        run_server()
        return 0
    return _kills(chosen.doubles) if chosen.command == "kills" else _matrix(chosen.every)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m leadpolicy.testing.lab")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="the CRM alone, until standard input ends")
    kills = commands.add_parser("kills", help="kill runs at every place")
    kills.add_argument("--doubles", type=int, default=0, help="kills twice, for each course")
    matrix = commands.add_parser("matrix", help="go through the fault matrix")
    matrix.add_argument("--every", type=int, default=1, help="only every nth cell")
    return parser


def _kills(doubles: int) -> int:
    from leadpolicy.testing.lab.campaign import kill_everywhere
    from leadpolicy.testing.lab.lab import Lab

    with Lab() as lab, progress_bar("kills") as progress:
        campaign = kill_everywhere(lab, doubles=doubles, progress=progress)
    print(f"{campaign.kills} places, {len(campaign.stories)} things wrong")
    return _tell(campaign.stories)


def _matrix(every: int) -> int:
    from leadpolicy.testing.lab.campaign import go_through
    from leadpolicy.testing.lab.lab import Lab
    from leadpolicy.testing.lab.matrix import cells

    chosen = list(islice(cells(), 0, None, every))
    with Lab() as lab, progress_bar("cells") as progress:
        stories = go_through(lab, chosen, progress)
    print(f"{len(chosen)} cells, {len(stories)} things wrong")
    return _tell(stories)


def _tell(stories: Sequence[str]) -> int:
    for story in stories:
        print(story)
    return 1 if stories else 0


@contextmanager
def progress_bar(what: str) -> Iterator[Progress]:
    """Show a bar on the standard error output, where somebody looks at it."""
    from rich import progress as shown
    from rich.console import Console

    console = Console(stderr=True)
    columns = (what, shown.BarColumn(), shown.MofNCompleteColumn(), shown.TimeRemainingColumn())
    unseen = not console.is_terminal
    # A thread that draws by itself would be forked along with every run.
    with shown.Progress(*columns, console=console, disable=unseen, auto_refresh=False) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total, refresh=True)


if __name__ == "__main__":
    sys.exit(main())
