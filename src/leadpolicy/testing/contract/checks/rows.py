"""What is written and what is left alone, and how the CRM is asked about it."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from leadpolicy.crm.connector import DecisionRow, Presence, QuotaError, Status
from leadpolicy.testing.contract import needs
from leadpolicy.testing.contract.behaviour import (
    Group,
    NotApplicableError,
    NotOfferedError,
    Tier,
    ViolationError,
    behaviours_of,
    expect,
)
from leadpolicy.testing.contract.bench import BATCH, Bench, Scene
from leadpolicy.testing.contract.samples import keys

push: Final = behaviours_of(Group.PUSH)


@push(19, Tier.SILVER)
def a_lookup_tells_what_became_of_a_lead(bench: Bench) -> None:
    """A lookup shows what stands, leaves out unknown keys, and tells deleted and merged leads."""
    scene = bench.scene(4)
    scene.write(scene.rows())
    found = scene.connector.lookup([*scene.keys, "nobody"], scene.columns)
    expect(set(found) == set(scene.keys), f"the lookup of {scene.keys} has {sorted(found)}")
    standing = scene.held()
    for key, there in found.items():
        expect(there.presence is Presence.PRESENT, f"`{key}` is called {there.presence.value}")
        same = all(there.values[c.name] == standing[key][c.name] for c in scene.columns)
        expect(same, f"the lookup of `{key}` does not show what the CRM holds")
    _look_for_gone(scene)


def _look_for_gone(scene: Scene) -> None:
    able, (deleted, loser, winner, _) = scene.connector.capabilities, scene.keys
    with suppress(NotOfferedError):
        scene.crm.remove(deleted)
        found = scene.connector.lookup([deleted], scene.columns).get(deleted)
        gone = found is None or found.presence is Presence.DELETED
        expect(gone, "a deleted lead is looked up as if it stood")
        told = found is not None or able.deletions != "feed"
        expect(told, "a deleted lead cannot be told from one that never was")
    if able.merges:
        scene.crm.merge(loser, winner)
        found = scene.connector.lookup([loser], scene.columns).get(loser)
        merged = found is not None and found.presence is Presence.MERGED
        expect(merged and found and found.into == winner, "a merged lead is not told as merged")


@push(20, Tier.SILVER, needs.creates_leads)
def created_and_written_are_told_apart(bench: Bench) -> None:
    """Leads that a write makes come out as created, and the others as written."""
    scene = bench.scene(BATCH)
    fresh = keys(BATCH, start=BATCH)
    outcomes = scene.write(scene.rows(names=[*scene.keys, *fresh]))
    created = sorted(key for key, o in outcomes.items() if o.status is Status.CREATED)
    expect(created == fresh, f"created: {created} instead of {fresh}")
    expect(set(scene.held(fresh)) == set(fresh), "a created lead does not stand in the CRM")


@push(21, Tier.GOLD)
def only_owned_columns_are_written(bench: Bench) -> None:
    """A write leaves every column alone that it does not name, sales' columns above all."""
    scene = bench.scene(2)
    theirs = scene.desired.feedback
    if not theirs:
        raise NotApplicableError("nothing that sales writes is deployed")
    filled = {c.name: scene.harness.value(c, 1) for c in theirs}
    scene.crm.edit(scene.keys[0], filled, "sales")
    before = scene.crm.held(scene.keys, theirs)
    for version in range(2):
        scene.write(scene.rows(version))
    after = scene.crm.held(scene.keys, theirs)
    for key in scene.keys:
        same = all(before[key].get(c.name) == after[key].get(c.name) for c in theirs)
        expect(same, f"what sales wrote for `{key}` was overwritten")


@push(22, Tier.SILVER, needs.by_key)
def none_clears_and_absent_leaves(bench: Bench) -> None:
    """None clears a column, and a column that is not named stays as it is."""
    scene = bench.scene(1)
    scene.write(scene.rows())
    cleared, *others = scene.columns
    emptied = DecisionRow(scene.keys[0], {cleared.name: None})
    scene.connector.write([emptied], [cleared])
    found, wanted = scene.held()[scene.keys[0]], scene.rows()[0].values
    expect(found[cleared.name] is None, f"`{cleared.name}` was not cleared by None")
    for column in others:
        same = found[column.name] == wanted[column.name]
        expect(same, f"`{column.name}` was not named and has changed")


@push(23, Tier.GOLD, needs.jobs)
def a_job_answers_like_a_call(bench: Bench) -> None:
    """A batch that is answered later has the outcomes that it would have had at once."""
    width = _bulk(bench)
    scene = bench.scene(width)
    bad = scene.keys[width // 2]
    scene.crm.refuse(bad)
    accepted = scene.connector.write(scene.rows(), scene.columns)
    expect(all(o.status is Status.ACCEPTED for o in accepted), "a large batch is not accepted")
    expect(all(o.ticket for o in accepted), "an accepted row has no ticket")
    outcomes = {o.key: o for t in {o.ticket for o in accepted} for o in scene.results(t)}
    expect(sorted(outcomes) == scene.keys, f"the job answers for {len(outcomes)} of {width} rows")
    expect(outcomes[bad].status is Status.FAILED, "the job took a bad row for good")
    expect(outcomes[bad].code, "the job refused a row without a code")
    scene.expect_standing(row for row in scene.rows() if row.key != bad)


def _bulk(bench: Bench) -> int:
    """Return how many rows make a job."""
    return bench.scene(deployed=False).connector.capabilities.bulk_min or 1


@push(24, Tier.PLATINUM, needs.live_quota)
def the_quota_is_read_live(bench: Bench) -> None:
    """The quota that is read falls with every call, and nothing is written when it is used up."""
    scene = bench.scene(1)
    before = scene.connector.quota()
    scene.write(scene.rows())
    after = scene.connector.quota()
    if before is None or after is None:
        raise NotApplicableError("the CRM does not tell its quota at present")
    expect(after.left < before.left, f"after a call {after.left} of {before.left} calls are left")
    scene.crm.exhaust(0)
    try:
        scene.write(scene.rows(1))
    except QuotaError:
        expect(not scene.stands(scene.rows(1)[0]), "something was written beyond the quota")
    else:
        raise ViolationError("a used-up quota is not told as `QuotaError`")
