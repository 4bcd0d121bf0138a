"""Two runs at one CRM: the second is refused, or takes over and the first changes nothing more."""

from __future__ import annotations

import pytest

from leadpolicy.crm.points import Point
from leadpolicy.testing.lab import Fault, Lab, Operation, Scripted
from leadpolicy.testing.lab.child import At, Child, Ended, How
from leadpolicy.testing.lab.connectors import DIALECTS
from leadpolicy.testing.lab.experiment import Experiment
from leadpolicy.testing.lab.outcomes import push_faults

HELD = [Point.CLAIMED, Point.ANSWERED, Point.SETTLED]


@pytest.mark.parametrize("point", HELD)
def test_the_second_run_is_refused_while_the_first_lives(lab: Lab, point: Point) -> None:
    with Experiment(lab, "append").deployed() as experiment:
        first = Child(experiment.push(experiment.decide()), hold=At(point, 2))
        assert first.wait_until_held()
        second = experiment.run(experiment.push([]))
        assert (second.how, second.error) == (How.FAILED, "LockedError")
        assert f"process {first.pid}" in second.message
        first.go_on()
        assert first.wait().how is How.DONE
        assert push_faults(experiment) == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_second_run_goes_on_when_the_first_is_dead(lab: Lab, dialect: str) -> None:
    with Experiment(lab, dialect).deployed() as experiment:
        task = experiment.push(experiment.decide())
        first = Child(task, hold=At(Point.ANSWERED, 2))
        assert first.wait_until_held()
        first.kill()
        first.wait()
        experiment.crm.bury(first.pid)
        experiment.until_done(task)
        assert push_faults(experiment) == []


def taken_over(experiment: Experiment, *faults: Scripted, hold: At) -> Ended:
    """Let a second run take over from one that is held, and return how that one ends."""
    experiment.crm.script(*faults)
    first = Child(experiment.push(experiment.decide()), hold=hold)
    assert first.wait_until_held()
    second = experiment.run(experiment.push([], take_over=True))
    assert second.how is How.DONE, second
    assert second.value.backlog.in_doubt == 0
    first.go_on()
    return first.wait()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_run_that_wakes_up_after_it_was_taken_over_is_fenced(lab: Lab, dialect: str) -> None:
    with Experiment(lab, dialect).deployed() as experiment:
        ended = taken_over(experiment, hold=At(Point.ANSWERED, 2))
        assert (ended.how, ended.error) == (How.FAILED, "FencedError")
        assert push_faults(experiment) == []


@pytest.mark.parametrize("fault", [Fault.ERROR_503, Fault.THROTTLED_SECONDS, Fault.UNREACHABLE])
def test_a_run_that_was_put_off_and_taken_over_sends_nothing_more(lab: Lab, fault: Fault) -> None:
    with Experiment(lab, "append").deployed() as experiment:
        put_off = Scripted(fault, Operation.WRITE)
        ended = taken_over(experiment, put_off, hold=At(Point.ANSWERED, 1))
        assert (ended.how, ended.error) == (How.FAILED, "FencedError")
        assert push_faults(experiment) == []


def test_a_run_that_was_taken_over_before_it_sends_sends_nothing(lab: Lab) -> None:
    with Experiment(lab, "append").deployed() as experiment:
        ended = taken_over(experiment, hold=At(Point.CLAIMED, 1))
        assert (ended.how, ended.error) == (How.FAILED, "FencedError")
        assert push_faults(experiment) == []
