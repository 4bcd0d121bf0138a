"""Every place at which a run can be killed, and runs that die there."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from leadpolicy.testing.lab.child import At
from leadpolicy.testing.lab.courses import COURSES, Name, Trial, Walked, attempt
from leadpolicy.testing.lab.experiment import Experiment
from leadpolicy.testing.lab.faults import Fault, Scripted
from leadpolicy.testing.lab.lab import Lab


@dataclass(frozen=True, slots=True)
class Kill:
    """Where a run dies: at a point, or at a call just before or after its effect.

    With `again`, a later run dies too.
    """

    course: Name
    dialect: str
    at: At | Scripted
    again: At | None = None

    def __str__(self) -> str:
        if isinstance(self.at, At):
            place = f"{self.at.point.value}-{self.at.passage}"
        else:
            place = f"{self.at.fault.value}-{self.at.operation.value}-{self.at.call}"
        second = f"+{self.again.point.value}-{self.again.passage}" if self.again else ""
        return f"{self.course.value}-{self.dialect}-{place}{second}"


def kills(name: Name, dialect: str, walked: Walked) -> Iterator[Kill]:
    """Yield every place of a clean run: each passage of a point, and each call."""
    for place in walked.places:
        yield Kill(name, dialect, place)
    for operation, calls in walked.calls.items():
        for call in range(1, calls + 1):
            for fault in (Fault.KILLED_BEFORE, Fault.KILLED_AFTER):
                yield Kill(name, dialect, Scripted(fault, operation, call))


def double_kills(
    name: Name, dialect: str, walked: Walked, count: int, seed: int = 0
) -> Iterator[Kill]:
    """Yield random places with a second one, at which the run that recovers dies too."""
    chance = random.Random(f"{seed}/{name.value}/{dialect}")  # noqa: S311
    singles = list(kills(name, dialect, walked))
    for _ in range(count):
        single = chance.choice(singles)
        yield Kill(name, dialect, single.at, again=chance.choice(walked.places))


def die(lab: Lab, kill: Kill) -> Trial:
    """Go through a course that dies at a place, and judge it."""
    at = kill.at
    first = at if isinstance(at, At) else None
    return attempt(
        lab,
        COURSES[kill.course],
        kill.dialect,
        kills=[first, kill.again],
        before=None if isinstance(at, At) else _scripting(at),
    )


def _scripting(fault: Scripted) -> Callable[[Experiment], object]:
    return lambda experiment: experiment.crm.script(fault)
