"""Carry out a plan change by change, and confirm it by looking again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from leadpolicy.crm.connector import Connector
from leadpolicy.crm.history import to_history
from leadpolicy.crm.leftovers import is_the_crms_own, parts_left
from leadpolicy.crm.locking import Run, Unattended, locked
from leadpolicy.crm.ownership import Kept, Ours, ours, owned
from leadpolicy.crm.parts import (
    Found,
    scope,
    standing_parts,
    state_hash,
)
from leadpolicy.crm.patience import patiently
from leadpolicy.crm.plan import Plan, PlanError, plan, propose
from leadpolicy.crm.points import Point
from leadpolicy.crm.render import render
from leadpolicy.crm.stale import refuse_foreign, refuse_moved
from leadpolicy.crm.state import (
    Action,
    Change,
    DesiredState,
    ObservedState,
    Part,
    Permission,
    address,
)
from leadpolicy.crm.store.contract import Applied, Lock, Owned, Store

_UNATTENDED: Final = Unattended()


@dataclass(frozen=True, slots=True)
class ApplyReport:
    """How many changes were made, and how many parts stand as the policy needs them.

    `serial` counts what was applied to this CRM, and `state` is a digest of what people meet in
    it: equal digests mean equal columns, reasons, rules and rights.
    """

    changed: int
    standing: int
    serial: int = 0
    state: str = ""


def apply(
    plan: Plan,
    connector: Connector,
    store: Store,
    *,
    at: datetime,
    settings: Run = _UNATTENDED,
    desired: DesiredState | None = None,
) -> ApplyReport:
    """Make every change of a plan, read the CRM back and remember what was applied `at`.

    With `desired`, what the policy needs now, a plan for anything else is refused. Raises
    `PlanError` before the first change when something is in the way or the plan no longer holds,
    and after the last one when the CRM does not stand as planned; `LockedError` while somebody
    else works here, `FencedError` once somebody took over, and `StoreError` for a plan that was
    used before. A run that broke off is finished by a new plan.
    """
    _refuse_conflicts(plan)
    with locked(store, connector.target, "deploy", at, settings) as lock:
        known = ours(store.deployment(connector.target)).parts.items()
        imported = frozenset(name for name, kept in known if kept.imported)
        run = _Application(plan, connector, store, lock, settings, imported)
        run.refuse_stale(desired, at)
        run.make_all()
        return run.confirm(at)


def _refuse_conflicts(plan: Plan) -> None:
    if plan.conflicts:
        lines = [f"{address(c.part)} {c.message}; {c.hint}" for c in plan.conflicts]
        raise PlanError("nothing was changed, because\n  " + "\n  ".join(lines))


@dataclass(frozen=True, slots=True)
class _Application:
    """One plan on its way, under the lock."""

    plan: Plan
    connector: Connector
    store: Store
    lock: Lock
    settings: Run
    imported: frozenset[str]

    def refuse_stale(self, desired: DesiredState | None, at: datetime) -> None:
        """Refuse a plan that no longer holds, and use it up otherwise."""
        now = patiently(self._propose_again, self.settings.clock)
        refuse_foreign(self.plan, now, desired)
        self.store.use_plan(self.lock, self.plan.id, at)
        refuse_moved(self.plan, now)

    def _propose_again(self) -> Plan:
        return propose(
            self.connector,
            self.plan.desired,
            self.store,
            allow_destroy=self.plan.allow_destroy,
            overwrite_drift=self.plan.overwrite_drift,
        )

    def make_all(self) -> None:
        """Make the changes in one step where the CRM can, and one by one where it cannot."""
        if self.connector.capabilities.together and self.plan.changes:
            self._make(self.plan.changes, self.connector.apply_together)
            return
        for change in self.plan.changes:
            self._make((change,), lambda changes: self.connector.apply(changes[0]))

    def _make(self, changes: Sequence[Change], make: Callable[[Sequence[Change]], object]) -> None:
        """Make changes; the intents are kept before, and what came of them after."""
        for change in changes:
            self.store.intend(self.lock, address(change.part), self._becomes(change))
        self.settings.probe(Point.INTENDED)
        patiently(lambda: make(changes), self.settings.clock)
        self.settings.probe(Point.CHANGED)
        for change in changes:
            left = None if is_the_crms_own(change.part) else self._becomes(change)
            self.store.note(self.lock, address(change.part), left)
        self.settings.probe(Point.NOTED)

    def _becomes(self, change: Change) -> Owned | None:
        if change.action is Action.DESTROY:
            return None
        return owned(Kept(change.part, imported=address(change.part) in self.imported))

    def confirm(self, at: datetime) -> ApplyReport:
        """Read the CRM back and remember it; raises `PlanError` where it stands otherwise."""
        mine = self._mine()
        destroyed = [c.part for c in self.plan.changes if c.action is Action.DESTROY]
        parts = [*(kept.part for kept in mine.parts.values()), *destroyed]
        asked = scope(self.plan.desired, parts)
        observed = patiently(lambda: self.connector.observe(asked), self.settings.clock)
        standing = standing_parts(observed)
        _refuse_survivors(destroyed, standing)
        confirmed = self._plan_again(observed, mine)
        if not confirmed.is_empty:
            raise PlanError(f"the CRM does not stand as planned\n{render(confirmed)}")
        self.settings.probe(Point.CONFIRMED)
        self._remember_parts(mine, standing)
        applied, state = self._remember_version(observed, at)
        self.settings.probe(Point.APPLIED)
        return ApplyReport(len(self.plan.changes), confirmed.unchanged, applied.serial, state)

    def _mine(self) -> Ours:
        return ours(self.store.deployment(self.connector.target))

    def _plan_again(self, observed: ObservedState, mine: Ours) -> Plan:
        return plan(
            self.plan.desired,
            observed,
            self.connector.capabilities,
            mine=mine,
            allow_destroy=self.plan.allow_destroy,
            trusted={address(change.part): change for change in self.plan.changes},
        )

    def _remember_parts(self, mine: Ours, standing: dict[str, Found]) -> None:
        changed = {address(change.part) for change in self.plan.changes} | mine.begun
        for name, part in parts_left(mine, standing, self.plan.desired, changed):
            self.store.note(self.lock, name, part)

    def _remember_version(self, observed: ObservedState, at: datetime) -> tuple[Applied, str]:
        desired, last = self.plan.desired, self.store.last_applied(self.connector.target)
        state = state_hash(observed, desired)
        data = to_history(desired, state)
        if last is not None and not self.plan.changes and dict(last.desired) == data:
            return last, state
        made = Applied(
            desired.policy,
            desired.version,
            desired.content_hash,
            at,
            len(self.plan.changes),
            desired=data,
        )
        return self.store.record_applied(self.lock, made), state


def _refuse_survivors(destroyed: list[Part], standing: dict[str, Found]) -> None:
    """Refuse when something that was removed still stands; a right has no other end than its own.

    A CRM may go on to report a right that is no longer regulated.
    """
    removed = [address(part) for part in destroyed if not isinstance(part, Permission)]
    survivors = [name for name in removed if name in standing]
    if survivors:
        names = ", ".join(f"`{name}`" for name in survivors)
        raise PlanError(f"the CRM still has what was removed: {names}")
