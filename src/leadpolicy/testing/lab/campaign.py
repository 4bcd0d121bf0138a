"""Many trials in a row, counted by where runs died and by what went wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from leadpolicy.testing.lab.child import At
from leadpolicy.testing.lab.courses import Name, pairs, walk
from leadpolicy.testing.lab.kills import Kill, die, double_kills, kills
from leadpolicy.testing.lab.lab import Lab
from leadpolicy.testing.lab.matrix import Atlas, Cell, failures

Progress: TypeAlias = Callable[[int, int], object]
"""Called with how many trials are done, and how many there are."""

LOST, DOUBLED, FALSE_DEAD = "lost", "doubled", "false_dead"
_ENDED_WRONGLY: Final = "ended wrongly"


def unseen(_done: int, _total: int) -> None:
    """Show no progress."""


@dataclass(slots=True)
class Tally:
    """How many runs died at each kind of place of one course and dialect, and what went wrong.

    `places` counts by point, or by call and whether its effect had landed. `wrong` counts by the
    name of what went wrong.
    """

    places: Counter[str] = field(default_factory=Counter)
    doubles: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    rewrites: int = 0

    @property
    def kills(self) -> int:
        """How many places at which a run was killed were tried."""
        return self.places.total()


@dataclass(slots=True)
class Campaign:
    """The tallies by course and dialect, and in words what went wrong."""

    tallies: dict[tuple[Name, str], Tally] = field(default_factory=dict)
    stories: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        """How many places were tried in all."""
        return sum(tally.kills for tally in self.tallies.values())

    @property
    def wrong(self) -> Counter[str]:
        """What went wrong in all, by name."""
        return sum((tally.wrong for tally in self.tallies.values()), Counter[str]())

    def note(self, kill: Kill, died: int, faults: Iterable[str], rewrites: int) -> None:
        """Count one trial."""
        tally = self.tallies.setdefault((kill.course, kill.dialect), Tally())
        if died:
            tally.places[_kind(kill.at)] += 1
            tally.doubles += died > 1
        tally.rewrites += rewrites
        for fault in faults:
            tally.wrong[fault.partition(":")[0]] += 1
            self.stories.append(f"{kill}: {fault}")


def _kind(at: object) -> str:
    if isinstance(at, At):
        return at.point.value
    return f"{getattr(at, 'operation', '')} {getattr(at, 'fault', '')}"


def kill_everywhere(lab: Lab, *, doubles: int = 0, progress: Progress = unseen) -> Campaign:
    """Kill runs of every course in every dialect at every place, and `doubles` times twice."""
    planned = list(_planned(lab, doubles))
    campaign = Campaign()
    for done, kill in enumerate(planned):
        progress(done, len(planned))
        try:
            trial = die(lab, kill)
        except AssertionError as error:
            campaign.note(kill, 1, [f"{_ENDED_WRONGLY}: {error}"], 0)
        else:
            campaign.note(kill, trial.kills, trial.faults, trial.rewrites)
    progress(len(planned), len(planned))
    return campaign


def _planned(lab: Lab, doubles: int) -> Iterator[Kill]:
    for name, dialect in pairs():
        walked = walk(lab, name, dialect)
        yield from kills(name, dialect, walked)
        yield from double_kills(name, dialect, walked, doubles)


def go_through(lab: Lab, chosen: Iterable[Cell], progress: Progress = unseen) -> list[str]:
    """Go through cells of the fault matrix and return in words what went wrong."""
    atlas, planned, stories = Atlas(lab), list(chosen), []
    for done, cell in enumerate(planned):
        progress(done, len(planned))
        stories += [f"{one}: {why}" for one, why in failures(atlas, [cell])]
    progress(len(planned), len(planned))
    return stories
