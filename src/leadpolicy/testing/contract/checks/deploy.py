"""Bringing the parts of a policy into a CRM, changing them, and taking them back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any, Final

from leadpolicy.crm.capabilities import PartKind, Stream
from leadpolicy.crm.errors import AccessError, AnswerLostError, BusyError, CrmError
from leadpolicy.crm.plan import Plan
from leadpolicy.crm.points import Point
from leadpolicy.crm.state import Action, Change, address
from leadpolicy.crm.store.contract import LockedError
from leadpolicy.testing.contract import needs
from leadpolicy.testing.contract.behaviour import (
    Group,
    NotApplicableError,
    NotOfferedError,
    Tier,
    behaviours_of,
    expect,
)
from leadpolicy.testing.contract.bench import Bench, Scene
from leadpolicy.testing.contract.checks.parts import (
    EXTRA,
    expect_empty,
    expect_refused,
    observed,
)
from leadpolicy.testing.contract.faulty import Fault, FaultyConnector
from leadpolicy.testing.contract.kill import killed_at, refuse_unkillable

deploy: Final = behaviours_of(Group.DEPLOY)
_KILLS: Final = (Point.INTENDED, Point.CHANGED, Point.NOTED, Point.CONFIRMED)


@deploy(60, Tier.BRONZE)
def an_applied_plan_leaves_nothing_to_do(bench: Bench) -> None:
    """After an apply the plan is empty, and a second apply makes no change."""
    scene = bench.scene()
    expect_empty(scene.plan(), "after an apply")
    faulty = scene.faulty()
    scene.deploy(faulty)
    expect(not faulty.counts["apply"], "a second apply made changes")


@deploy(61, Tier.BRONZE)
def a_plan_changes_nothing(bench: Bench) -> None:
    """Planning asks and never writes."""
    scene = bench.scene(1, deployed=False)
    faulty = scene.faulty()
    before = observed(scene)
    with suppress(NotOfferedError):
        writes = scene.crm.writes()
        scene.plan(faulty)
        expect(scene.crm.writes() == writes, "planning made calls that change something")
    scene.plan(faulty)
    wrote = faulty.counts["apply"] + faulty.counts["write"]
    expect(not wrote, "planning asked the connector to write")
    expect(observed(scene) == before, "after planning the CRM stands otherwise")


@deploy(62, Tier.BRONZE, needs.deploys)
def a_stale_plan_is_refused(bench: Bench) -> None:
    """A plan is refused when the CRM, the connector or the applied version has moved."""
    for moved in (_part_made, _version_moved, _applied_meanwhile):
        scene = bench.scene(deployed=False)
        plan = scene.plan()
        if not plan.changes:
            raise NotApplicableError("nothing is made here, for everything is bound")
        through = moved(scene, plan)
        expect_refused(partial(scene.apply, plan, through), f"after `{moved.__name__}` a plan")


def _part_made(scene: Scene, plan: Plan) -> FaultyConnector:
    scene.connector.apply(plan.changes[0])
    return scene.faulty()


def _version_moved(scene: Scene, _plan: Plan) -> FaultyConnector:
    return FaultyConnector(scene.connector, scene.clock, version="99.0")


def _applied_meanwhile(scene: Scene, _plan: Plan) -> FaultyConnector:
    scene.deploy()
    return scene.faulty()


@deploy(63, Tier.BRONZE)
def a_plan_is_used_once(bench: Bench) -> None:
    """A plan that was applied is refused the second time, also one without changes."""
    scene = bench.scene(deployed=False)
    plan = scene.plan()
    scene.apply(plan)
    expect_refused(partial(scene.apply, plan), "a plan that was used before")
    empty = scene.plan()
    scene.apply(empty)
    expect_refused(partial(scene.apply, empty), "an empty plan that was used before")


@deploy(64, Tier.SILVER, needs.deploys)
def an_interrupted_apply_converges(bench: Bench) -> None:
    """An apply that breaks off at its first, middle or last change is finished by the next one."""
    changes = len(bench.scene(deployed=False).plan().changes)
    for number in sorted({1, (changes + 1) // 2, changes}):
        for fault in _interruptions(number):
            scene = bench.scene(deployed=False)
            with suppress(CrmError):
                scene.deploy(scene.faulty(fault))
            scene.deploy()
            expect_empty(scene.plan(), f"after change {number} broke off")
    _expect_harmless_repetition(bench.scene(deployed=False))
    _expect_convergence_after_kills(bench)


def _expect_harmless_repetition(scene: Scene) -> None:
    for change in scene.plan().changes:
        scene.connector.apply(change)
        once = observed(scene)
        scene.connector.apply(change)
        expect(observed(scene) == once, f"making {address(change.part)} twice changes something")


def _interruptions(number: int) -> Iterator[Fault]:
    yield Fault("apply", lambda: BusyError("503"), at=number, times=20)
    yield Fault("apply", lambda: AccessError("403"), at=number, times=20)
    yield Fault("apply", lambda: AnswerLostError("reset"), at=number, when="after")


def _expect_convergence_after_kills(bench: Bench) -> None:
    for point in _KILLS:
        for passage in (1, 3):
            scene = bench.scene(deployed=False)
            with suppress(NotApplicableError):
                refuse_unkillable(scene)
                if killed_at(scene, point, passage, scene.deploy):
                    scene.deploy()
                    expect_empty(scene.plan(), f"after a kill at `{point.value}`")


@deploy(65, Tier.SILVER)
def a_lock_is_given_back(bench: Bench) -> None:
    """The lock is free after every end of an apply, and a second apply is refused meanwhile."""
    scene = bench.scene(deployed=False)
    _expect_free(scene)
    if scene.plan().changes:
        broken = Fault("apply", lambda: AccessError("403"), times=50)
        with suppress(CrmError):
            scene.deploy(scene.faulty(broken))
        _expect_free(scene)
    refused: list[str] = []

    def meanwhile(point: Point) -> None:
        try:
            scene.apply(scene.plan(), holder=_another())
        except LockedError as error:
            refused.append(str(error))

    scene.deploy(probe=meanwhile)
    expect(refused, "a second apply was let in while the first one ran")
    expect(all(error for error in refused), "the refusal does not name the holder")
    _expect_free(scene)


def _another() -> Any:
    from leadpolicy.crm.store.contract import Holder

    return Holder("somebody-else", "another-host", 1)


def _expect_free(scene: Scene) -> None:
    held = scene.store.held(scene.connector.target, "deploy")
    expect(held is None, "the lock is held although nobody works here")


@deploy(83, Tier.SILVER, needs.together)
def changes_made_together_are_all_made_or_none(bench: Bench) -> None:
    """Where one of several changes is refused, none of the others is made."""
    scene = bench.scene(deployed=False)
    changes = scene.plan().changes
    before = observed(scene)
    scene.crm.forbid(changes[-1])
    try:
        scene.connector.apply_together(changes)
    except CrmError:
        expect(observed(scene) == before, "some changes were made beside one that was refused")
    else:
        expect(False, "a change that may not be made was made")


@deploy(84, Tier.SILVER, needs.all_of(needs.feeds(Stream.SETUP), needs.creates(PartKind.COLUMN)))
def a_changed_setup_moves_its_cursor(bench: Bench) -> None:
    """The cursor of the setup stays while nothing is deployed, and moves when something is."""
    scene = bench.scene()
    first, second = (scene.connector.pull(Stream.SETUP, None, 1).cursor for _ in range(2))
    expect(first == second, "the cursor moves though nobody changed the setup")
    scene.connector.apply(Change(Action.ADD, EXTRA))
    expect(scene.connector.pull(Stream.SETUP, first, 1).cursor != first, "the cursor stands still")
