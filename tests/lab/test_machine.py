"""Faults, kills, two workers, clocks that jump and consents that change, in any order.

After every step the history of the CRM says whether something was doubled, overtaken or sent
against a denial; in the end it says whether everything has arrived.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from effort import examples
from leadpolicy.crm.points import Point
from leadpolicy.testing.lab import Fault, Lab, Operation, Scripted
from leadpolicy.testing.lab.child import At, Child, Ended, How, Task
from leadpolicy.testing.lab.connectors import DIALECTS
from leadpolicy.testing.lab.experiment import Experiment
from leadpolicy.testing.lab.faults import SLOW
from leadpolicy.testing.lab.outcomes import push_faults
from leadpolicy.testing.lab.subject import keys

KEYS = keys(6)
PURPOSE = "newsletter"
SOME_KEYS = st.lists(st.sampled_from(KEYS), min_size=1, unique=True)
PLACES = st.builds(
    At,
    st.sampled_from([Point.CLAIMED, Point.ANSWERED, Point.SETTLING, Point.SETTLED]),
    st.integers(1, 3),
)
PULLED = st.builds(
    At, st.sampled_from([Point.PULLED, Point.RECEIVING, Point.RECEIVED]), st.integers(1, 3)
)
FAULTS = st.builds(
    Scripted,
    st.sampled_from([fault for fault in Fault if fault not in SLOW]),
    st.sampled_from([Operation.WRITE, Operation.LOOKUP, Operation.PULL, Operation.POLL]),
    st.integers(1, 3),
    st.integers(1, 2),
).filter(lambda one: one.fault not in {Fault.JOB_LOST, Fault.JOB_ABORTED} or is_poll(one))


def is_poll(one: Scripted) -> bool:
    return one.operation is Operation.POLL


class Machine(RuleBasedStateMachine):
    """Somebody who decides, somebody who syncs, and a CRM that has bad days."""

    lab: Lab
    experiment: Experiment
    statuses: dict[str, str]

    @initialize(dialect=st.sampled_from(sorted(DIALECTS)))
    def begin(self, dialect: str) -> None:
        self.experiment = Experiment(self.lab, dialect, leads=len(KEYS)).deployed()
        self.experiment.purpose = PURPOSE
        self.statuses = {}

    # ------------------------------------------------------------------------------- people
    @rule(key=st.sampled_from(KEYS), status=st.sampled_from(["granted", "withdrawn", "objected"]))
    def a_person_says_something(self, key: str, status: str) -> None:
        self.experiment.crm.tell("consent", key, purpose=PURPOSE, channel="email", status=status)
        self.experiment.crm.clock().sleep(1)
        self.statuses[key] = status
        if status == "granted":
            self.experiment.denied.pop(key, None)

    @rule(key=st.sampled_from(KEYS), verdict=st.sampled_from(["accepted", "rejected"]))
    def sales_gives_feedback(self, key: str, verdict: str) -> None:
        self.experiment.crm.tell("feedback", key, by="anna", verdict=verdict)

    # --------------------------------------------------------------------------------- runs
    @rule(names=SOME_KEYS, kill=st.none() | PLACES)
    def decide_and_push(self, names: list[str], kill: At | None) -> None:
        self._run(self.experiment.push(self.experiment.decide(names)), kill)

    @rule(kill=st.none() | PLACES)
    def push_what_is_left(self, kill: At | None) -> None:
        self._run(self.experiment.push([]), kill)

    @rule(kill=st.none() | PULLED)
    def pull(self, kill: At | None) -> None:
        if self._run(self.experiment.pull(), kill).how is How.DONE:
            known = self.experiment.crm.arrival()
            for key, status in self.statuses.items():
                if status != "granted":
                    self.experiment.denied.setdefault(key, known)

    @rule(names=SOME_KEYS, hold=PLACES, survives=st.booleans())
    def a_second_worker_is_refused(self, names: list[str], hold: At, survives: bool) -> None:
        child = Child(self.experiment.push(self.experiment.decide(names)), hold=hold)
        if child.wait_until_held() and hold.point is not Point.SETTLING:
            second = self.experiment.run(self.experiment.push([]))
            assert (second.how, second.error) == (How.FAILED, "LockedError"), second
        self._let_go(child, survives)

    @rule(names=SOME_KEYS, passage=st.integers(1, 3))
    def a_second_worker_takes_over(self, names: list[str], passage: int) -> None:
        rows = self.experiment.decide(names)
        child = Child(self.experiment.push(rows), hold=At(Point.ANSWERED, passage))
        held = child.wait_until_held()
        if held:
            second = self.experiment.run(self.experiment.push([], take_over=True))
            self.experiment.after(second)
            child.go_on()
        first = child.wait()
        # One that had nothing left to note ends without learning that it was taken over.
        if not held or first.error != "FencedError":
            self.experiment.after(first)

    def _let_go(self, child: Child, survives: bool) -> None:
        if survives:
            child.go_on()
        else:
            child.kill()
        ended = child.wait()
        self.experiment.crm.bury(child.pid)
        self.experiment.after(ended)

    def _run(self, task: Task, kill: At | None) -> Ended:
        ended = self.experiment.run(task, kill)
        self.experiment.after(ended)
        return ended

    # ----------------------------------------------------------------------------- bad days
    @rule(fault=FAULTS)
    def something_breaks(self, fault: Scripted) -> None:
        self.experiment.crm.script(fault)

    @rule(seconds=st.sampled_from([-86_400.0, -600.0, 0.0, 600.0, 86_400.0]))
    def a_clock_jumps(self, seconds: float) -> None:
        self.experiment.skew = seconds

    @rule(seconds=st.sampled_from([1.0, 4.0, 60.0, 100_000.0]))
    def time_passes(self, seconds: float) -> None:
        self.experiment.crm.clock().sleep(seconds)

    @rule()
    def cursors_expire(self) -> None:
        self.experiment.crm.expire_cursors()

    # ---------------------------------------------------------------------------- judgement
    @invariant()
    def nothing_is_doubled_overtaken_or_sent_against_a_denial(self) -> None:
        if not hasattr(self, "experiment"):
            return
        wrong = self.experiment.findings().wrong()
        assert {name: found for name, found in wrong.items() if found and name != "lost"} == {}

    def teardown(self) -> None:
        if not hasattr(self, "experiment"):
            return
        with self.experiment as experiment:
            experiment.crm.heal()
            experiment.skew = 0.0
            experiment.until_done(experiment.pull(), emptied=False)
            experiment.denied.update(self._denied_by_now())
            rows = experiment.decide()
            experiment.until_done(experiment.push(rows))
            assert push_faults(experiment) == []

    def _denied_by_now(self) -> dict[str, int]:
        known = self.experiment.crm.arrival()
        denied = [key for key, status in self.statuses.items() if status != "granted"]
        return {key: self.experiment.denied.get(key, known) for key in denied}


@pytest.mark.parametrize("steps", [12])
def test_no_order_of_mishaps_loses_or_doubles_anything(lab: Lab, steps: int) -> None:
    made: Any = type("LabMachine", (Machine,), {"lab": lab})
    run_state_machine_as_test(
        made,
        settings=settings(
            max_examples=examples(15),
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
