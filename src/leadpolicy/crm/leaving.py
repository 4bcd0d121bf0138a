"""What becomes of parts that the policy no longer wants, and of what others put among ours."""

from __future__ import annotations

from collections.abc import Iterator

from leadpolicy.crm.compare import accept, edits
from leadpolicy.crm.ownership import Kept
from leadpolicy.crm.parts import Found, kind_of, wanted_parts
from leadpolicy.crm.situation import Conflict, Remark, Situation, Step
from leadpolicy.crm.state import (
    Action,
    Change,
    Column,
    Permission,
    PropertyChange,
    ReasonRow,
    Rule,
    Table,
    address,
)


def steps(situation: Situation) -> Iterator[Step]:
    """Yield the steps for standing parts that nobody wants.

    Rules and rights hold no data and are removed. Reasons are set inactive. Columns and tables are
    kept, unless a person allows to destroy what was made here.
    """
    wanted = {address(part).casefold() for part in wanted_parts(situation.desired)}
    kept = {} if situation.mine is None else situation.mine.parts
    for name, mine in kept.items():
        found = situation.standing.get(name)
        if found is not None and name.casefold() not in wanted:
            yield _leave(mine, found, situation)
    tables = {table.name for table in situation.desired.tables}
    for name, found in situation.standing.items():
        row = found.part
        if isinstance(row, ReasonRow) and row.table in tables and name.casefold() not in wanted:
            yield from _extra(row, found, situation)


def _leave(mine: Kept, found: Found, situation: Situation) -> Step:
    match mine.part:
        case Rule() | Permission() as part:
            return _remove(part, found, situation)
        case ReasonRow(table) as part:
            wanted = any(item.name == table for item in situation.desired.tables)
            gone = _is_destroyed(table, situation)
            return None if wanted or gone else _deactivate(part, found, situation)
        case Column() | Table() as part:
            return _give_up(part, mine, found, situation)


def _remove(part: Rule | Permission, found: Found, situation: Situation) -> Step:
    edited = edits(part, found, situation)
    if edited:
        return Conflict(part, "was changed by hand", accept(part), edited, drifted=True)
    if kind_of(part) not in situation.able.destroys:
        return Remark(address(part), "is no longer wanted and cannot be removed here")
    return Change(Action.DESTROY, part)


def _give_up(part: Column | Table, mine: Kept, found: Found, situation: Situation) -> Step:
    is_computed = found.column is not None and bool(found.column.formula)
    if mine.imported:
        return Remark(address(part), "is no longer wanted, and stays: it was not made here")
    if kind_of(part) not in situation.able.destroys:
        return Remark(address(part), "is no longer wanted, and stays: it cannot be removed here")
    if situation.allow_destroy or is_computed:
        return Change(Action.DESTROY, part)
    return Remark(address(part), "is no longer wanted, and stays; --allow-destroy removes it")


def _is_destroyed(table: str, situation: Situation) -> bool:
    name = address(Table(table))
    mine = situation.mine
    if mine is None or name not in mine.parts or name not in situation.standing:
        return False
    step = _give_up(Table(table), mine.parts[name], situation.standing[name], situation)
    return isinstance(step, Change)


def _extra(row: ReasonRow, found: Found, situation: Situation) -> Iterator[Step]:
    """Yield what to do about a reason in a wanted table that is not on the policy's list."""
    table = Table(row.table)
    stands = situation.standing[address(table)].table
    if not found.properties["active"] or not situation.is_ours(table) or (stands and stands.lacks):
        return
    if situation.is_ours(row) or situation.overwrite_drift:
        yield _deactivate(row, found, situation)
    else:
        yield Conflict(row, "was added by hand", accept(row), drifted=True)


def _deactivate(part: ReasonRow, found: Found, situation: Situation) -> Step:
    if not found.properties["active"]:
        return None
    if kind_of(part) not in situation.able.changes:
        return Remark(address(part), "is no longer wanted and cannot be set inactive here")
    standing = found.part or part
    return Change(Action.DEACTIVATE, standing, (PropertyChange("active", True, False),))
