"""Calls that go wrong, and a core that neither loses nor doubles anything because of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from leadpolicy.crm.connector import Outcome, Status
from leadpolicy.crm.errors import (
    AccessError,
    AnswerLostError,
    BusyError,
    ConnectorError,
    QuotaError,
    ThrottledError,
)
from leadpolicy.testing.contract import needs
from leadpolicy.testing.contract.behaviour import (
    Group,
    Tier,
    ViolationError,
    behaviours_of,
    expect,
)
from leadpolicy.testing.contract.bench import BATCH, Bench, Scene
from leadpolicy.testing.contract.faulty import Fault, FaultyConnector, lost

faults: Final = behaviours_of(Group.FAULTS)
POSITIONS: Final = (1, 2, 3)
"""The first, the middle and the last of three batches."""
_DAY: Final = 86_400.0
_MANY: Final = 12


def throttled(after: float | None) -> Callable[[], Exception]:
    """Return what makes the error of a call that came too soon."""
    return lambda: ThrottledError("too many calls", retry_after=after)


def pushed(bench: Bench, *struck: Fault) -> tuple[Scene, FaultyConnector]:
    """Push three batches through faults until nothing waits; nothing may be lost or doubled."""
    scene = bench.scene(3 * BATCH)
    faulty = scene.faulty(*struck)
    scene.arrive(scene.rows(), faulty)
    faulty.land_all()
    scene.expect_once(scene.rows())
    expect_nothing_dead(scene)
    return scene, faulty


def expect_nothing_dead(scene: Scene) -> None:
    """Raise `ViolationError` where a row was given up."""
    dead = [letter.key for letter in scene.store.dead_letters(scene.connector.target)]
    expect(not dead, f"dead letters although nothing was refused for good: {dead}")


@faults(25, Tier.BRONZE)
def throttling_waits_as_long_as_asked(bench: Bench) -> None:
    """A throttled call waits as long as the CRM asks, in seconds, not at all, or absurdly long."""
    asked = {1: (5.0,), 2: (5.0, None, 0.0, 10 * 365 * _DAY), 3: (5.0,)}
    for position, waits in asked.items():
        for after in waits:
            _expect_wait(bench, position, after)


def _expect_wait(bench: Bench, position: int, after: float | None) -> None:
    scene = bench.scene(3 * BATCH)
    faulty = scene.faulty(Fault("write", throttled(after), at=position))
    since = scene.clock.monotonic()
    scene.arrive(scene.rows(), faulty)
    waited = scene.clock.monotonic() - since
    scene.expect_once(scene.rows())
    expect(waited >= min(after or 0.0, 5.0), f"waited {waited:.1f} s instead of {after}")
    expect(waited < _DAY, f"waited {waited:.0f} s because the CRM asked for {after}")
    expect(faulty.counts["write"] == 4, "the throttled batch was not sent again once")


@faults(26, Tier.BRONZE)
def throttling_counts_against_no_lead(bench: Bench) -> None:
    """However often a call is throttled, no lead becomes a dead letter by it."""
    pushed(bench, Fault("write", throttled(1.0), times=_MANY))


@faults(27, Tier.BRONZE)
def a_server_error_loses_nothing(bench: Bench) -> None:
    """After errors of the server, at any batch, every decision stands once."""
    for position in POSITIONS:
        pushed(bench, Fault("write", lambda: BusyError("503"), at=position, times=2))
        pushed(bench, Fault("write", lambda: AnswerLostError("500"), at=position, times=2))


@faults(28, Tier.BRONZE)
def a_call_that_was_not_sent_is_sent_again(bench: Bench) -> None:
    """A call that never reached the CRM is made again, and its rows are not in doubt."""
    for position in POSITIONS:
        scene = bench.scene(3 * BATCH)
        unsent = Fault("write", lambda: BusyError("not sent"), at=position)
        scene.push(scene.rows(), scene.faulty(unsent))
        backlog = scene.store.backlog(scene.connector.target, scene.clock.now())
        expect(not backlog.in_doubt, f"{backlog.in_doubt} rows that were never sent are in doubt")
        scene.arrive(scene.rows())
        scene.expect_once(scene.rows())


@faults(29, Tier.BRONZE, needs.exactly_once)
def a_lost_answer_doubles_nothing(bench: Bench) -> None:
    """When the answer to a write is lost, before or after its effect, nothing counts twice."""
    for position in POSITIONS:
        for when in ("before", "after"):
            pushed(bench, Fault("write", lost, at=position, when=when))


@faults(30, Tier.GOLD, needs.all_of(needs.exactly_once, needs.late_effects))
def a_late_effect_doubles_nothing(bench: Bench) -> None:
    """An effect that appears late, within the window that the connector declares, counts once."""
    for position in POSITIONS:
        pushed(bench, Fault("write", lost, at=position, when="late"))


@faults(31, Tier.SILVER, needs.exactly_once)
def a_lookup_may_go_wrong_too(bench: Bench) -> None:
    """A lookup of rows in doubt that is throttled, refused or lost itself loses nothing."""
    for error in (throttled(1.0), lambda: BusyError("503"), lost):
        for when in ("before", "after"):
            pushed(
                bench,
                Fault("write", lost, at=2, when=when),
                Fault("lookup", error, times=2),
            )


@faults(33, Tier.SILVER)
def partial_answers_lose_nothing(bench: Bench) -> None:
    """Outcomes that are missing, extra, shuffled or given twice lose and double nothing."""
    for garble in (_without_first, _with_stray, _shuffled, _twice):
        pushed(bench, Fault("write", at=2, answer=garble))


def _without_first(outcomes: list[Outcome]) -> list[Outcome]:
    return outcomes[1:]


def _with_stray(outcomes: list[Outcome]) -> list[Outcome]:
    return [*outcomes, Outcome("stray", Status.WRITTEN)]


def _shuffled(outcomes: list[Outcome]) -> list[Outcome]:
    return random.Random(7).sample(outcomes, len(outcomes))  # noqa: S311 - no secret


def _twice(outcomes: list[Outcome]) -> list[Outcome]:
    return [*outcomes, *outcomes[:1]]


@faults(35, Tier.BRONZE)
def a_refused_login_marks_nothing_dead(bench: Bench) -> None:
    """When the login is refused the run ends, nothing is dead, and the next run goes on."""
    for position in POSITIONS:
        scene = bench.scene(3 * BATCH)
        refused = Fault("write", lambda: AccessError("refused"), at=position, times=100)
        _expect_ended(scene, scene.faulty(refused), AccessError)
        scene.arrive(scene.rows())
        scene.expect_once(scene.rows())
    scene = bench.scene(BATCH)
    scene.crm.revoke()
    _expect_told(scene, AccessError)
    _expect_ended(scene, scene.faulty(), AccessError)
    scene.crm.regrant()
    again = scene.connect()
    scene.arrive(scene.rows(), again)
    scene.expect_once(scene.rows())


def _expect_ended(scene: Scene, connector: FaultyConnector, kind: type[ConnectorError]) -> None:
    try:
        scene.push(scene.rows(), connector)
    except kind:
        expect_nothing_dead(scene)
    else:
        raise ViolationError(f"a run goes on after `{kind.__name__}`")


@faults(36, Tier.SILVER)
def a_used_up_quota_ends_the_run_resumably(bench: Bench) -> None:
    """When the day's quota is used up the run ends, and a later one finishes what is left."""
    scene = bench.scene(3 * BATCH)
    used = Fault("write", lambda: QuotaError("used up"), at=2, times=100)
    with suppress(QuotaError):
        scene.push(scene.rows(), scene.faulty(used))
    expect_nothing_dead(scene)
    if scene.connector.capabilities.live_quota:
        scene.crm.exhaust(0)
        _expect_told(scene, QuotaError)
        _push_with_some_calls_left(scene)
        scene.crm.refill()
    scene.clock.sleep(_DAY)
    scene.arrive(scene.rows())
    scene.expect_once(scene.rows())


