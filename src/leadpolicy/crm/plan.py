"""Compare what a policy needs with what a CRM has, and list the changes between the two."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace

from leadpolicy.crm import compare, leaving
from leadpolicy.crm.capabilities import Capabilities, Idempotency
from leadpolicy.crm.connector import Connector
from leadpolicy.crm.errors import CrmError
from leadpolicy.crm.ownership import Ours, ours
from leadpolicy.crm.parts import fingerprint, scope, standing_parts
from leadpolicy.crm.placement import Placement
from leadpolicy.crm.situation import EVERYTHING, Conflict, Remark, Situation, Step
from leadpolicy.crm.state import (
    Action,
    Change,
    Column,
    DesiredState,
    ObservedState,
    Permission,
    Rule,
    Table,
    address,
)
from leadpolicy.crm.store.contract import Deployment, Deployments

__all__ = ["Basis", "Conflict", "Plan", "PlanError", "Remark", "plan", "propose"]


class PlanError(CrmError):
    """A plan cannot be read, applied or confirmed."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a plan was made from; it holds as long as none of this has moved.

    `remote` is a digest of everything of ours that was observed. The lineage is empty where
    nothing was ever applied or imported.
    """

    target: str
    connector: str
    version: str
    lineage: str
    serial: int
    remote: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes that bring a CRM to a desired state; what is shown is what is applied.

    `id` is drawn anew for every plan, so that each is applied once. `rollback_to` is the serial
    of the applied version that the plan returns to.
    """

    desired: DesiredState
    changes: tuple[Change, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    unchanged: int = 0
    delivery: Idempotency = "none"
    remarks: tuple[Remark, ...] = ()
    allow_destroy: bool = False
    overwrite_drift: bool = False
    rollback_to: int | None = None
    basis: Basis | None = None
    id: str = ""

    @property
    def is_empty(self) -> bool:
        """Tell whether the CRM stands as the policy needs it."""
        return not self.changes and not self.conflicts

    @property
    def placements(self) -> tuple[Placement, ...]:
        """Where each part of the policy is carried out, and why."""
        return self.desired.placements

    def count(self, action: Action) -> int:
        """Return how many changes do this."""
        return sum(change.action is action for change in self.changes)


def plan(
    desired: DesiredState,
    observed: ObservedState,
    capabilities: Capabilities | None = None,
    *,
    mine: Ours | None = None,
    allow_destroy: bool = False,
    overwrite_drift: bool = False,
    trusted: Mapping[str, Change] | None = None,
) -> Plan:
    """Return the changes from an observed state to the desired one.

    Without `capabilities` everything is taken to be possible, and without `mine` everything that
    stands to be ours. The texts of `trusted` changes may stand in the CRM's own words.
    """
    able = capabilities or EVERYTHING
    situation = Situation(
        desired,
        standing_parts(observed),
        able,
        mine,
        allow_destroy,
        overwrite_drift,
        trusted or {},
    )
    wanted = list(compare.steps(situation))
    steps = _in_order(wanted, list(leaving.steps(situation)))
    return Plan(
        desired,
        changes=tuple(step for step in steps if isinstance(step, Change)),
        conflicts=tuple(step for step in steps if isinstance(step, Conflict)),
        unchanged=sum(step is None for step in wanted),
        delivery=able.idempotency,
        remarks=tuple(step for step in steps if isinstance(step, Remark)),
        allow_destroy=allow_destroy,
        overwrite_drift=overwrite_drift,
    )


def _in_order(wanted: list[Step], left: list[Step]) -> list[Step]:
    """Return the steps so that what depends on others goes before them and comes after them."""
    first = [step for step in left if isinstance(step, Change) and _depends(step)]
    last = [step for step in left if step not in first]
    return [*first, *wanted, *sorted(last, key=_holds_others)]


def _depends(step: Change) -> bool:
    return isinstance(step.part, Rule | Permission)


def _holds_others(step: Step) -> bool:
    return isinstance(step, Change) and isinstance(step.part, Table | Column)


def propose(
    connector: Connector,
    desired: DesiredState,
    store: Deployments,
    *,
    allow_destroy: bool = False,
    overwrite_drift: bool = False,
) -> Plan:
    """Return the plan for a CRM as it stands now; nothing is written anywhere.

    `allow_destroy` lets go of columns and tables that were made here and are no longer wanted, and
    `overwrite_drift` undoes what others changed on parts of ours. Raises `ConnectorError`.
    """
    deployment = store.deployment(connector.target)
    mine = ours(deployment)
    observed = connector.observe(scope(desired, (kept.part for kept in mine.parts.values())))
    found = plan(
        desired,
        observed,
        connector.capabilities,
        mine=mine,
        allow_destroy=allow_destroy,
        overwrite_drift=overwrite_drift,
    )
    return replace(
        _permitted(found, connector),
        remarks=(*_other_policy(desired, store, connector.target), *found.remarks),
        basis=basis_of(connector, deployment, observed),
        id=uuid.uuid4().hex,
    )


def _other_policy(desired: DesiredState, store: Deployments, target: str) -> tuple[Remark, ...]:
    last = store.last_applied(target)
    if last is None or last.policy == desired.policy:
        return ()
    message = "was applied here last, and its parts count as no longer wanted"
    return (Remark(f"policy {last.policy}", message),)


def basis_of(connector: Connector, deployment: Deployment, observed: ObservedState) -> Basis:
    """Return what a plan that is made now rests on."""
    has_begun = deployment.serial or deployment.owned or deployment.intents
    return Basis(
        connector.target,
        connector.name,
        connector.version,
        deployment.lineage if has_begun else "",
        deployment.serial,
        fingerprint(observed),
    )


def _permitted(found: Plan, connector: Connector) -> Plan:
    """Return the plan with a conflict in place of each change that the login may not make."""
    denied = connector.denied(found.changes) if found.changes else {}
    if not denied:
        return found
    refused = tuple(
        Conflict(change.part, f"may not be changed: {denied[address(change.part)]}", _LOGIN)
        for change in found.changes
        if address(change.part) in denied
    )
    allowed = tuple(c for c in found.changes if address(c.part) not in denied)
    return replace(found, changes=allowed, conflicts=(*found.conflicts, *refused))


_LOGIN = "ask for the right, or connect with a login that has it"
