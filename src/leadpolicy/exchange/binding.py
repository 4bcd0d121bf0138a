"""The binding: which column holds which attribute, which label means which code, what is blank.

A binding is a small document of its own, so that the same policy fits files and CRMs that name
their columns differently. Without one, columns are expected to be named like the attributes.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    field_validator,
)

from leadpolicy.policy.checked import CheckedPolicy

Code: TypeAlias = StrictBool | StrictInt | Decimal | str | None


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BoundColumn(_Document):
    """A column; `codes` maps its labels to codes, and to null what is to be left out."""

    column: str = Field(min_length=1)
    codes: Mapping[str, Code] = Field(default_factory=dict)


def _short_form(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


Bound: TypeAlias = Annotated[BoundColumn, BeforeValidator(_short_form)]
"""A column with its labels, or its name alone."""


def _bound(column: str) -> Any:
    return Field(default=BoundColumn(column=column))


class LeadsBinding(_Document):
    """Where leads come from; `missing` lists the markers that mean *not answered*."""

    table: str = "leads"
    key: str = "id"
    missing: tuple[str, ...] = ("",)
    updated_at: str | None = Field(
        default=None, description="when the row was changed last, so that changes can be followed"
    )
    attributes: Mapping[str, Bound] | None = None
    columns: Mapping[str, str] = Field(
        default_factory=dict, description="own names for columns that the policy adds to a CRM"
    )


class SignalsBinding(_Document):
    """Where signals come from; the types that map to null are left out on purpose."""

    table: str = "signals"
    key: str | None = "id"
    lead: str = "lead_id"
    type: Bound = _bound("type")
    occurred_at: str = "occurred_at"
    recorded_at: str | None = None
    source: str | None = None
    properties: Mapping[str, str] = Field(default_factory=dict)


class ConsentsBinding(_Document):
    """Where consent events come from; the purposes that map to null are left out on purpose."""

    table: str = "consents"
    key: str | None = None
    lead: str = "lead_id"
    purpose: Bound = _bound("purpose")
    channel: Bound = _bound("channel")
    status: Bound = _bound("status")
    at: str = "at"
    recorded_at: str | None = Field(
        default=None, description="when the row was added, so that new rows can be followed"
    )
    source: str | None = None


class Options(BaseModel):
    """What a connector is told beside the binding; each has further options of its own.

    `native` says who computes what the CRM can: `synced` or false leaves all to the sync, `native`
    or true all to the CRM; with `both`, what it computes stands beside what a sync writes, and a
    flag tells whether they differ. `roles` names the CRM's own roles or groups of the two teams;
    where it is given, their rights on columns are set. Labels are in the language `lang`.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    native: StrictBool | Literal["synced", "native", "both"] = False
    lang: Literal["de", "en"] = "de"
    roles: Mapping[Literal["marketing", "sales"], str] = Field(default_factory=dict)


class Binding(_Document):
    """Where leads, signals and consent events come from.

    Moments without an offset are read in `timezone`; without it they are refused.
    """

    timezone: str | None = None
    leads: LeadsBinding = LeadsBinding()
    signals: SignalsBinding = SignalsBinding()
    consents: ConsentsBinding = ConsentsBinding()
    options: Options = Options()

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, value: str | None) -> str | None:
        try:
            return value if value is None else ZoneInfo(value).key
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"`{value}` is not an IANA time zone") from error

    def zone(self) -> ZoneInfo | None:
        """Return the time zone of moments without an offset."""
        return None if self.timezone is None else ZoneInfo(self.timezone)

    def attributes(self, policy: CheckedPolicy) -> Mapping[str, BoundColumn]:
        """Return the column of every attribute; by their own names where none is written."""
        if self.leads.attributes is not None:
            return self.leads.attributes
        return {name: BoundColumn(column=name) for name in policy.vocabulary.attributes}

    def named(self) -> frozenset[str]:
        """Return the attributes and columns of the policy that stand under a written name."""
        return frozenset((*self.leads.columns, *(self.leads.attributes or {})))

    def with_attributes(self, columns: Mapping[str, str], policy: CheckedPolicy) -> Binding:
        """Return the binding with columns for attributes that have none so far."""
        added = {name: BoundColumn(column=column) for name, column in columns.items()}
        leads = self.leads.model_copy(update={"attributes": added | dict(self.attributes(policy))})
        return self.model_copy(update={"leads": leads})

    def for_connector(self, policy: CheckedPolicy) -> dict[str, object]:
        """Return the binding as a connector takes it: what is not bound in writing is left out.

        A binding that was written names what the CRM has, so a section that it lacks is not there.
        """
        data = self.model_dump(exclude_none=True)
        data["leads"]["attributes"] = {
            name: bound.model_dump(exclude_defaults=True)
            for name, bound in self.attributes(policy).items()
        }
        data["leads"]["timezone"] = self.timezone
        if "key" not in self.signals.model_fields_set:
            data["signals"].pop("key", None)
        sections = self.model_fields_set & {"signals", "consents"}
        return {name: data[name] for name in ("leads", *sorted(sections))}


def default_binding() -> Binding:
    """Return the binding for data that is named like the policy names it."""
    return Binding(leads=LeadsBinding(), signals=SignalsBinding(), consents=ConsentsBinding())
