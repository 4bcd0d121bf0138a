"""Compare what a policy needs with what a CRM has, and list the changes between the two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from leadpolicy.crm.connector import Capabilities, Connector, CrmError, Idempotency
from leadpolicy.crm.state import (
    Action,
    Change,
    Column,
    DesiredState,
    FieldKind,
    ObservedColumn,
    ObservedReason,
    ObservedState,
    ObservedTable,
    Part,
    PropertyChange,
    Reason,
    ReasonRow,
    ReasonTable,
    Table,
)


class PlanError(CrmError):
    """A plan cannot be read, applied or confirmed."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A part that cannot be made as the policy needs it; `hint` says what a person can do."""

    part: Part
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes that bring a CRM to a desired state; what is shown is what is applied."""

    desired: DesiredState
    changes: tuple[Change, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    unchanged: int = 0
    delivery: Idempotency = "none"

    @property
    def is_empty(self) -> bool:
        """Tell whether the CRM stands as the policy needs it."""
        return not self.changes and not self.conflicts

    def count(self, action: Action) -> int:
        """Return how many changes do this."""
        return sum(change.action is action for change in self.changes)


def plan(
    desired: DesiredState, observed: ObservedState, capabilities: Capabilities | None = None
) -> Plan:
    """Return the changes from an observed state to the desired one.

    Columns and tables are never removed and reasons that left the policy are deactivated.
    Without `capabilities` everything is taken to be possible.
    """
    able = capabilities or Capabilities(can_create_columns=True, can_create_tables=True)
    steps = [*_columns(desired, observed, able), *_tables(desired, observed, able)]
    return Plan(
        desired,
        changes=tuple(step for step in steps if isinstance(step, Change)),
        conflicts=tuple(step for step in steps if isinstance(step, Conflict)),
        unchanged=sum(step is None for step in steps),
        delivery=able.idempotency,
    )


def propose(connector: Connector, desired: DesiredState) -> Plan:
    """Return the plan for a CRM as it stands now."""
    return plan(desired, connector.observe(desired), connector.capabilities)


_Step = Change | Conflict | None


def _columns(desired: DesiredState, observed: ObservedState, able: Capabilities) -> Iterator[_Step]:
    standing = {(column.object, column.name): column for column in observed.columns}
    for column in desired.columns:
        found = standing.get((column.object, column.name))
        if found is not None:
            yield _compare_column(column, found)
        elif able.can_create_columns:
            yield Change(Action.ADD, column)
        else:
            yield Conflict(column, "is missing and cannot be created here", "create it by hand")


def _compare_column(column: Column, found: ObservedColumn) -> _Step:
    misfit = _misfit(column, found)
    if misfit is not None:
        hint = "rename the standing column, or bind the policy's column to another"
        return Conflict(column, misfit, hint)
    changes = _differences(
        {"label": found.label, "description": found.description, "codes": found.codes},
        {"label": column.label, "description": column.description, "codes": column.codes},
    )
    return Change(Action.CHANGE, column, changes) if changes else None


def _misfit(column: Column, found: ObservedColumn) -> str | None:
    if column.kind not in found.holds:
        return f"stands as {found.type_name} and cannot hold the kind `{column.kind.value}`"
    need = column.length or max(map(len, column.codes), default=0)
    if found.length is not None and found.length < need:
        return f"stands with {found.length} characters and needs {need}"
    is_number = column.kind is FieldKind.NUMBER
    if is_number and found.scale is not None and found.scale < column.scale:
        return f"stands with {found.scale} decimals and needs {column.scale}"
    return None


def _differences(
    before: Mapping[str, str | bool | tuple[str, ...] | None],
    after: Mapping[str, str | bool | tuple[str, ...] | None],
) -> tuple[PropertyChange, ...]:
    return tuple(
        PropertyChange(name, before[name], value)
        for name, value in after.items()
        if before[name] is not None and before[name] != value
    )


def _tables(desired: DesiredState, observed: ObservedState, able: Capabilities) -> Iterator[_Step]:
    standing = {table.name: table for table in observed.tables}
    for table in desired.tables:
        found = standing.get(table.name)
        part = Table(table.name)
        if found is not None and found.lacks:
            lacks = ", ".join(f"`{name}`" for name in found.lacks)
            yield Conflict(part, f"stands without {lacks}", "rename the standing table")
            continue
        if found is None and not able.can_create_tables:
            yield Conflict(part, "is missing and cannot be created here", "create it by hand")
            continue
        yield Change(Action.ADD, part) if found is None else None
        yield from _rows(table, found or ObservedTable(table.name))


def _rows(table: ReasonTable, found: ObservedTable) -> Iterator[_Step]:
    standing = {row.reason.code: row for row in found.rows}
    for reason in table.rows:
        row = standing.pop(reason.code, None)
        yield _compare_reason(ReasonRow(table.name, reason), row)
    for row in standing.values():
        if row.active:
            gone = (PropertyChange("active", True, False),)
            yield Change(Action.DEACTIVATE, ReasonRow(table.name, row.reason), gone)


def _compare_reason(part: ReasonRow, row: ObservedReason | None) -> _Step:
    if row is None:
        return Change(Action.ADD, part)
    before, after = _properties(row.reason, row.active), _properties(part.reason, True)
    changes = _differences(before, after)
    return Change(Action.CHANGE, part, changes) if changes else None


def _properties(reason: Reason, active: bool) -> dict[str, str | bool | tuple[str, ...] | None]:
    return {"label_de": reason.label_de, "label_en": reason.label_en, "active": active}
