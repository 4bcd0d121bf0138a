"""Governance: who owns the policy, who decides, who may change it and when it is reviewed."""

from __future__ import annotations

from pydantic import Field

from leadpolicy.policy.fields import NOTHING, Day, MaybeWordingField, Part, Role


class Governance(Part):
    """Who answers for the policy; a review after `review_by` is overdue."""

    owner: Role
    sales_ready_decided_by: tuple[Role, ...] = Field(min_length=1)
    may_change: tuple[Role, ...] = Field(min_length=1)
    review_by: Day
    source: MaybeWordingField = NOTHING
