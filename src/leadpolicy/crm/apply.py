"""Carry out a plan change by change, and confirm it by looking again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leadpolicy.crm.connector import Connector
from leadpolicy.crm.plan import Plan, PlanError, propose
from leadpolicy.crm.render import render
from leadpolicy.crm.state import address
from leadpolicy.crm.store import Applied, Store


@dataclass(frozen=True, slots=True)
class ApplyReport:
    """How many changes were made, and how many parts stand as the policy needs them."""

    changed: int
    standing: int


def apply(plan: Plan, connector: Connector, store: Store, *, at: datetime) -> ApplyReport:
    """Make every change of a plan, read the CRM back and remember what was applied `at`.

    Raises `PlanError` before the first change when something is in the way, and after the last
    one when the CRM does not stand as planned. A run that broke off is finished by a new plan.
    """
    _refuse_conflicts(plan)
    for change in plan.changes:
        connector.apply(change)
    confirmed = propose(connector, plan.desired)
    if not confirmed.is_empty:
        raise PlanError(f"the CRM does not stand as planned\n{render(confirmed)}")
    _remember(plan, connector.target, store, at)
    return ApplyReport(changed=len(plan.changes), standing=confirmed.unchanged)


def _refuse_conflicts(plan: Plan) -> None:
    if plan.conflicts:
        lines = [f"{address(c.part)} {c.message}; {c.hint}" for c in plan.conflicts]
        raise PlanError("nothing was changed, because\n  " + "\n  ".join(lines))


def _remember(plan: Plan, target: str, store: Store, at: datetime) -> None:
    desired, last = plan.desired, store.last_applied(target)
    if plan.changes or last is None or last.content_hash != desired.content_hash:
        store.record_applied(
            target,
            Applied(desired.policy, desired.version, desired.content_hash, at, len(plan.changes)),
        )
