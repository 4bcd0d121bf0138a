"""A plan as text: + to add, ~ to change, - to deactivate, ! in the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from leadpolicy.crm.connector import Idempotency
from leadpolicy.crm.plan import Plan
from leadpolicy.crm.state import (
    Action,
    Change,
    Column,
    FieldKind,
    Part,
    Property,
    ReasonRow,
    Table,
    address,
)

_SIGNS: Final = {Action.ADD: "+", Action.CHANGE: "~", Action.DEACTIVATE: "-"}
_DELIVERY: Final[dict[Idempotency, str]] = {
    "native_key": "exactly once, each lead by its own key",
    "unique_upsert": "exactly once, each lead by a unique field",
    "verify_read": "exactly once, a lost answer is looked up before it is sent again",
    "none": "at least once, a lost answer can be written twice",
}


def render(plan: Plan) -> str:
    """Return a plan as text, part by part down to the property, with counts."""
    desired = plan.desired
    head = f"policy {desired.policy} {desired.version} ({desired.content_hash[:12]})"
    lines = [head, *_changes(plan), *_conflicts(plan), summary(plan)]
    return "\n".join([*lines, f"delivery: {_DELIVERY[plan.delivery]}"])


def summary(plan: Plan) -> str:
    """Return the counts of a plan in one line."""
    if plan.is_empty:
        return f"nothing to do: {plan.unchanged} parts stand as the policy needs them"
    counts = [
        f"{plan.count(Action.ADD)} to add",
        f"{plan.count(Action.CHANGE)} to change",
        f"{plan.count(Action.DEACTIVATE)} to deactivate",
        f"{plan.unchanged} unchanged",
    ]
    if plan.conflicts:
        counts.append(f"{len(plan.conflicts)} in the way")
    return ", ".join(counts)


def _changes(plan: Plan) -> Iterator[str]:
    for change in plan.changes:
        yield _headline(change)
        for item in change.properties:
            yield f"      {item.name}: {_show(item.before)} -> {_show(item.after)}"


def _headline(change: Change) -> str:
    line = f"  {_SIGNS[change.action]} {_name(change.part)}"
    return f"{line}  {_detail(change.part)}".rstrip() if change.action is Action.ADD else line


def _conflicts(plan: Plan) -> Iterator[str]:
    for conflict in plan.conflicts:
        yield f"  ! {_name(conflict.part)} {conflict.message}"
        yield f"      {conflict.hint}"


def _name(part: Part) -> str:
    return "".join(char if char.isprintable() else "?" for char in address(part))


def _detail(part: Part) -> str:
    match part:
        case Column():
            return f"{_kind(part)}, written by {part.owner}"
        case ReasonRow():
            return f"{_show(part.reason.label_de)} / {_show(part.reason.label_en)}"
        case Table():
            return ""


def _kind(column: Column) -> str:
    if column.kind is FieldKind.NUMBER:
        return f"number with {column.scale} decimals"
    if column.kind is FieldKind.CHOICE:
        return f"choice of {len(column.codes)}"
    limit = f" of at most {column.length} characters" if column.length else ""
    return f"{column.kind.value}{limit}"


def _show(value: Property) -> str:
    return json.dumps(value, ensure_ascii=False)
