"""pydantic in strict mode: a model, and a type adapter on a TypedDict."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict

from benchmarks.seed_policy import Country, Industry
from benchmarks.validating import Read

Whole = Annotated[int, Field(ge=0)]


class LeadModel(BaseModel):
    """A lead as a pydantic model."""

    model_config = ConfigDict(strict=True)

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


@with_config(ConfigDict(strict=True))
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
    """Return the readers into a model and into a TypedDict."""
    return {
        "pydantic model": LeadModel.model_validate_json,
        "pydantic TypeAdapter, TypedDict": TypeAdapter(LeadDict).validate_json,
    }
