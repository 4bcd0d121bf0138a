"""pydantic validates the lead, the readable Python function decides it."""

from typing import cast

from pydantic import BaseModel, ConfigDict

from benchmarks.oracle import decide as decide_in_python
from benchmarks.seed_policy import Answer, Decide, Lead

TITLE = "pydantic, then plain Python"
LEFT_TO_HOST = "the whole policy"


class _Lead(BaseModel):
    model_config = ConfigDict(strict=True)

    employees: int | None
    industry: str | None
    country: str | None
    job_title: str | None
    email: str | None
    revenue_meur: int | None
    downloads: int | None
    webinars: int | None
    demo_requests: int | None
    days_since_visit: int | None
    budget_confirmed: bool | None
    newsletter_consent: bool | None
    sales_opt_in: bool | None
    unsubscribed: bool | None


def build() -> Decide:
    """Return a decider that validates first."""
    validate = _Lead.model_validate

    def decide(lead: Lead) -> Answer:
        return decide_in_python(cast(Lead, vars(validate(lead))))

    return decide
