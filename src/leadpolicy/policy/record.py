"""The record: which attributes a lead has, what they mean and where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal, Protocol, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from leadpolicy.expr.types import Kind, ValueType
from leadpolicy.policy.fields import (
    NOTHING,
    Accepts,
    Code,
    Flag,
    Key,
    MaybeWordingField,
    Name,
    Part,
    Role,
    Whole,
    Wording,
    WordingField,
)


class Evidence(StrEnum):
    """How something came to be known: activity, stated intent, company facts, or by sales."""

    BEHAVIOURAL = "behavioural"
    DECLARATIVE = "declarative"
    FIRMOGRAPHIC = "firmographic"
    VALIDATED = "validated"


class PersonalData(StrEnum):
    """How close a value is to a person; special categories (Art. 9 GDPR) are never scored."""

    NONE = "none"
    BUSINESS = "business"
    CONTACT = "contact"
    SPECIAL = "special"


def _missing(value: object) -> object:
    """Take the `false` of a document, which YAML reads as a flag, for the word."""
    return "false" if value is False else value


Missing: TypeAlias = Annotated[
    Literal["unknown", "false"],
    BeforeValidator(_missing),
    WithJsonSchema({"enum": ["unknown", "false", False]}),
]


class AttributeSpec(Part):
    """One attribute: its type, unit and codes, its evidence, owner and personal-data class."""

    type: Kind
    title: WordingField
    description: MaybeWordingField = NOTHING
    unit: str | None = Field(default=None, min_length=1, max_length=32)
    codes: Mapping[Code, Wording] = Field(default_factory=dict)
    ordered: Flag = Field(default=False, description="the codes run from lowest to highest")
    decimals: Whole = Field(default=2, ge=0, le=9, description="decimal places of a number")
    evidence: Evidence = Evidence.FIRMOGRAPHIC
    owner: Role = Role.MARKETING
    personal: PersonalData = PersonalData.NONE
    missing: Missing = Field(
        default="unknown", description="what a missing flag means; everything else is unknown"
    )

    @model_validator(mode="after")
    def _fits_its_type(self) -> AttributeSpec:
        if (self.type in {Kind.CHOICE, Kind.CHOICES}) != bool(self.codes):
            raise ValueError("`codes` belong to the types choice and choices, and only to them")
        if self.missing == "false" and self.type is not Kind.FLAG:
            raise ValueError("`missing: false` belongs to flags")
        if self.unit and self.type not in {Kind.WHOLE, Kind.NUMBER}:
            raise ValueError("`unit` belongs to the types whole and number")
        if self.ordered and self.type is not Kind.CHOICE:
            raise ValueError("`ordered` belongs to the type choice")
        return self

    def value_type(self) -> ValueType:
        """Return the type that expressions see."""
        return ValueType(
            self.type,
            unit=self.unit,
            codes=tuple(self.codes),
            ordered=self.ordered,
            nullable=self.missing == "unknown",
        )


class Declares(Protocol):
    """Something that declares an attribute in Python."""

    @property
    def spec(self) -> AttributeSpec:
        """The attribute that it declares."""


def _declared(value: object) -> object:
    spec = getattr(value, "spec", None)
    return spec if isinstance(spec, AttributeSpec) else value


Properties: TypeAlias = Accepts[
    Mapping[Name, Annotated[AttributeSpec, BeforeValidator(_declared)]],
    Mapping[str, AttributeSpec | Declares],
]
"""Attributes by name, as specifications or as Python declares them."""


def no_properties() -> Any:
    """Return what `Properties` hold where none are given."""
    return {}


class RecordSpec(Part):
    """What a lead is made of."""

    name: Key = "lead"
    title: MaybeWordingField = NOTHING
    attributes: Mapping[Name, AttributeSpec] = Field(min_length=1)

    def value_types(self) -> dict[str, ValueType]:
        """Return the type of every attribute."""
        return {name: spec.value_type() for name, spec in self.attributes.items()}
