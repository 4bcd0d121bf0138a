"""What stands in Tryton of the columns that a policy needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leadpolicy.crm.connector import Column, ConnectorError
from leadpolicy.crm.state import LEAD, DesiredState, FieldKind, ObservedColumn
from leadpolicy_tryton.binding import HISTORY, Binding, line
from leadpolicy_tryton.fields import Field, Fields

_EVERY: Final = frozenset(FieldKind)
_NOTHING: Final[frozenset[FieldKind]] = frozenset()
_TOLD: Final = {
    f"{HISTORY}.at": (FieldKind.MOMENT, "the time of the revision with the feedback"),
    f"{HISTORY}.by": (FieldKind.TEXT, "the author of the revision with the feedback"),
}


def observe_columns(
    binding: Binding, fields: Fields, desired: DesiredState
) -> Iterator[ObservedColumn]:
    """Yield the desired columns that something in Tryton stands for."""
    for column in desired.columns:
        if column.object != LEAD:
            place = f"{column.object}.{column.name}"
            raise ConnectorError(f"column `{place}`: only opportunities are leads here")
        found = _observed(binding, fields, column)
        if found is not None:
            yield found


def _observed(binding: Binding, fields: Fields, column: Column) -> ObservedColumn | None:
    standing = binding.standing(column.name)
    is_written = column.owner == "policy"
    if line(standing) is not None:
        holds = _EVERY if is_written else _NOTHING
        return ObservedColumn(column.name, holds, "a line of the decision's note")
    if standing in _TOLD:
        kind, name = _TOLD[standing]
        return ObservedColumn(column.name, _NOTHING if is_written else frozenset({kind}), name)
    field = fields.find(standing)
    return None if field is None else _as_field(column, field, "." in standing)


def _as_field(column: Column, field: Field, is_far: bool) -> ObservedColumn:
    """Return a field as a column; codes are not compared, for people write labels of their own."""
    holds, name = field.holds, f"{field.type} `{field.model}.{field.name}`"
    if column.owner == "policy" and (is_far or not field.can_hold(column)):
        holds, name = _NOTHING, f"{name}, {_why_not(column, field, is_far)},"
    return ObservedColumn(column.name, holds, name, scale=field.scale)


def _why_not(column: Column, field: Field, is_far: bool) -> str:
    if is_far:
        return "of another record"
    if field.readonly:
        return "which Tryton keeps itself"
    if field.type == "selection" and column.codes:
        return f"whose choices are {', '.join(f'`{code}`' for code in field.choices)}"
    return "of another kind"
