"""msgspec: types with constraints, checked while the bytes are parsed."""

from typing import Annotated, TypedDict

import msgspec

from benchmarks.seed_policy import Country, Industry
from benchmarks.validating import Read

Whole = Annotated[int, msgspec.Meta(ge=0)]


class LeadStruct(msgspec.Struct):
    """A lead as a msgspec Struct."""

    employees: Whole | None
    industry: Industry | None
    country: Country | None
    job_title: str | None
    email: str | None
    revenue_meur: Whole | None
    downloads: Whole | None
    webinars: Whole | None
    demo_requests: Whole | None
    days_since_visit: Whole | None
    budget_confirmed: bool | None
    newsletter_consent: bool | None
    sales_opt_in: bool | None
    unsubscribed: bool | None


class LeadDict(TypedDict):
    """A lead as a plain dict."""

    employees: Whole | None
    industry: Industry | None
    country: Country | None
    job_title: str | None
    email: str | None
    revenue_meur: Whole | None
    downloads: Whole | None
    webinars: Whole | None
    demo_requests: Whole | None
    days_since_visit: Whole | None
    budget_confirmed: bool | None
    newsletter_consent: bool | None
    sales_opt_in: bool | None
    unsubscribed: bool | None


def validators() -> dict[str, Read]:
    """Return the readers into a Struct and into a TypedDict, in one step and in two."""
    read_json = msgspec.json.Decoder().decode
    convert = msgspec.convert
    return {
        "msgspec Struct": msgspec.json.Decoder(LeadStruct).decode,
        "msgspec TypedDict": msgspec.json.Decoder(LeadDict).decode,
        "msgspec JSON, then convert to Struct": lambda data: convert(read_json(data), LeadStruct),
        "msgspec JSON, then convert to TypedDict": lambda data: convert(read_json(data), LeadDict),
    }
