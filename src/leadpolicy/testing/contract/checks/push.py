"""What becomes of batches: calls, outcomes, and what stands afterwards."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from threading import Barrier
from typing import Final
from unittest.mock import patch

from leadpolicy.crm.connector import Connector, DecisionRow, Status
from leadpolicy.crm.errors import ConnectorError
from leadpolicy.crm.store.contract import LockedError
from leadpolicy.testing.contract import needs
from leadpolicy.testing.contract.behaviour import (
    Group,
    NotOfferedError,
    Tier,
    behaviours_of,
    expect,
)
from leadpolicy.testing.contract.bench import BATCH, Bench, Scene
from leadpolicy.testing.contract.faulty import Fault, lost

push: Final = behaviours_of(Group.PUSH)
WRITTEN: Final = frozenset({Status.CREATED, Status.WRITTEN, Status.UNCHANGED})
_WORKERS: Final = 2


@push(9, Tier.BRONZE)
def an_empty_batch_makes_no_call(bench: Bench) -> None:
    """A batch without rows makes no call and has no outcomes."""
    scene = bench.scene(1)
    with suppress(NotOfferedError):
        before = scene.crm.calls()
        scene.connector.write([], scene.columns)
        expect(scene.crm.calls() == before, "a batch without rows made a call")
    outcomes = scene.connector.write([], scene.columns)
    expect(outcomes == [], f"a batch without rows has {len(outcomes)} outcomes")


@push(10, Tier.BRONZE)
def a_batch_is_one_call(bench: Bench) -> None:
    """One batch is one call, and n rows need ceil(n / batch_max) batches."""
    scene = bench.scene(3 * BATCH)
    faulty = scene.faulty()
    scene.push(scene.rows(), faulty)
    expect(faulty.counts["write"] == 3, f"{faulty.counts['write']} batches instead of 3")
    with suppress(NotOfferedError):
        before = scene.crm.writes()
        able = scene.connector.capabilities
        width = min(able.batch_max, len(scene.keys), (able.bulk_min or len(scene.keys) + 1) - 1)
        scene.connector.write(scene.rows(1)[:width], scene.columns)
        made = scene.crm.writes() - before
        expect(made == 1, f"a batch of {width} rows made {made} calls")


@push(11, Tier.BRONZE)
def a_key_has_one_outcome(bench: Bench) -> None:
    """A write returns one outcome for each key, in any order, and no other."""
    scene = bench.scene(BATCH)
    outcomes = scene.connector.write(scene.rows(), scene.columns)
    found = sorted(outcome.key for outcome in outcomes)
    expect(found == scene.keys, f"outcomes for {found} instead of {scene.keys}")
    settled = scene.write(scene.rows(1))
    expect(sorted(settled) == scene.keys, f"outcomes for {sorted(settled)}")


@push(12, Tier.BRONZE, needs.exactly_once)
def a_batch_sent_twice_counts_once(bench: Bench) -> None:
    """The same batch sent twice leaves one record for each key."""
    scene = bench.scene(BATCH)
    _twice(scene)
    scene.expect_once(scene.rows())


def _twice(scene: Scene) -> None:
    if scene.connector.capabilities.idempotency == "verify_read":
        after = scene.faulty(Fault("write", lost, when="after"))
        scene.arrive(scene.rows(), after)
        return
    for _ in range(2):
        refused = [o for o in scene.write(scene.rows()).values() if o.status not in WRITTEN]
        expect(not refused, f"the batch was refused: {refused}")


@push(13, Tier.BRONZE, needs.exactly_once)
def two_workers_count_once(bench: Bench) -> None:
    """The same decisions sent by two workers at once leave one record for each key."""
    scene = bench.scene(BATCH)
    barrier = Barrier(_WORKERS)
    keyed = scene.connector.capabilities.idempotency != "verify_read"
    work = partial(_write if keyed else _push, scene, barrier)
    with ThreadPoolExecutor(_WORKERS) as pool:
        list(pool.map(work, [scene.connect() for _ in range(_WORKERS)]))
    if not keyed:
        scene.arrive(scene.rows())
    scene.expect_once(scene.rows())


def _write(scene: Scene, barrier: Barrier, connector: Connector) -> None:
    barrier.wait()
    for _ in range(20):
        try:
            scene.write(scene.rows(), connector)
        except ConnectorError as error:
            expect(error.retryable, f"the second worker met {error}")
        else:
            return


def _push(scene: Scene, barrier: Barrier, connector: Connector) -> None:
    barrier.wait()
    with suppress(LockedError):
        scene.push(scene.rows(), connector)


@push(14, Tier.SILVER)
def an_unchanged_lead_is_not_written(bench: Bench) -> None:
    """Leads read as they were written, and a second sync of the same makes no write call."""
    scene = bench.scene(2 * BATCH)
    scene.sync(scene.rows())
    scene.expect_standing(scene.rows())
    _expect_read_as_written(scene)
    faulty = scene.faulty()
    scene.sync(scene.rows(), faulty)
    expect(not faulty.counts["write"], "an unchanged lead was written again")


def _expect_read_as_written(scene: Scene) -> None:
    wanted = {row.key: row.values for row in scene.rows()}
    for lead in scene.connector.read_leads(scene.columns):
        for column in scene.columns:
            found, value = lead.held.get(column.name), wanted[lead.key][column.name]
            same = found == value and type(found) is type(value)
            expect(same or not column.compared, f"`{column.name}` reads {found!r}, not {value!r}")


@push(15, Tier.SILVER)
def a_newer_decision_stands(bench: Bench) -> None:
    """An older decision never overwrites a newer one, however the older one's call ended."""
    for when in ("before", "after"):
        scene = bench.scene(BATCH)
        with suppress(ConnectorError):
            scene.push(scene.rows(), scene.faulty(Fault("write", lost, when=when)))
        scene.arrive(scene.rows(1))
        scene.expect_standing(scene.rows(1))
        _expect_in_order(scene)


