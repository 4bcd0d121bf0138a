"""What the checks of deployments share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from leadpolicy.crm.plan import Plan, PlanError
from leadpolicy.crm.state import (
    Column,
    DesiredState,
    FieldKind,
    ObservedState,
    address,
)
from leadpolicy.crm.store.contract import StoreError
from leadpolicy.testing.contract.behaviour import (
    ViolationError,
    expect,
)
from leadpolicy.testing.contract.bench import Scene

EXTRA: Final = Column("lp_kit_extra", FieldKind.TEXT, length=20, label="Extra")


def wider(desired: DesiredState) -> DesiredState:
    """Return a later version that needs one more column."""
    columns = (*desired.columns, EXTRA)
    return replace(desired, version="2", content_hash="1" * 64, columns=columns)


def observed(scene: Scene, state: DesiredState | None = None) -> ObservedState:
    """Return what stands of a state, by default of the one that is deployed."""
    return scene.connector.observe(state or scene.desired)


def expect_empty(plan: Plan, when: str) -> None:
    """Raise `ViolationError` where a plan has something left to do."""
    left = [address(change.part) for change in plan.changes]
    left += [f"{address(conflict.part)} {conflict.message}" for conflict in plan.conflicts]
    expect(plan.is_empty, f"{when} the plan still has {left[:5]}")


def expect_refused(act: Callable[[], object], what: str) -> None:
    """Raise `ViolationError` where a plan is not refused."""
    try:
        act()
    except (PlanError, StoreError):
        return
    raise ViolationError(f"{what} was applied")
