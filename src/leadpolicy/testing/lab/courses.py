"""What the lab puts to the test: a run, the run after it, and how both are judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import pairwise
from typing import Final

from leadpolicy.crm.connector import DecisionRow, LeadRow
from leadpolicy.testing.lab.child import At, Ended, How, Task
from leadpolicy.testing.lab.connectors import DIALECTS
from leadpolicy.testing.lab.experiment import Connect, Experiment
from leadpolicy.testing.lab.faults import Operation
from leadpolicy.testing.lab.lab import Lab
from leadpolicy.testing.lab.outcomes import deploy_faults, pull_faults, push_faults
from leadpolicy.testing.lab.subject import decisions


class Name(StrEnum):
    """The courses."""

    PUSH = "push"
    PULL = "pull"
    SYNC = "sync"
    DEPLOY = "deploy"


@dataclass(frozen=True, slots=True)
class Course:
    """`prepare` makes an experiment ready; `first` and `second` give the tasks of its two runs.

    Whatever becomes of the first run, the second is repeated until nothing is left to do. `faults`
    says what went wrong, in words.
    """

    prepare: Callable[[Experiment], object]
    first: Callable[[Experiment], Task]
    second: Callable[[Experiment], Task]
    faults: Callable[[Experiment], list[str]]


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of one pass through a course."""

    ends: tuple[Ended, ...]
    faults: tuple[str, ...]
    rewrites: int
    strikes: int

    @property
    def kills(self) -> int:
        """How many of its runs were killed."""
        return sum(ended.how is How.KILLED for ended in self.ends)


def attempt(
    lab: Lab,
    course: Course,
    dialect: str,
    *,
    kills: Iterable[At | None] = (),
    before: Callable[[Experiment], object] | None = None,
    connect: Connect | None = None,
    place: str | None = None,
) -> Trial:
    """Go through a course once: the first run and its repetitions die at `kills`, in order.

    It is judged at the end, and after the first run too when that left nothing to do. `before` is
    called when everything is prepared, to script faults. Raises `ExperimentError` for
    a run that ends as no run may.
    """
    with Experiment(lab, dialect, connect=connect, place=place) as experiment:
        course.prepare(experiment)
        if before is not None:
            before(experiment)
        first, *others = [*kills, None]
        ends = [experiment.run(course.first(experiment), first)]
        faults = course.faults(experiment) if experiment.after(ends[0]) else []
        ends += experiment.until_done(course.second(experiment), others)
        faults += [*course.faults(experiment), *_impatience(experiment, len(ends) - 1)]
        rewrites, strikes = experiment.findings().rewrites, experiment.crm.strikes()
        return Trial(tuple(ends), tuple(faults), rewrites, strikes)


def _impatience(experiment: Experiment, restarts: int) -> Iterator[str]:
    """Tell of calls that came too soon; a run that starts anew cannot know how long to wait."""
    if (calls := experiment.crm.impatient()) > restarts:
        yield f"hasty: {calls} calls came sooner than the CRM had asked for"


# --------------------------------------------------------------------------------------- push
_BAD: Final = "L-05"
_REASON: Final = {"code": "bad_state", "field": "lp_state", "message": "this state is not taken"}


def _ready_to_push(experiment: Experiment) -> None:
    experiment.deployed()
    experiment.crm.refuse({_BAD: _REASON})
    experiment.refused.add(_BAD)


def _push_all(experiment: Experiment) -> Task:
    return experiment.push(experiment.decide())


def _push_newer(experiment: Experiment) -> Task:
    """Push again, with newer decisions for every third lead."""
    return experiment.push([*experiment.decide(experiment.keys[::3]), *_rest(experiment)])


def _rest(experiment: Experiment) -> list[DecisionRow]:
    return decisions([key for key in experiment.keys if key not in experiment.keys[::3]], 1)


# --------------------------------------------------------------------------------------- pull
def _ready_to_pull(experiment: Experiment) -> None:
    experiment.deployed()
    for key, other in pairwise(experiment.keys):
        tell = partial(experiment.crm.tell, by="anna")
        tell("feedback", key, verdict="accepted")
        tell("consent", other, purpose="newsletter", channel="email", status="granted")
        tell("feedback", other, verdict="rejected", reason="no_budget")
        tell("consent", key, purpose="newsletter", channel="email", status="withdrawn")
        tell("stage", key, **{"from": "new", "to": "working"})


def _pull(experiment: Experiment) -> Task:
    return experiment.pull()


def _pull_more(experiment: Experiment) -> Task:
    experiment.crm.tell("feedback", experiment.keys[0], by="anna", verdict="rejected")
    return experiment.pull()


# --------------------------------------------------------------------------------------- sync
def _ready_to_sync(experiment: Experiment) -> None:
    experiment.deployed()
    experiment.crm.put_leads({key: {"wave": 1} for key in experiment.keys})


def _by_wave(leads: Iterable[LeadRow]) -> Iterator[DecisionRow]:
    for lead in leads:
        yield from decisions([lead.key], int(str(lead.values["wave"])))


def _sync_all(experiment: Experiment) -> Task:
    experiment.tell(decisions(experiment.keys, 1))
    return experiment.sync(_by_wave)


def _sync_changed(experiment: Experiment) -> Task:
    changed = experiment.keys[::3]
    for key in changed:
        experiment.crm.tell("changed", key, by="anna", wave=2)
    experiment.tell(decisions(changed, 2))
    return experiment.sync(_by_wave)


def _deploy(experiment: Experiment) -> Task:
    return experiment.deploy()


COURSES: Final[Mapping[Name, Course]] = {
    Name.PUSH: Course(_ready_to_push, _push_all, _push_newer, push_faults),
    Name.PULL: Course(_ready_to_pull, _pull, _pull_more, pull_faults),
    Name.SYNC: Course(_ready_to_sync, _sync_all, _sync_changed, push_faults),
    Name.DEPLOY: Course(lambda _experiment: None, _deploy, _deploy, deploy_faults),
}


@dataclass(frozen=True, slots=True)
class Walked:
    """A clean first run of a course: how often it came to each point, and made each call."""

    places: tuple[At, ...]
    calls: Mapping[Operation, int]


def walk(lab: Lab, name: Name, dialect: str) -> Walked:
    """Go through a course without faults; raises `ExperimentError` when even that goes wrong."""
    calls: dict[Operation, int] = {}
    course = COURSES[name]
    with Experiment(lab, dialect) as experiment:
        course.prepare(experiment)
        experiment.crm.script()
        ended = experiment.run(course.first(experiment))
        experiment.after(ended)
        calls.update(experiment.crm.calls())
    places = [At(point, n + 1) for point, times in ended.passages.items() for n in range(times)]
    return Walked(tuple(places), calls)


def pairs() -> Iterator[tuple[Name, str]]:
    """Yield every course in every dialect."""
    for name in Name:
        yield from ((name, dialect) for dialect in DIALECTS)
