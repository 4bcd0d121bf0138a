"""The fault matrix: every fault at every operation and position, with and without a kill."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from leadpolicy.crm.points import Point
from leadpolicy.testing.lab.child import At
from leadpolicy.testing.lab.connectors import DIALECTS
from leadpolicy.testing.lab.courses import COURSES, Name, Trial, Walked, attempt, walk
from leadpolicy.testing.lab.experiment import Experiment
from leadpolicy.testing.lab.faults import (
    SLOW,
    Fault,
    Operation,
    Position,
    Scripted,
    combinations,
)
from leadpolicy.testing.lab.lab import Lab

COURSE_OF: Final[Mapping[Operation, Name]] = {
    Operation.WRITE: Name.PUSH,
    Operation.LOOKUP: Name.PUSH,
    Operation.POLL: Name.PUSH,
    Operation.READ: Name.SYNC,
    Operation.PULL: Name.PULL,
    Operation.DEPLOY: Name.DEPLOY,
}
_SHORT_TIMEOUT: Final = 0.4
_AFTER: Final[Mapping[Name, Point]] = {
    Name.PUSH: Point.ANSWERED,
    Name.SYNC: Point.ANSWERED,
    Name.PULL: Point.PULLED,
    Name.DEPLOY: Point.CHANGED,
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One fault at one call of one dialect; when `killed`, the run dies near it too."""

    dialect: str
    fault: Fault
    operation: Operation
    position: Position
    killed: bool

    def __str__(self) -> str:
        kill = "-killed" if self.killed else ""
        return f"{self.dialect}-{self.fault}-{self.operation}-{self.position}{kill}"


def cells() -> Iterator[Cell]:
    """Yield every cell that makes sense; only dialects with jobs are polled."""
    for fault, operation in combinations():
        for dialect in DIALECTS:
            if operation is Operation.POLL and dialect != "jobs":
                continue
            for position in Position:
                for killed in (False, True):
                    yield Cell(dialect, fault, operation, position, killed)


def sample() -> Iterator[Cell]:
    """Yield one cell for each fault and operation; dialects, positions and kills take turns."""
    positions, dialects = tuple(Position), tuple(DIALECTS)
    for number, (fault, operation) in enumerate(combinations()):
        dialect = "jobs" if operation is Operation.POLL else dialects[number % len(dialects)]
        position = positions[number % len(positions)]
        yield Cell(dialect, fault, operation, position, killed=number % 2 == 1)


@dataclass(slots=True)
class Atlas:
    """How clean runs go, remembered for each course and dialect."""

    lab: Lab
    _walked: dict[tuple[Name, str], Walked] = field(default_factory=dict)

    def walked(self, name: Name, dialect: str) -> Walked:
        """Return how a clean run goes."""
        if (name, dialect) not in self._walked:
            self._walked[name, dialect] = walk(self.lab, name, dialect)
        return self._walked[name, dialect]


def run_cell(atlas: Atlas, cell: Cell) -> Trial:
    """Go through the course of a cell and judge it."""
    name = COURSE_OF[cell.operation]
    calls = atlas.walked(name, cell.dialect).calls[cell.operation]
    fault = Scripted(cell.fault, cell.operation, cell.position.of(calls))
    kill = At(_AFTER[name], fault.call) if cell.killed else None
    return attempt(atlas.lab, COURSES[name], cell.dialect, kills=[kill], before=_scripting(fault))


def _scripting(fault: Scripted) -> Callable[[Experiment], object]:
    def script(experiment: Experiment) -> None:
        experiment.crm.script(fault)
        if fault.fault in SLOW:
            experiment.timeout = _SHORT_TIMEOUT

    return script


def failures(atlas: Atlas, chosen: Iterable[Cell]) -> Iterator[tuple[Cell, str]]:
    """Go through cells and yield those that went wrong, with what went wrong."""
    for cell in chosen:
        try:
            trial = run_cell(atlas, cell)
        except AssertionError as error:
            yield cell, str(error)
        else:
            yield from ((cell, fault) for fault in trial.faults)
            if not trial.strikes:
                yield cell, "the fault has struck nothing"