def _expect_in_order(scene: Scene) -> None:
    for new in scene.rows(1):
        try:
            effects = scene.effects(new.key)
        except NotOfferedError:
            return
        versions = [_is(new, effect.values) for effect in effects]
        expect(versions == sorted(versions), f"lead `{new.key}` went back to an older decision")


def _is(row: DecisionRow, values: object) -> bool:
    return isinstance(values, dict) and all(values.get(k) == v for k, v in row.values.items())


@push(16, Tier.BRONZE, needs.per_row)
def a_bad_row_does_not_hold_up_the_others(bench: Bench) -> None:
    """Of a batch with a bad row the good rows are written, and the bad one has code and reason."""
    scene = bench.scene(BATCH)
    bad = scene.keys[1]
    scene.crm.refuse(bad)
    outcomes = scene.write(scene.rows())
    refused = outcomes[bad]
    expect(refused.status is Status.FAILED, f"the bad row came out as {refused.status.value}")
    expect(refused.code and refused.message, "the refusal has no code or no reason")
    names = {column.name for column in scene.columns}
    expect(refused.field in names | {""}, f"the refusal names a field `{refused.field}`")
    scene.expect_standing(row for row in scene.rows() if row.key != bad)
    expect(not scene.stands(scene.rows()[1]), "the bad row was written all the same")


@push(17, Tier.SILVER, needs.all_or_none)
def a_refused_batch_is_halved(bench: Bench) -> None:
    """A refused batch is halved until the bad row stands alone, in 2 log2(n) + 1 more calls."""
    scene = bench.scene(8)
    bad = scene.keys[5]
    scene.crm.refuse(bad)
    faulty = scene.faulty(batch_max=8)
    scene.arrive(scene.rows(), faulty)
    scene.expect_once(row for row in scene.rows() if row.key != bad)
    dead = [letter.key for letter in scene.store.dead_letters(scene.connector.target)]
    expect(dead == [bad], f"dead letters for {dead} instead of `{bad}`")
    calls = faulty.counts["write"]
    expect(calls <= 1 + 2 * 3 + 1, f"finding one bad row of 8 took {calls} calls")


@push(18, Tier.BRONZE)
def passing_and_lasting_refusals_differ(bench: Bench) -> None:
    """A locked lead is refused for now and can be written later; a bad one is refused for good."""
    scene = bench.scene(2)
    locked, bad = scene.rows()
    scene.crm.refuse(bad.key)
    scene.crm.lock(locked.key, 1)
    expect(_refusal(scene, locked) == "for now", "a locked lead was not refused for now")
    expect(_refusal(scene, bad) == "for good", "a bad row was not refused for good")
    expect(_refusal(scene, locked) == "", "a lead that is no longer locked was refused")


def _refusal(scene: Scene, row: DecisionRow) -> str:
    try:
        outcome = scene.write([row])[row.key]
    except ConnectorError as error:
        return "for now" if error.retryable and not error.in_doubt else "for good"
    return {Status.DEFERRED: "for now", Status.FAILED: "for good"}.get(outcome.status, "")


@push(82, Tier.SILVER)
def a_connector_never_waits(bench: Bench) -> None:
    """A write returns at once, also when it is refused for now: waiting belongs to the core."""
    scene = bench.scene(BATCH)
    with patch("time.sleep") as sleeping:
        scene.connector.write(scene.rows(), scene.columns)
        with suppress(NotOfferedError, ConnectorError):
            scene.crm.lock(scene.keys[0], 1)
            scene.connector.write(scene.rows(1), scene.columns)
        expect(not sleeping.called, "the connector sleeps")
