"""Hold each wanted part against what stands: a change, a conflict, or nothing to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leadpolicy.crm.capabilities import PartKind
from leadpolicy.crm.parts import Found, kind_of, wanted_parts
from leadpolicy.crm.situation import Conflict, Situation, Step, foreign_edits
from leadpolicy.crm.state import (
    Action,
    Change,
    Column,
    FieldKind,
    ObservedColumn,
    Part,
    Permission,
    PropertyChange,
    ReasonRow,
    Table,
    address,
)

_BY_HAND: Final = "change it by hand"


def steps(situation: Situation) -> Iterator[Step]:
    """Yield one step for every wanted part that can stand here; None where it stands as wanted."""
    unreachable: set[str] = set()
    for part in wanted_parts(situation.desired):
        if isinstance(part, ReasonRow) and part.table in unreachable:
            continue
        if _is_left_out(part, situation):
            continue
        step = _step(part, situation)
        if isinstance(part, Table) and isinstance(step, Conflict):
            unreachable.add(part.table)
        yield step


def _is_left_out(part: Part, situation: Situation) -> bool:
    """Tell whether the CRM has nothing of this kind; the placements say so."""
    kind = kind_of(part)
    return kind in {PartKind.RULE, PartKind.PERMISSION} and kind not in situation.able.creates


def _step(part: Part, situation: Situation) -> Step:
    found = situation.found(part)
    if found is None:
        return _missing(part, situation)
    unfit = misfit(part, found)
    if unfit is not None:
        return unfit
    if isinstance(part, Column) and part.bound:
        return None
    return _standing(part, found, situation)


def _missing(part: Part, situation: Situation) -> Step:
    if situation.left(part) is not None and not _went_with_its_table(part, situation):
        return Conflict(part, "was removed by hand", accept(part), drifted=True)
    if kind_of(part) not in situation.able.creates:
        instead = situation.able.instead
        hint = f"bind it {instead}" if instead else "create it by hand"
        return Conflict(part, "is missing and cannot be created here", hint)
    return Change(Action.ADD, part)


def _went_with_its_table(part: Part, situation: Situation) -> bool:
    return isinstance(part, ReasonRow) and situation.found(Table(part.table)) is None


def _standing(part: Part, found: Found, situation: Situation) -> Step:
    changes = situation.differences(part, found.properties)
    if not situation.is_ours(part):
        return _foreign(part, changes, situation)
    if not changes:
        return None
    edited = edits(part, found, situation)
    if {item.name for item in edited} & {item.name for item in changes}:
        return Conflict(part, "was changed by hand", accept(part), edited, drifted=True)
    return _change(part, changes, situation)


def edits(part: Part, found: Found, situation: Situation) -> tuple[PropertyChange, ...]:
    """Return what somebody else changed on a part of ours, unless that may be undone."""
    left = situation.left(part)
    return () if left is None else foreign_edits(left, found.properties)


def _foreign(part: Part, changes: tuple[PropertyChange, ...], situation: Situation) -> Step:
    """Return what to do about a part that nobody made here; rights are nobody's own."""
    if isinstance(part, Permission):
        return _change(part, changes, situation) if changes else None
    hint = f'take it over with `leadpolicy import "{address(part)}"`, or choose another name'
    return Conflict(part, "stands already and was not made here", hint, changes)


def _change(part: Part, changes: tuple[PropertyChange, ...], situation: Situation) -> Step:
    if kind_of(part) not in situation.able.changes:
        return Conflict(part, "differs and cannot be changed here", _BY_HAND, changes)
    return Change(Action.CHANGE, part, changes)


def accept(part: Part) -> str:
    """Return how a person can settle a foreign edit."""
    return f'accept it with `leadpolicy import "{address(part)}"`, or undo it: --overwrite-drift'


def misfit(part: Part, found: Found) -> Conflict | None:
    """Return why a standing part cannot become the wanted one, or None."""
    if found.table is not None and found.table.lacks:
        lacks = ", ".join(f"`{name}`" for name in found.table.lacks)
        return Conflict(part, f"stands without {lacks}", "rename the standing table")
    if isinstance(part, Column) and found.column is not None:
        message = column_misfit(part, found.column)
        hint = "rename the standing column, or bind the policy's column to another"
        return None if message is None else Conflict(part, message, hint)
    return None


def column_misfit(column: Column, found: ObservedColumn) -> str | None:
    """Return why a standing column cannot hold the values of a wanted one, or None."""
    if column.kind not in found.holds:
        return f"stands as {found.type_name} and cannot hold the kind `{column.kind.value}`"
    need = column.length or max(map(len, column.codes), default=0)
    if found.length is not None and found.length < need:
        return f"stands with {found.length} characters and needs {need}"
    is_number = column.kind is FieldKind.NUMBER
    if is_number and found.scale is not None and found.scale < column.scale:
        return f"stands with {found.scale} decimals and needs {column.scale}"
    return None
