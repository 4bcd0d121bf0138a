"""Parts under their addresses: what is wanted, what stands, and both as data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from leadpolicy.crm.capabilities import PartKind
from leadpolicy.crm.state import (
    Column,
    DesiredState,
    ObservedColumn,
    ObservedReason,
    ObservedState,
    ObservedTable,
    Part,
    Permission,
    Property,
    ReasonRow,
    ReasonTable,
    Rule,
    Table,
    address,
)

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Properties: TypeAlias = Mapping[str, Property]

_KINDS: Final[Mapping[type, PartKind]] = {
    Column: PartKind.COLUMN,
    Table: PartKind.TABLE,
    ReasonRow: PartKind.REASON,
    Rule: PartKind.RULE,
    Permission: PartKind.PERMISSION,
}
_CLASSES: Final = {kind.value: part for part, kind in _KINDS.items()}


@dataclass(frozen=True, slots=True)
class Found:
    """A part that stands in the CRM; `column` and `table` have it as it was observed."""

    properties: Properties
    column: ObservedColumn | None = None
    table: ObservedTable | None = None
    part: Part | None = None


def kind_of(part: Part) -> PartKind:
    """Return the kind of a part.

    >>> kind_of(Table("lp_reasons")).value
    'table'
    """
    return _KINDS[type(part)]


def wanted_parts(desired: DesiredState) -> Iterator[Part]:
    """Yield every part that is wanted; columns that others are computed from come first."""
    yield from sorted(desired.columns, key=lambda column: column.formula is not None)
    for table in desired.tables:
        yield Table(table.name)
        yield from (ReasonRow(table.name, reason) for reason in table.rows)
    yield from desired.rules
    yield from desired.permissions


def looked_after(part: Part) -> Properties:
    """Return the properties that a plan brings about, as the part wants them."""
    match part:
        case Column():
            names = ("label", "description", "codes", "formula")
            return {name: getattr(part, name) for name in names}
        case Table():
            return {}
        case ReasonRow(_, reason):
            return _of_reason(ObservedReason(reason))
        case Rule():
            return {"kind": part.kind.value, "body": part.body, "message": part.message}
        case Permission():
            return {"write": part.write}


def standing_parts(observed: ObservedState) -> dict[str, Found]:
    """Return everything that was observed, by address."""
    found: dict[str, Found] = {}
    for column in observed.columns:
        found[f"column {column.object}.{column.name}"] = Found(_of_column(column), column=column)
    for table in observed.tables:
        found[address(Table(table.name))] = Found({"lacks": table.lacks}, table=table)
        for row in table.rows:
            part = ReasonRow(table.name, row.reason)
            found[address(part)] = Found(_of_reason(row), part=part)
    for rule in observed.rules:
        found[address(rule)] = Found(_of_rule(rule), part=rule)
    for permission in observed.permissions:
        found[address(permission)] = Found(looked_after(permission), part=permission)
    return found


def _of_column(column: ObservedColumn) -> Properties:
    names = ("type_name", "length", "scale", "label", "description", "codes", "formula")
    holds = tuple(sorted(kind.value for kind in column.holds))
    return {"holds": holds, **{name: getattr(column, name) for name in names}}


def _of_reason(row: ObservedReason) -> Properties:
    reason = row.reason
    properties: dict[str, Property] = {"label_de": reason.label_de, "label_en": reason.label_en}
    return {**properties, "marks": reason.marks, "active": row.active}


def _of_rule(rule: Rule) -> Properties:
    """Return what stands of a rule; a body that the CRM does not give back is not kept."""
    return {**looked_after(rule), "body": rule.body or None}


def scope(desired: DesiredState, parts: Iterable[Part]) -> DesiredState:
    """Return the desired state with further parts, so that they are observed along with it."""
    known = {address(part).casefold() for part in wanted_parts(desired)}
    more = [part for part in parts if address(part).casefold() not in known]
    names = [part.table for part in more if isinstance(part, Table)]
    rows = [part for part in more if isinstance(part, ReasonRow)]
    return replace(
        desired,
        columns=(*desired.columns, *(part for part in more if isinstance(part, Column))),
        tables=tuple(_with(rows, table) for table in (*desired.tables, *map(ReasonTable, names))),
        rules=(*desired.rules, *(part for part in more if isinstance(part, Rule))),
        permissions=(
            *desired.permissions,
            *(part for part in more if isinstance(part, Permission)),
        ),
    )


def _with(rows: Iterable[ReasonRow], table: ReasonTable) -> ReasonTable:
    further = (row.reason for row in rows if row.table == table.name)
    return replace(table, rows=(*table.rows, *further))


def fingerprint(observed: ObservedState) -> str:
    """Return a digest of everything that was observed, in whatever order."""
    return digest({name: found.properties for name, found in standing_parts(observed).items()})


def state_hash(observed: ObservedState, desired: DesiredState) -> str:
    """Return a digest of what people meet in the CRM of a desired state.

    Reasons that cannot be chosen any more are as good as gone.
    """
    standing = standing_parts(observed)
    names = {address(part) for part in wanted_parts(desired)}
    for table in desired.tables:
        names |= {name for name in standing if name.startswith(f"row {table.name}[")}
    shown = {name: standing[name].properties for name in names & standing.keys()}
    return digest({name: had for name, had in shown.items() if had.get("active", True)})


def digest(data: object) -> str:
    """Return the SHA-256 of JSON-ready data in its canonical form."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def to_data(part: Part) -> dict[str, Any]:
    """Return a part as JSON-ready data under the name of its kind."""
    return {kind_of(part).value: json.loads(json.dumps(asdict(part)))}


def from_data(data: Mapping[str, Any]) -> Part:
    """Return the part that `to_data` wrote; raises ValueError for anything else."""
    if len(data) != 1 or not data.keys() <= _CLASSES.keys():
        raise ValueError(f"{sorted(data)!r:.80} is no part")
    ((kind, fields),) = data.items()
    part: Part = _adapter(kind).validate_python(fields)
    return part


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(_CLASSES[kind])
