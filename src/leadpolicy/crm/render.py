"""A plan as text: + add, ~ change, - deactivate, x destroy, ! in the way."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Final

from leadpolicy.crm.capabilities import Idempotency
from leadpolicy.crm.placement import Placement, Where
from leadpolicy.crm.plan import Plan
from leadpolicy.crm.state import (
    Action,
    Change,
    Column,
    FieldKind,
    Part,
    Permission,
    Property,
    PropertyChange,
    ReasonRow,
    Rule,
    Table,
    address,
)

_SIGNS: Final = {
    Action.ADD: "+",
    Action.CHANGE: "~",
    Action.DEACTIVATE: "-",
    Action.DESTROY: "x",
}
_VERBS: Final = {
    Action.ADD: "to add",
    Action.CHANGE: "to change",
    Action.DEACTIVATE: "to deactivate",
    Action.DESTROY: "to destroy",
}
_SHOWN: Final = 200
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
    if plan.rollback_to is not None:
        head = f"back to {plan.rollback_to}: {head}"
    lines = [head, *_changes(plan), *_conflicts(plan), *_remarks(plan), summary(plan)]
    lines += placements(plan.placements)
    return "\n".join([*lines, f"delivery: {_DELIVERY[plan.delivery]}"])


def summary(plan: Plan) -> str:
    """Return the counts of a plan in one line."""
    if plan.is_empty:
        return f"nothing to do: {plan.unchanged} parts stand as the policy needs them"
    shown = [action for action in Action if action is not Action.DESTROY or plan.count(action)]
    counts = [f"{plan.count(action)} {_VERBS[action]}" for action in shown]
    counts.append(f"{plan.unchanged} unchanged")
    if plan.conflicts:
        counts.append(f"{len(plan.conflicts)} in the way")
    return ", ".join(counts)


def placements(found: Iterable[Placement]) -> list[str]:
    """Return who carries out which parts of the policy, those with one reason in one line."""
    groups: dict[tuple[Where, str], list[str]] = {}
    for item in found:
        groups.setdefault((item.where, item.reason), []).append(item.part)
    order = list(Where)
    ranked = sorted(groups.items(), key=lambda group: order.index(group[0][0]))
    return [
        printable(f"{where.value}: {', '.join(_shortened(parts))} ({reason})")
        for (where, reason), parts in ranked
    ]


def _shortened(parts: list[str]) -> Iterator[str]:
    """Yield the names of parts, with the word for their kind where it changes only."""
    last = ""
    for part in parts:
        kind, _, name = part.partition(" ")
        yield name if name and kind == last else part
        last = kind


def _changes(plan: Plan) -> Iterator[str]:
    for change in plan.changes:
        yield _headline(change)
        yield from properties(change.properties)


def _headline(change: Change) -> str:
    line = f"  {_SIGNS[change.action]} {printable(address(change.part))}"
    return f"{line}  {_detail(change.part)}".rstrip() if change.action is Action.ADD else line


def _conflicts(plan: Plan) -> Iterator[str]:
    for conflict in plan.conflicts:
        yield f"  ! {printable(address(conflict.part))} {printable(conflict.message)}"
        yield from properties(conflict.properties)
        yield f"      {printable(conflict.hint)}"


def _remarks(plan: Plan) -> Iterator[str]:
    for remark in plan.remarks:
        yield f"    {printable(remark.address)} {printable(remark.message)}"


def properties(changes: Iterable[PropertyChange]) -> Iterator[str]:
    """Yield one line for each property, before and after."""
    for item in changes:
        yield f"      {item.name}: {_show(item.before)} -> {_show(item.after)}"


def printable(text: str) -> str:
    """Return a text in which nothing can steer a terminal."""
    return "".join(char if char.isprintable() else "?" for char in text)


def _detail(part: Part) -> str:
    match part:
        case Column(formula=str()):
            return f"{_kind(part)}, computed by the CRM"
        case Column(key=True):
            return f"{_kind(part)}, tells leads apart"
        case Column():
            return f"{_kind(part)}, written by {part.owner}"
        case ReasonRow():
            return f"{_show(part.reason.label_de)} / {_show(part.reason.label_en)}"
        case Rule():
            return f"enforces {printable(part.part)}"
        case Permission():
            return "may write" if part.write else "may read only"
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
    text = json.dumps(value, ensure_ascii=False)
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]} …"
    return printable(shown)
