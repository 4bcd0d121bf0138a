"""The agreement: what both teams owe each other, within which time and in which volume."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, model_validator

from leadpolicy.policy.checked import OutputKind
from leadpolicy.policy.fields import (
    NOTHING,
    ConditionField,
    Duration,
    Key,
    Lang,
    MaybeWordingField,
    Name,
    Part,
    Path,
    Points,
    Role,
    Whole,
    WordingField,
)
from leadpolicy.policy.lowering import Lowering


class Duty(StrEnum):
    """What is owed."""

    FIRST_RESPONSE = "first_response"
    FEEDBACK = "feedback"
    VOLUME = "volume"


class Sla(Part):
    """One promise: a response or feedback within a time per lead, or a volume per month.

    `within` is elapsed time from the instant at which the lead entered the state.
    """

    title: WordingField
    owed_by: Role
    duty: Duty
    state: Key = Field(description="the state in which the promise holds or is counted")
    when: ConditionField | None = Field(
        default=None, description="for which leads; without it, for all"
    )
    within: Duration | None = None
    attempts: Whole | None = Field(default=None, ge=1, description="contact attempts owed")
    per_month: Whole | None = Field(
        default=None, ge=1, description="leads owed in a calendar month"
    )
    accepted_share: Points | None = Field(
        default=None, description="share of them that sales accepts"
    )
    source: MaybeWordingField = NOTHING

    @model_validator(mode="after")
    def _fits_its_duty(self) -> Sla:
        if (self.duty is Duty.VOLUME) != (self.per_month is not None):
            raise ValueError("`per_month` belongs to the duty volume, and only to it")
        if (self.duty is Duty.VOLUME) == (self.within is not None):
            raise ValueError("`within` belongs to the duties first_response and feedback")
        return self

    def lower(self, name: str, into: Lowering, path: Path) -> None:
        """Add the condition of the promise."""
        into.state_exists(self.state, (*path, "state"))
        if self.when is not None:
            into.condition(f"sla.{name}", self.when, (*path, "when"), OutputKind.SLA)

    def describe(self, lang: Lang) -> str:
        """Return the promise's title."""
        return self.title.text(lang)


class Feedback(Part):
    """The feedback that sales owes for every lead: a verdict and, when rejected, a reason."""

    owed_by: Role = Role.SALES
    verdict: Name = Field(description="the choice attribute that holds the verdict")
    accepted: str = "accepted"
    rejected: str = "rejected"
    reason: Name = Field(description="the choice attribute that holds the reason")
    within: Duration
    state: Key = Field(description="the state whose leads are owed feedback")
    source: MaybeWordingField = NOTHING
