"""What a formula is made of, what it works on, and how it fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

Value: TypeAlias = bool | str | Decimal | date | datetime | None
"""What a formula works with: numbers are decimals, moments aware, blanks None."""

FieldKind: TypeAlias = Literal[
    "text",
    "picklist",
    "multipicklist",
    "number",
    "percent",
    "checkbox",
    "date",
    "datetime",
    "id",
]
Where: TypeAlias = Literal["field", "rule"]
ResultType: TypeAlias = Literal["text", "number", "boolean", "date", "datetime", "null"]
Type: TypeAlias = Literal[ResultType, "picklist", "multipicklist"]

TYPE_OF: Final[Mapping[FieldKind, Type]] = {
    "text": "text",
    "id": "text",
    "picklist": "picklist",
    "multipicklist": "multipicklist",
    "number": "number",
    "percent": "number",
    "checkbox": "boolean",
    "date": "date",
    "datetime": "datetime",
}


class FormulaError(Exception):
    """A formula cannot be saved; `position` counts the characters before the fault."""

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


class EvaluationError(FormulaError):
    """A formula has no value for a record, such as a division by zero: `#Error!` on a page."""


@dataclass(frozen=True, slots=True)
class Written:
    """A value that is written in the formula."""

    value: Value
    type: Type
    position: int


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the record, or of a record that it points to, spelled as in the formula."""

    name: str
    position: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function, its name in capitals; `-` with one argument is the sign."""

    name: str
    arguments: tuple[Node, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Chain:
    """Operands with operators of one rank between them, worked off from the left."""

    first: Node
    rest: tuple[tuple[str, Node, int], ...]
    position: int


Node: TypeAlias = Written | Field | Call | Chain


@dataclass(frozen=True)
class Formula:
    """A formula that was read; `references` names its fields as they are spelled in it."""

    text: str
    root: Node
    references: frozenset[str]
    built: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass
class Scope:
    """The record that a formula looks at.

    Names of fields are found whatever their case. `prior` has the values before an update, None
    says that the record is new. `now` is aware, and `zone` that of the user for whom `TODAY` is
    today. `blanks_as_zero` reads blank numbers as zero.
    """

    values: Mapping[str, Value]
    kinds: Mapping[str, FieldKind]
    prior: Mapping[str, Value] | None
    now: datetime
    zone: ZoneInfo
    blanks_as_zero: bool = False
    _folded: dict[int, dict[str, Any]] = field(default_factory=dict, init=False, repr=False)

    def value(self, name: str) -> Value:
        """Return the value of a field, None where it is blank."""
        found: Value = self._found(self.values, name)
        return found

    def before(self, name: str) -> Value:
        """Return the value that a field had; a new record had what it has."""
        found: Value = self._found(self.values if self.prior is None else self.prior, name)
        return found

    def kind(self, name: str) -> FieldKind | None:
        """Return the kind of a field, None where there is no such field."""
        found: FieldKind | None = self._found(self.kinds, name)
        return found

    def _found(self, items: Mapping[str, Any], name: str) -> Any:
        try:
            return items[name]
        except KeyError:
            folded = self._folded.get(id(items))
            if folded is None:
                folded = self._folded[id(items)] = {key.lower(): items[key] for key in items}
            return folded.get(name.lower())
