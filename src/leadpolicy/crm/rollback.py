"""Back to a version that was applied earlier, with what cannot be undone said before it starts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from leadpolicy.crm.connector import Connector
from leadpolicy.crm.drift import NothingAppliedError
from leadpolicy.crm.history import desired_then
from leadpolicy.crm.plan import Plan, PlanError, propose
from leadpolicy.crm.situation import Remark
from leadpolicy.crm.state import Action, Change, Column, PropertyChange, Table, address
from leadpolicy.crm.store.contract import Applied, Deployments


def rollback_plan(
    connector: Connector,
    store: Deployments,
    *,
    serial: int,
    allow_destroy: bool = False,
    overwrite_drift: bool = False,
) -> Plan:
    """Return the plan that brings back what was applied as `serial`; nothing is written.

    Its remarks say what will not be as it was: columns that stay, and data that is gone. Raises
    `PlanError` for a serial that was never applied and `NothingAppliedError` before the first one.
    """
    desired = desired_then(applied_as(serial, connector.target, store))
    found = propose(
        connector,
        desired,
        store,
        allow_destroy=allow_destroy,
        overwrite_drift=overwrite_drift,
    )
    losses = [
        Remark(address(change.part), loss) for change in found.changes for loss in _loss(change)
    ]
    return replace(found, rollback_to=serial, remarks=(*found.remarks, *losses))


def applied_as(serial: int, target: str, store: Deployments) -> Applied:
    """Return what was applied as a serial; raises `PlanError` where nothing was."""
    history = {applied.serial: applied for applied in store.history(target)}
    if not history:
        message = f"nothing was applied to `{target}` from here yet"
        raise NothingAppliedError(message, "run `leadpolicy apply` first, or name its store")
    if serial not in history:
        known = ", ".join(str(number) for number in history)
        raise PlanError(f"nothing was applied as serial {serial}", f"there are: {known}")
    return history[serial]


def _loss(change: Change) -> Iterator[str]:
    """Yield what a change cannot bring back, or takes away for good."""
    match change:
        case Change(Action.DESTROY, Column(formula=None) | Table()):
            yield "goes with everything that it holds"
        case Change(Action.ADD, Column(owner="policy", formula=None)):
            yield "comes back empty, and the next sync fills it"
        case Change(Action.ADD, Column(formula=None)):
            yield "comes back empty: what people wrote in it is gone"
        case Change(Action.CHANGE, Column()):
            lost = [code for item in change.properties for code in _codes_lost(item)]
            if lost:
                yield f"leads may hold codes that are no longer offered: {', '.join(lost)}"
        case _:
            return


def _codes_lost(item: PropertyChange) -> list[str]:
    if item.name != "codes" or not isinstance(item.before, tuple):
        return []
    after = item.after if isinstance(item.after, tuple) else ()
    return [code for code in item.before if code not in after]
