"""Checks of a lowered policy: each one function, all run, every finding reported."""

from __future__ import annotations

from leadpolicy.policy.checks import evidence, holes, lifecycle, rights
from leadpolicy.policy.checks.draft import Check, Draft

CHECKS: tuple[Check, ...] = (
    rights.gates_of_signals_exist,
    holes.feedback_can_be_given,
    lifecycle.every_state_can_be_reached,
    lifecycle.nothing_moves_in_circles,
    lifecycle.initial_state_is_free,
    evidence.exploratory_signals_alone_reach_no_sales_stage,
    evidence.sales_stages_rest_on_a_gate,
    rights.exercising_a_right_costs_no_points,
    rights.tracking_signals_have_their_gate,
    rights.special_categories_are_not_judged,
    rights.consent_is_gate_or_points,
    holes.every_size_has_a_way_on,
    holes.every_rating_is_answered,
    holes.review_is_not_overdue,
)

__all__ = ["CHECKS", "Check", "Draft"]
