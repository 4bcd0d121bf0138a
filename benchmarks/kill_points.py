"""At least 2,000 places at which a run is killed, judged from the history of the CRM alone.

    python -m benchmarks.kill_points [--doubles 60]

Each run is a process of its own that ends with SIGKILL: at the points of the run, just before and
just after the effect of each of its calls, and at random twice. Then it is started again.
"""

import argparse
import sys
import time
from collections import Counter

from benchmarks.table import print_table
from leadpolicy.testing.lab import Lab
from leadpolicy.testing.lab.__main__ import progress_bar
from leadpolicy.testing.lab.campaign import DOUBLED, FALSE_DEAD, LOST, Campaign, kill_everywhere

GOAL = 2_000


def main() -> int:
    """Kill, print what became of it, and return 1 if anything went wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kill_points")
    parser.add_argument("--doubles", type=int, default=60, help="kills twice, for each course")
    began = time.monotonic()
    with Lab() as lab, progress_bar("kills") as progress:
        campaign = kill_everywhere(lab, doubles=parser.parse_args().doubles, progress=progress)
    _print_courses(campaign)
    print()
    _print_places(campaign)
    _print_sum(campaign, time.monotonic() - began)
    return 1 if campaign.stories or campaign.kills < GOAL else 0


def _print_courses(campaign: Campaign) -> None:
    named = (LOST, DOUBLED, FALSE_DEAD)
    rows = [
        [
            name.value,
            dialect,
            str(tally.kills),
            str(tally.doubles),
            *(str(tally.wrong[one]) for one in named),
            str(sum(n for one, n in tally.wrong.items() if one not in named)),
            str(tally.rewrites),
        ]
        for (name, dialect), tally in campaign.tallies.items()
    ]
    heads = ["run", "dialect", "killed", "twice", "lost", "doubled", "false dead", "else", "again"]
    print_table(heads, rows, right=range(2, 9))


def _print_places(campaign: Campaign) -> None:
    places = sum((tally.places for tally in campaign.tallies.values()), Counter[str]())
    rows = [[place, str(count)] for place, count in sorted(places.items())]
    print_table(["killed at", "times"], rows, right=[1])


def _print_sum(campaign: Campaign, seconds: float) -> None:
    wrong = campaign.wrong
    counts = f"lost {wrong[LOST]}, doubled {wrong[DOUBLED]}, false dead letters {wrong[FALSE_DEAD]}"
    print(f"\n{campaign.kills} kill points in {seconds:.0f} s: {counts}")
    for story in campaign.stories:
        print(story)


if __name__ == "__main__":
    sys.exit(main())
