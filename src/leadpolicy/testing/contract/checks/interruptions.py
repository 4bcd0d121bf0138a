"""Runs that end in the middle, stores that fail, clocks that are wrong, and upgrades."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any, Final

from leadpolicy.crm.capabilities import Stream
from leadpolicy.crm.errors import ConnectorError
from leadpolicy.crm.points import Point
from leadpolicy.crm.store.contract import StoreError
from leadpolicy.testing.contract import needs
from leadpolicy.testing.contract.behaviour import Group, Tier, behaviours_of, expect
from leadpolicy.testing.contract.bench import BATCH, Bench, Scene
from leadpolicy.testing.contract.checks.faults import POSITIONS, expect_nothing_dead
from leadpolicy.testing.contract.clock import JumpyClock
from leadpolicy.testing.contract.faulty import Fault, FaultyConnector, lost
from leadpolicy.testing.contract.kill import killed_at, refuse_unkillable
from leadpolicy.testing.contract.samples import VERDICT

faults: Final = behaviours_of(Group.FAULTS)
_PUSHING: Final = (Point.CLAIMED, Point.ANSWERED, Point.SETTLING, Point.SETTLED)
_HOURS: Final = (24.0, -24.0)


@faults(42, Tier.BRONZE, needs.exactly_once)
def a_kill_loses_nothing(bench: Bench) -> None:
    """A push that is killed at any point of any batch is finished by the next one, once each."""
    for point in _PUSHING:
        for passage in POSITIONS:
            scene = bench.scene(3 * BATCH)
            refuse_unkillable(scene)
            if not killed_at(scene, point, passage, partial(_push_narrow, scene)):
                break
            scene.arrive(scene.rows(), scene.faulty())
            scene.expect_once(scene.rows())
            expect_nothing_dead(scene)


def _push_narrow(scene: Scene, **settings: Any) -> None:
    scene.push(scene.rows(), scene.faulty(), **settings)


class _FullStore:
    """A store whose disk is full when an intent is to be committed."""

    def __init__(self, inner: object) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        if name == "claim":
            raise StoreError("the disk is full")
        return getattr(self._inner, name)


@faults(43, Tier.SILVER)
def nothing_is_sent_without_a_durable_intent(bench: Bench) -> None:
    """When the intent cannot be committed, nothing is sent."""
    scene = bench.scene(BATCH)
    store, faulty = scene.store, scene.faulty()
    full: Any = _FullStore(store)
    scene.store = full
    with suppress(StoreError):
        scene.push(scene.rows(), faulty)
    scene.store = store
    expect(not faulty.counts["write"], "a batch was sent although its intent was not kept")
    scene.arrive(scene.rows())
    scene.expect_once(scene.rows())


@faults(44, Tier.GOLD)
def the_local_clock_may_jump(bench: Bench) -> None:
    """A local clock that jumps a day forwards or back, between and within runs, loses nothing."""
    for hours in _HOURS:
        scene = bench.scene(3 * BATCH)
        clock = JumpyClock(scene.clock)
        scene.clock = clock

        def jump(clock: JumpyClock = clock, hours: float = hours) -> Exception:
            clock.jump(hours)
            return lost()

        with suppress(ConnectorError):
            scene.push(scene.rows(), scene.faulty(Fault("write", jump, at=2, when="after")))
        clock.jump(-2 * hours)
        scene.arrive(scene.rows())
        scene.expect_once(scene.rows())
        clock.jump(hours)
        scene.arrive(scene.rows(1))
        scene.expect_standing(scene.rows(1))


@faults(45, Tier.SILVER, needs.feeds(Stream.FEEDBACK))
def the_clock_of_the_crm_may_be_wrong(bench: Bench) -> None:
    """A CRM whose clock is a quarter of an hour off, or stands still, loses no feedback."""
    for seconds in (900.0, -900.0):
        scene = bench.scene(4)
        scene.pull()
        scene.crm.skew(seconds)
        _expect_heard(scene, scene.keys[:2])
        scene.crm.skew(0)
        _expect_heard(scene, scene.keys[2:3])
    scene = bench.scene(4)
    scene.pull()
    scene.crm.same_instant()
    _expect_heard(scene, scene.keys[:2])
    _expect_heard(scene, scene.keys[2:])


def _expect_heard(scene: Scene, names: list[str]) -> None:
    verdict = next((c for c in scene.desired.feedback if c.name == VERDICT), None)
    column = verdict or scene.desired.feedback[0]
    for key in names:
        scene.crm.edit(key, {column.name: scene.harness.value(column, 1)}, "sales")
    scene.pull()
    heard = {row.key for row in scene.store.feedback(scene.connector.target) if row.values}
    expect(heard >= set(names), f"feedback for {sorted(set(names) - heard)} was not heard")


@faults(46, Tier.GOLD, needs.exactly_once)
def an_upgrade_between_runs_loses_nothing(bench: Bench) -> None:
    """A push that broke off is finished by a newer version of the connector."""
    for when in ("before", "after"):
        scene = bench.scene(3 * BATCH)
        with suppress(ConnectorError):
            broken = Fault("write", lost, at=2, when=when)
            stuck = Fault("lookup", lost, times=100)
            scene.push(scene.rows(), scene.faulty(broken, stuck))
        scene.store.close()
        scene.reopen()
        newer = FaultyConnector(scene.connector, scene.clock, batch_max=BATCH, version="99.0")
        scene.arrive(scene.rows(), newer)
        scene.expect_once(scene.rows())
        expect_nothing_dead(scene)
