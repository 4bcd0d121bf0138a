"""The policy's parts as the lab's CRM keeps them: JSON by address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from leadpolicy.crm.connector import DesiredState, ObservedState, UnsupportedError
from leadpolicy.crm.state import (
    Column,
    FieldKind,
    ObservedColumn,
    ObservedReason,
    ObservedTable,
    Part,
    Reason,
    ReasonRow,
    Table,
    address,
)
from leadpolicy.testing.lab.world import Json


def part_of(part: Part, *, active: bool = True) -> Json:
    """Return a part as JSON; raises `UnsupportedError` for kinds that the lab does not keep."""
    match part:
        case Column():
            return _column(part)
        case Table(name):
            return {"table": name}
        case ReasonRow(table, reason):
            labels = {"label_de": reason.label_de, "label_en": reason.label_en}
            return {"table": table, "code": reason.code, **labels, "active": active}
    raise UnsupportedError(f"the lab does not keep `{address(part)}`")


def _column(column: Column) -> Json:
    return {
        "kind": column.kind.value,
        "scale": column.scale,
        "length": column.length,
        "codes": list(column.codes),
        "label": column.label,
        "description": column.description,
    }


def parts_of(desired: DesiredState) -> dict[str, Json]:
    """Return every part of a desired state as it stands after it was applied."""
    return {address(part): part_of(part) for part in _all(desired)}


def _all(desired: DesiredState) -> Iterator[Part]:
    yield from desired.columns
    for table in desired.tables:
        yield Table(table.name)
        yield from (ReasonRow(table.name, reason) for reason in table.rows)


def observed(parts: Mapping[str, Mapping[str, Any]], desired: DesiredState) -> ObservedState:
    """Return what stands of the desired parts."""
    columns = ((c, parts.get(address(c))) for c in desired.columns)
    tables = (table.name for table in desired.tables if f"table {table.name}" in parts)
    return ObservedState(
        tuple(_observed_column(column, part) for column, part in columns if part is not None),
        tuple(ObservedTable(name, tuple(_reasons(parts, name))) for name in tables),
    )


def _observed_column(column: Column, part: Mapping[str, Any]) -> ObservedColumn:
    return ObservedColumn(
        column.name,
        holds=frozenset({FieldKind(part["kind"])}),
        type_name=part["kind"],
        object=column.object,
        scale=part["scale"],
        length=part["length"],
        codes=tuple(part["codes"]),
        label=part["label"],
        description=part["description"],
    )


def _reasons(parts: Mapping[str, Mapping[str, Any]], table: str) -> Iterator[ObservedReason]:
    for place, part in parts.items():
        if place.startswith(f"row {table}["):
            reason = Reason(part["code"], part["label_de"], part["label_en"])
            yield ObservedReason(reason, part["active"])
