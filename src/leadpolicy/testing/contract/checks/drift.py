"""What others do to parts of ours, and the ways back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Final

from leadpolicy.crm.adopt import adopt
from leadpolicy.crm.capabilities import PartKind
from leadpolicy.crm.drift import drift
from leadpolicy.crm.errors import ConnectorError
from leadpolicy.crm.plan import PlanError
from leadpolicy.crm.rollback import rollback_plan
from leadpolicy.crm.state import (
    Action,
    Change,
    DesiredState,
    address,
)
from leadpolicy.testing.contract import needs
from leadpolicy.testing.contract.behaviour import (
    Group,
    NotApplicableError,
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
    wider,
)

deploy: Final = behaviours_of(Group.DEPLOY)
_COLUMNS: Final = needs.creates(PartKind.COLUMN)


def _edits(scene: Scene) -> Iterator[tuple[str, Change]]:
    """Yield edits of our own columns that somebody could make in the CRM, by their names."""
    able = scene.connector.capabilities
    ours = [c for c in scene.desired.columns if not c.bound]
    if PartKind.COLUMN in able.changes:
        for column in ours[:3]:
            edited = replace(column, label=f"{column.label} (edited)")
            yield f"the label of `{column.name}`", Change(Action.CHANGE, edited)
    if PartKind.COLUMN in able.destroys and ours:
        yield f"`{ours[-1].name}` itself", Change(Action.DESTROY, ours[-1])


def _seen(scene: Scene, edit: Change) -> bool:
    """Make an edit by hand and tell whether the CRM keeps such a thing at all."""
    before = scene.connector.observe(scene.desired)
    scene.connector.apply(edit)
    return scene.connector.observe(scene.desired) != before


@deploy(66, Tier.BRONZE, needs.deploys)
def drift_is_found(bench: Bench) -> None:
    """Every edit of a part of ours is found, and there is none where nobody edited anything."""
    scene = bench.scene()
    if not scene.store.deployment(scene.connector.target).owned:
        raise NotApplicableError("nothing here is ours, for everything is bound")
    expect(drift(scene.connector, scene.store).is_empty, "there is drift that nobody made")
    echoed = observed(scene, _relabelled(scene.desired)) != observed(scene)
    expect(not echoed, "what is observed depends on what is asked for")
    found = 0
    for number in range(len(list(_edits(scene)))):
        scene = bench.scene()
        what, edit = list(_edits(scene))[number]
        if _seen(scene, edit):
            found += 1
            missed = drift(scene.connector, scene.store).is_empty
            expect(not missed, f"nobody notices that {what} was changed")
    if not found:
        raise NotApplicableError("parts cannot be edited by way of the connector")


def _relabelled(desired: DesiredState) -> DesiredState:
    columns = (replace(column, label=f"{column.label} (asked)") for column in desired.columns)
    return replace(desired, columns=tuple(columns))


@deploy(67, Tier.SILVER, _COLUMNS)
def a_foreign_edit_is_a_conflict(bench: Bench) -> None:
    """An edit of what is ours is not overwritten, and what is not ours is not spoken of."""
    scene = bench.scene()
    scene.connector.apply(Change(Action.ADD, EXTRA))
    expect(drift(scene.connector, scene.store).is_empty, "a part that is not ours counts as drift")
    expect_empty(scene.plan(), "beside a part that is not ours")
    for what, edit in _edits(scene):
        if _seen(scene, edit):
            expect_refused(scene.deploy, f"over an edit of {what} a plan")
            return
    raise NotApplicableError("parts cannot be edited by way of the connector")


@deploy(68, Tier.GOLD, needs.destroys_columns)
def a_rollback_restores_what_was(bench: Bench) -> None:
    """A roll-back to an earlier version leaves the CRM as it stood then."""
    scene = bench.scene()
    later = wider(scene.desired)
    before = observed(scene, later)
    first = scene.store.deployment(scene.connector.target).serial
    scene.desired = later
    scene.deploy()
    expect(observed(scene, later) != before, "a new column does not show in the CRM")
    back = rollback_plan(scene.connector, scene.store, serial=first, allow_destroy=True)
    scene.apply(back)
    expect(
        observed(scene, later) == before,
        "after the roll-back the CRM stands otherwise than before",
    )


@deploy(69, Tier.SILVER, needs.deploys)
def a_missing_right_is_found_when_planning(bench: Bench) -> None:
    """A change that the login may not make is named by the plan, before anything is done."""
    scene = bench.scene(deployed=False)
    changes = scene.plan().changes
    if not changes:
        raise NotApplicableError("nothing is made here, for everything is bound")
    scene.crm.forbid(changes[0])
    name = address(changes[0].part)
    denied = scene.connector.denied(changes)
    expect(name in denied, f"that {name} is forbidden is not known before it is tried")
    conflicts = [address(conflict.part) for conflict in scene.plan().conflicts]
    expect(name in conflicts, f"the plan does not name {name}")
    with suppress(PlanError, ConnectorError):
        scene.deploy()
    bound = {c.name for c in scene.desired.columns if c.bound}
    standing = scene.connector.observe(scene.desired)
    made = [c.name for c in standing.columns if c.name not in bound]
    expect(not made, f"of a plan in conflict {made} was carried out")


@deploy(70, Tier.GOLD, _COLUMNS)
def what_stands_can_be_imported(bench: Bench) -> None:
    """Parts that stand and were not made from here are conflicts until they are imported."""
    scene = bench.scene(deployed=False)
    for change in scene.plan().changes:
        scene.connector.apply(change)
    conflicts = scene.plan().conflicts
    expect(conflicts, "parts that stand were taken for our own")
    adopt(scene.connector, scene.desired, scene.store, parts=None, at=scene.clock.now())
    expect_empty(scene.plan(), "after an import")
