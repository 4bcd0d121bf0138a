"""Apply: what was planned is made, once, by one run at a time, and confirmed by looking again."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.crm.apply import apply
from leadpolicy.crm.clock import SystemClock
from leadpolicy.crm.errors import AnswerLostError, BusyError, ConnectorError, CrmError
from leadpolicy.crm.locking import Unattended, break_lock
from leadpolicy.crm.memory import MemoryConnector
from leadpolicy.crm.parts import wanted_parts
from leadpolicy.crm.plan import PlanError, propose
from leadpolicy.crm.points import Point
from leadpolicy.crm.state import Change, DesiredState, Permission, Rule, address
from leadpolicy.crm.store.contract import FencedError, Holder, LockedError
from states import (
    AT,
    DESIRED,
    GRADE,
    NO_NEED,
    PARTS,
    REASONS,
    RIGHT,
    RULE,
    SCORE,
    VERDICT,
    bring,
    desired_states,
    memory_store,
)

NOTHING = replace(DESIRED, columns=(), tables=(), rules=(), permissions=())
OTHERWISE = replace(
    DESIRED,
    columns=(replace(SCORE, label="Punkte"), replace(GRADE, codes=("A",))),
    tables=(replace(REASONS, rows=(replace(NO_NEED, label_en="No"),)),),
    rules=(replace(RULE, body="true"),),
    permissions=(replace(RIGHT, write=True),),
)
OTHER = Holder("ada", "elsewhere", 7)


class Stopped(BaseException):
    """The process ends here."""


@dataclass
class StopAt:
    """Ends the run at its n-th passage of any point."""

    passage: int
    seen: list[Point] = field(default_factory=list)

    def __call__(self, point: Point) -> None:
        self.seen.append(point)
        if len(self.seen) == self.passage:
            raise Stopped


def stands(connector: MemoryConnector) -> set[str]:
    """Return the addresses of everything that stands and can be met."""
    found = {f"column {obj}.{name}" for obj, name in connector.columns}
    found |= {f"table {name}" for name in connector.tables}
    for name, rows in connector.tables.items():
        found |= {f"row {name}[{code}]" for code, row in rows.items() if row.active}
    return found | {*connector.rules, *connector.permissions}


def addresses(desired: DesiredState) -> set[str]:
    return {address(part) for part in wanted_parts(desired)}


@settings(max_examples=examples(60))
@given(st.lists(desired_states(), min_size=1, max_size=3))
def test_applied_then_planned_is_empty_and_applying_again_changes_nothing(
    versions: list[DesiredState],
) -> None:
    connector, store = MemoryConnector(), memory_store()
    for desired in versions:
        bring(connector, desired, store)
        again = propose(connector, desired, store)
        assert (again.changes, again.conflicts) == ((), ())
        assert bring(connector, desired, store).changed == 0
        assert stands(connector) == addresses(desired)
        owned = {item.address for item in store.deployment(connector.target).owned}
        assert addresses(desired) <= owned
        assert all("[" in name for name in owned - addresses(desired))


@settings(max_examples=examples(60))
@given(desired_states(), desired_states(), st.integers(1, 60), st.booleans())
def test_a_run_that_breaks_off_anywhere_is_finished_by_the_next_one(
    first: DesiredState, second: DesiredState, passage: int, turns_back: bool
) -> None:
    finish_after_a_stop(first, second, passage, turns_back=turns_back)


@pytest.mark.parametrize("turns_back", [False, True])
@pytest.mark.parametrize(
    ("first", "second"),
    [(NOTHING, DESIRED), (DESIRED, NOTHING), (DESIRED, OTHERWISE)],
    ids=["added", "removed", "changed"],
)
def test_a_run_is_finished_wherever_it_breaks_off(
    first: DesiredState, second: DesiredState, turns_back: bool
) -> None:
    for passage in range(1, 3 * PARTS + 3):
        finish_after_a_stop(first, second, passage, turns_back=turns_back)


def finish_after_a_stop(
    first: DesiredState, second: DesiredState, passage: int, *, turns_back: bool
) -> None:
    connector, store = MemoryConnector(), memory_store()
    bring(connector, first, store)
    plan = propose(connector, second, store, allow_destroy=True)
    with suppress(Stopped):
        apply(plan, connector, store, at=AT, settings=Unattended(probe=StopAt(passage)))
    assert store.held(connector.target, "deploy") is None
    goal = first if turns_back else second
    bring(connector, goal, store)
    assert stands(connector) == addresses(goal)
    deployment = store.deployment(connector.target)
    assert deployment.intents == ()
    assert addresses(goal) <= {item.address for item in deployment.owned}
    assert propose(connector, goal, store).is_empty


def test_a_run_passes_every_point_of_every_change() -> None:
    connector, store, seen = MemoryConnector(), memory_store(), StopAt(0)
    plan = propose(connector, DESIRED, store)
    apply(plan, connector, store, at=AT, settings=Unattended(probe=seen))
    each = [Point.INTENDED, Point.CHANGED, Point.NOTED]
    assert seen.seen == [*each * PARTS, Point.CONFIRMED, Point.APPLIED]


def test_apply_confirms_and_remembers_what_was_applied() -> None:
    connector, store = MemoryConnector(), memory_store()
    report = bring(connector, DESIRED, store)
    assert (report.changed, report.standing, report.serial) == (PARTS, PARTS, 1)
    last = store.last_applied(connector.target)
    assert last is not None
    assert (last.content_hash, last.changes, last.at) == (DESIRED.content_hash, PARTS, AT)


def test_an_empty_plan_leaves_no_trace_the_second_time() -> None:
    connector, store = MemoryConnector(), memory_store()
    bring(connector, DESIRED, store)
    plan = propose(connector, DESIRED, store)
    apply(plan, connector, store, at=AT + timedelta(days=300))
    assert [item.at for item in store.history(connector.target)] == [AT]


def test_apply_refuses_before_the_first_change_when_something_is_in_the_way() -> None:
    connector, store = MemoryConnector(), memory_store()
    text = replace(SCORE, kind=GRADE.kind)
    for change in propose(connector, replace(DESIRED, columns=(text,)), store).changes:
        connector.apply(change)
    before = stands(connector)
    with pytest.raises(PlanError, match=r"nothing was changed, because\n  column lead\.lp_score"):
        bring(connector, DESIRED, store)
    assert stands(connector) == before
    assert store.last_applied(connector.target) is None


@pytest.mark.parametrize("forgotten", [GRADE, RULE])
def test_apply_notices_a_crm_that_did_not_do_it(forgotten: object) -> None:
    class Forgetful(MemoryConnector):
        def apply(self, change: Change) -> None:
            if change.part != forgotten:
                MemoryConnector.apply(self, change)

    connector, store = Forgetful(), memory_store()
    with pytest.raises(PlanError, match="does not stand as planned"):
        bring(connector, DESIRED, store)
    assert store.last_applied(connector.target) is None


def test_apply_notices_a_crm_that_kept_what_was_to_be_removed() -> None:
    class Hoarding(MemoryConnector):
        def apply(self, change: Change) -> None:
            if change.action != "destroy":
                MemoryConnector.apply(self, change)

    connector, store = Hoarding(), memory_store()
    bring(connector, DESIRED, store)
    with pytest.raises(PlanError, match=r"still has what was removed: `rule lead\.lp_reject`"):
        bring(connector, replace(DESIRED, rules=()), store)


class Rewording(MemoryConnector):
    """A CRM that shows the bodies of rules in words of its own."""

    def apply(self, change: Change) -> None:
        if isinstance(change.part, Rule):
            part = replace(change.part, body=f"(({change.part.body.upper()}))")
            change = replace(change, part=part)
        MemoryConnector.apply(self, change)


def test_a_rule_that_the_crm_words_anew_stands_as_planned_and_its_edits_are_seen() -> None:
    connector, store = Rewording(), memory_store()
    bring(connector, DESIRED, store)
    assert propose(connector, DESIRED, store).is_empty
    name = address(RULE)
    connector.rules[name] = replace(connector.rules[name], body="1 = 1")
    (conflict,) = propose(connector, DESIRED, store).conflicts
    assert (conflict.drifted, conflict.properties[0].after) == (True, "1 = 1")
    stricter = replace(DESIRED, rules=(replace(RULE, body="length(reason) > 9"),))
    plan = propose(connector, stricter, store, overwrite_drift=True)
    assert apply(plan, connector, store, at=AT).changed == 1
    assert propose(connector, stricter, store).is_empty


def test_the_second_of_two_runs_is_refused_with_the_holders_name() -> None:
    connector, store = MemoryConnector(), memory_store()
    plan = propose(connector, DESIRED, store)
    store.acquire(connector.target, "deploy", OTHER, AT)
    with pytest.raises(LockedError, match=r"ada@elsewhere \(process 7\)"):
        apply(plan, connector, store, at=AT)
    assert stands(connector) == set()
    held = break_lock(store, connector.target, "deploy", AT)
    assert held is not None
    assert held.holder == OTHER
    assert break_lock(store, connector.target, "deploy", AT) is None
    assert apply(plan, connector, store, at=AT).changed == PARTS


def test_a_run_whose_lock_was_taken_over_stops_before_its_next_change() -> None:
    connector, store = MemoryConnector(), memory_store()

    def take_over(point: Point) -> None:
        if point is Point.NOTED:
            store.acquire(connector.target, "deploy", OTHER, AT, take_over=True)

    plan = propose(connector, DESIRED, store)
    with pytest.raises(FencedError):
        apply(plan, connector, store, at=AT, settings=Unattended(probe=take_over))
    assert len(stands(connector)) == 1
    held = store.held(connector.target, "deploy")
    assert held is not None
    assert held.holder == OTHER
    again = propose(connector, DESIRED, store)
    report = apply(again, connector, store, at=AT, settings=Unattended(take_over=True))
    assert report.changed == PARTS - 1


@pytest.mark.parametrize("error", [Stopped(), KeyboardInterrupt(), ConnectorError("no"), OSError()])
def test_the_lock_is_given_back_however_a_run_ends(error: BaseException) -> None:
    class Failing(MemoryConnector):
        def apply(self, change: Change) -> None:
            raise error

    connector, store = Failing(), memory_store()
    with pytest.raises(type(error)):
        bring(connector, DESIRED, store)
    assert store.held(connector.target, "deploy") is None


@dataclass
class Resting(SystemClock):
    """A clock that does not wait and remembers how long it should have."""

    rests: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.rests.append(seconds)


@dataclass(slots=True)
class Busy(MemoryConnector):
    """A CRM that makes some changes only at the third attempt, and loses an answer before."""

    calls: int = 0

    def apply(self, change: Change) -> None:
        self.calls += 1
        if self.calls % 3 == 1:
            raise BusyError("locked", retry_after=7)
        MemoryConnector.apply(self, change)
        if self.calls % 3 == 2:
            raise AnswerLostError("gone")


def test_a_change_is_made_again_while_the_crm_is_busy_or_loses_answers() -> None:
    connector, store, clock = Busy(), memory_store(), Resting()
    plan = propose(connector, DESIRED, store)
    report = apply(plan, connector, store, at=AT, settings=Unattended(clock=clock))
    assert (report.changed, connector.calls) == (PARTS, 3 * PARTS)
    assert clock.rests.count(7.0) == PARTS
    assert len(clock.rests) == 2 * PARTS


def test_what_a_run_left_half_made_is_taken_for_ours_when_the_policy_has_turned_back() -> None:
    connector, store = MemoryConnector(), memory_store()
    bring(connector, replace(DESIRED, rules=()), store)
    plan = propose(connector, DESIRED, store)
    with pytest.raises(Stopped):
        apply(plan, connector, store, at=AT, settings=Unattended(probe=StopAt(2)))
    assert address(RULE) in connector.rules
    bring(connector, replace(DESIRED, rules=()), store)
    assert connector.rules == {}


def test_rights_that_are_as_they_should_be_are_no_change_and_others_are_set() -> None:
    connector, store = MemoryConnector(), memory_store()
    right = Permission("marketing", "verdict", write=True)
    connector.permissions[address(right)] = right
    (change,) = [c for c in propose(connector, DESIRED, store).changes if c.action == "change"]
    assert [(p.name, p.before, p.after) for p in change.properties] == [("write", True, False)]
    bring(connector, DESIRED, store)
    assert propose(connector, DESIRED, store).is_empty


def test_a_column_of_the_crm_that_is_bound_is_made_when_missing_and_never_changed() -> None:
    connector, store = MemoryConnector(), memory_store()
    desired = replace(DESIRED, columns=(replace(SCORE, bound=True), GRADE, VERDICT))
    bring(connector, desired, store)
    owned = {item.address for item in store.deployment(connector.target).owned}
    assert "column lead.lp_score" not in owned
    reworded = replace(desired, columns=(replace(SCORE, bound=True, label="x"), GRADE, VERDICT))
    assert propose(connector, reworded, store).is_empty
    without = replace(DESIRED, columns=(GRADE, VERDICT))
    assert propose(connector, without, store, allow_destroy=True).is_empty


def test_a_store_is_needed_that_can_be_read() -> None:
    connector, store = MemoryConnector(), memory_store()
    bring(connector, DESIRED, store)
    lock = store.acquire(connector.target, "deploy", OTHER, AT)
    owned = store.deployment(connector.target).owned[0]
    store.note(lock, owned.address, replace(owned, part={"wanted": {"planet": {}}, "left": None}))
    with pytest.raises(CrmError, match=r"what is remembered of `.*` cannot be read"):
        propose(connector, DESIRED, store)