def _push_with_some_calls_left(scene: Scene) -> None:
    for left in range(6):
        scene.crm.exhaust(left)
        with suppress(QuotaError):
            scene.push(scene.rows())
        expect_nothing_dead(scene)


def _expect_told(scene: Scene, kind: type[ConnectorError]) -> None:
    """Expect that a write is refused as a whole, in words that end the run."""
    try:
        scene.connector.write(scene.rows()[:1], scene.columns)
    except kind:
        return
    raise ViolationError(f"a write is not refused with `{kind.__name__}`")


@faults(37, Tier.SILVER)
def a_locked_lead_waits(bench: Bench) -> None:
    """A lead that somebody holds is written later, and the others do not wait for it."""
    scene = bench.scene(2 * BATCH)
    scene.crm.lock(scene.keys[1], 2)
    scene.arrive(scene.rows())
    scene.expect_once(scene.rows())
    expect_nothing_dead(scene)


@faults(38, Tier.GOLD, needs.jobs)
def a_late_failure_is_kept(bench: Bench) -> None:
    """A row that was accepted and is refused later becomes a dead letter with its code."""
    scene = _bulk_scene(bench)
    bad = scene.keys[2]
    scene.crm.refuse(bad)
    scene.arrive(scene.rows())
    scene.expect_once(row for row in scene.rows() if row.key != bad)
    dead = {one.key: one.code for one in scene.store.dead_letters(scene.connector.target)}
    expect(set(dead) == {bad} and dead[bad], f"dead letters {dead} instead of `{bad}`")


@faults(39, Tier.SILVER, needs.jobs)
def a_lost_job_loses_nothing(bench: Bench) -> None:
    """When a job is aborted or its ticket never arrives, every decision stands once in the end."""
    scene = _bulk_scene(bench)

    def abort(outcomes: list[Outcome]) -> list[Outcome]:
        for ticket in {outcome.ticket for outcome in outcomes}:
            scene.crm.lose_job(ticket)
        return outcomes

    for struck in (Fault("write", answer=abort), Fault("write", lost, when="after")):
        faulty = scene.faulty(struck, batch_max=None)
        scene.arrive(scene.rows(), faulty)
        scene.expect_once(scene.rows())
        expect_nothing_dead(scene)
        scene = _bulk_scene(bench)


def _bulk_scene(bench: Bench) -> Scene:
    probe = bench.scene(deployed=False)
    return bench.scene(probe.connector.capabilities.bulk_min or 1)
