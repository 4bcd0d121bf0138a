"""What a query is made of, as written; `at` is where a word begins in the text, from 0."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a field, with the way to it: `Owner.Name`."""

    path: str
    at: int


@dataclass(frozen=True, slots=True)
class Function:
    """A function of fields, such as `COUNT(Id)` or `toLabel(Status)`; its name is in upper case."""

    name: str
    arguments: tuple[Operand, ...]
    at: int


Operand: TypeAlias = Name | Function
Scalar: TypeAlias = bool | str | Decimal | date | datetime | None


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that is written out."""

    value: Scalar
    at: int


@dataclass(frozen=True, slots=True)
class Span:
    """A date literal such as `TODAY` or `LAST_N_DAYS:30`; its word is in upper case."""

    word: str
    count: int
    at: int


Given: TypeAlias = Literal | Span


@dataclass(frozen=True, slots=True)
class Comparison:
    """An operand against one value; `operator` is `=`, `!=`, `<`, `<=`, `>`, `>=` or `like`."""

    left: Operand
    operator: str
    right: Given


@dataclass(frozen=True, slots=True)
class Membership:
    """An operand against several values; `operator` is `in`, `not in`, `includes`, `excludes`."""

    left: Operand
    operator: str
    right: tuple[Given, ...] | Query


@dataclass(frozen=True, slots=True)
class Every:
    """True when all parts are."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """True when a part is."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """True when the part is not."""

    part: Condition


Condition: TypeAlias = Comparison | Membership | Every | Some | Not


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is selected."""

    what: Operand | Query
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Sort:
    """One key of the order; blanks come first unless said otherwise."""

    key: Operand
    descending: bool = False
    blanks_last: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query, or one within another."""

    items: tuple[Item, ...]
    source: Name
    alias: str | None = None
    where: Condition | None = None
    group: tuple[Operand, ...] = ()
    having: Condition | None = None
    order: tuple[Sort, ...] = ()
    limit: int | None = None
    offset: int = 0
    all_rows: bool = False
