"""What a policy needs in a CRM, what the CRM has, and one change between the two, as data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, Literal, TypeAlias

from leadpolicy.crm.placement import Placement

Value: TypeAlias = str | int | bool | Decimal | datetime | None
Team: TypeAlias = Literal["marketing", "sales"]
Owner: TypeAlias = Literal["policy"] | Team
Property: TypeAlias = str | int | bool | tuple[str, ...] | None

LEAD: Final = "lead"
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")


class FieldKind(StrEnum):
    """The kind of value that a column holds."""

    TEXT = "text"
    WHOLE = "whole"
    NUMBER = "number"
    FLAG = "flag"
    MOMENT = "moment"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Column:
    """A field that the policy needs on an object of the CRM.

    `owner` says who writes it: a sync writes columns of the policy alone. `length` counts
    characters, `scale` counts decimals. A column that is not `compared` is written along with
    the others and is never itself a reason to write, like the time of the decision. A `bound`
    column is one of the CRM's own that a person named: it is used as it stands. With a `formula`,
    in the CRM's own language, the CRM computes the column and no sync writes it. A `key` column
    tells leads apart: whoever makes a lead writes it, and no sync does.
    """

    name: str
    kind: FieldKind
    owner: Owner = "policy"
    object: str = LEAD
    scale: int = 0
    length: int | None = None
    codes: tuple[str, ...] = ()
    label: str = ""
    description: str = ""
    compared: bool = True
    bound: bool = False
    formula: str | None = None
    key: bool = False

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"column name {self.name!r} is not 1 to 63 letters, digits and `_`")
        if not 0 <= self.scale <= 9:
            raise ValueError(f"scale {self.scale} of column `{self.name}` is not within 0 and 9")


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of the policy's list, with its German and English label.

    `marks` say what else the CRM has to know of the row, such as `basis consent`.
    """

    code: str
    label_de: str
    label_en: str
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReasonTable:
    """A lookup table of reasons that people choose from in the CRM."""

    name: str
    rows: tuple[Reason, ...] = ()

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"table name {self.name!r} is not 1 to 63 letters, digits and `_`")


class RuleKind(StrEnum):
    """What a native rule refuses."""

    CHECK = "check"
    TRANSITION = "transition"
    DEMAND = "demand"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that the CRM enforces itself; `body` is text in the CRM's own language.

    `part` names what it comes from in the policy, such as `transition reject`, several parts apart
    by commas; `message` is what a person reads whose change is refused.
    """

    name: str
    kind: RuleKind
    body: str
    part: str
    message: str = ""
    object: str = LEAD

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"rule name {self.name!r} is not 1 to 63 letters, digits and `_`")


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether a team may write a column that it may read."""

    team: Team
    column: str
    write: bool
    object: str = LEAD


@dataclass(frozen=True, slots=True)
class DesiredState:
    """Everything that one version of a policy needs in a CRM.

    `placements` says of every part of the policy where it is carried out, and why.
    """

    policy: str
    version: str
    content_hash: str
    columns: tuple[Column, ...] = ()
    tables: tuple[ReasonTable, ...] = ()
    rules: tuple[Rule, ...] = ()
    permissions: tuple[Permission, ...] = ()
    placements: tuple[Placement, ...] = ()

    def __post_init__(self) -> None:
        names = [(column.object, column.name.casefold()) for column in self.columns]
        _refuse_repeats("column", [".".join(name) for name in names])
        _refuse_repeats("table", [table.name.casefold() for table in self.tables])
        _refuse_repeats("rule", [rule.name.casefold() for rule in self.rules])
        _refuse_repeats("permission", [address(permission) for permission in self.permissions])
        for table in self.tables:
            _refuse_repeats("row", [f"{table.name}[{row.code}]" for row in table.rows])

    @property
    def written(self) -> tuple[Column, ...]:
        """The lead's columns that a sync writes."""
        mine = (c for c in self.columns if c.object == LEAD and c.owner == "policy")
        return tuple(column for column in mine if column.formula is None and not column.key)

    @property
    def feedback(self) -> tuple[Column, ...]:
        """The lead's columns that sales writes and a sync reads."""
        return tuple(c for c in self.columns if c.object == LEAD and c.owner == "sales")


def _refuse_repeats(what: str, names: list[str]) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"{what} `{repeated[0]}` is given twice")


@dataclass(frozen=True, slots=True)
class ObservedColumn:
    """A column that stands in the CRM under a name that the policy uses.

    `holds` names the kinds that fit into it and `type_name` is the CRM's own word for its type.
    A property that is None is not kept by this CRM, or not limited, and is never compared.
    """

    name: str
    holds: frozenset[FieldKind]
    type_name: str
    object: str = LEAD
    scale: int | None = None
    length: int | None = None
    codes: tuple[str, ...] | None = None
    label: str | None = None
    description: str | None = None
    formula: str | None = None


@dataclass(frozen=True, slots=True)
class ObservedReason:
    """A reason that stands in the CRM; an inactive one can no longer be chosen."""

    reason: Reason
    active: bool = True


@dataclass(frozen=True, slots=True)
class ObservedTable:
    """A reason table that stands in the CRM; `lacks` names columns it should have."""

    name: str
    rows: tuple[ObservedReason, ...] = ()
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ObservedState:
    """What the CRM has of the names that a desired state asks for.

    An observed rule has the body and message that stand, as far as the CRM gives them back.
    """

    columns: tuple[ObservedColumn, ...] = ()
    tables: tuple[ObservedTable, ...] = ()
    rules: tuple[Rule, ...] = ()
    permissions: tuple[Permission, ...] = ()


class Action(StrEnum):
    """What a change does to a part; nothing is destroyed unless a person allows it."""

    ADD = "add"
    CHANGE = "change"
    DEACTIVATE = "deactivate"
    DESTROY = "destroy"


@dataclass(frozen=True, slots=True)
class Table:
    """A reason table itself, apart from its rows."""

    table: str


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """One row of a reason table."""

    table: str
    reason: Reason


Part: TypeAlias = Column | ReasonRow | Table | Rule | Permission


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """One property of a part before and after a change."""

    name: str
    before: Property
    after: Property


@dataclass(frozen=True, slots=True)
class Change:
    """One change to one part, which can be applied again without harm."""

    action: Action
    part: Part
    properties: tuple[PropertyChange, ...] = ()


def address(part: Part) -> str:
    """Return the name of a part as plans and errors show it.

    >>> address(Column("lp_state", FieldKind.TEXT))
    'column lead.lp_state'
    """
    match part:
        case Column():
            return f"column {part.object}.{part.name}"
        case Table():
            return f"table {part.table}"
        case ReasonRow():
            return f"row {part.table}[{part.reason.code}]"
        case Rule():
            return f"rule {part.object}.{part.name}"
        case Permission():
            return f"permission {part.team}:{part.object}.{part.column}"
