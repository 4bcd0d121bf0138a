"""Value types, and the vocabulary that gives every name of an expression its type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

Scalar: TypeAlias = bool | int | Decimal | str | date | datetime
"""A value that a literal can have; instants are aware and in UTC."""

Value: TypeAlias = Scalar | frozenset[str]
"""A value that a fact can have; None stands for *unknown* wherever `Value | None` is written."""


class Kind(StrEnum):
    """The eight kinds of values."""

    FLAG = "flag"
    WHOLE = "whole"
    NUMBER = "number"
    TEXT = "text"
    CHOICE = "choice"
    CHOICES = "choices"
    DAY = "day"
    MOMENT = "moment"


NUMERIC = frozenset({Kind.WHOLE, Kind.NUMBER})
TEXTUAL = frozenset({Kind.TEXT, Kind.CHOICE})


@dataclass(frozen=True, slots=True)
class ValueType:
    """What is known about a value before it is seen; `codes` run from lowest to highest."""

    kind: Kind
    unit: str | None = None
    codes: tuple[str, ...] = ()
    ordered: bool = False
    nullable: bool = True

    def __str__(self) -> str:
        unit = f" in {self.unit}" if self.unit else ""
        return f"{self.kind.value}{unit}"


CONSENT_STATUSES = (
    "requested",
    "granted",
    "confirmed",
    "refused",
    "withdrawn",
    "objected",
    "expired",
)
"""What the last event about a purpose and a channel said; `confirmed` is a double opt-in."""

CONSENT_TYPE = ValueType(Kind.CHOICE, codes=CONSENT_STATUSES)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Every name that an expression may use, with its type."""

    attributes: Mapping[str, ValueType] = field(default_factory=dict)
    outputs: Mapping[str, ValueType] = field(default_factory=dict)
    signals: Mapping[str, Mapping[str, ValueType]] = field(default_factory=dict)
    lists: frozenset[str] = frozenset()
    purposes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Purpose → the channels on which consent for it can be asked."""
