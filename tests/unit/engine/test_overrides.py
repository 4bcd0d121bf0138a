"""Overrides stand beside what was computed, and open nothing that is closed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.engine.overrides import Override, Standing


def test_an_override_stands_beside_the_computed_state(policy: LeadPolicy, sample: Any) -> None:
    override = Override("state", "mql", "sales", "not before January")
    decision = sample.decide(policy, overrides=[override])
    assert (decision.state, decision.effective_state) == ("sql", "mql")
    (result,) = decision.overrides
    assert (result.standing, result.computed) == (Standing.IN_FORCE, "sql")
    assert decision.obligations == ()


def test_an_override_of_an_output_leaves_the_output_alone(policy: LeadPolicy, sample: Any) -> None:
    override = Override("fit_grade", "A", "sales", "visited the plant")
    decision = policy.decide({}, at=sample.AT, overrides=[override])
    assert decision.grades["fit_grade"] == "D"
    assert decision.effective == {"fit_grade": "A"}


def test_no_override_opens_a_closed_gate(policy: LeadPolicy, sample: Any) -> None:
    override = Override("state", "sql", "sales", "they called us")
    consents = {("newsletter", "email"): "granted", ("sales_contact", "email"): "withdrawn"}
    decision = sample.decide(policy, consents=consents, overrides=[override])
    assert (decision.state, decision.effective_state) == ("mql", "mql")
    (result,) = decision.overrides
    assert result.standing is Standing.FALLEN_BACK
    assert result.blocked_by == ("state.sql.stay", "sales_open")


def test_a_gate_of_the_entry_counts_where_nothing_must_stay_true(sample: Any) -> None:
    states = {**sample.DATA["states"]}
    states["mql"] = {**states["mql"], "stay": None, "exit_to": None}
    policy = sample.policy(states=states)
    override = Override("state", "mql", "sales", "a hunch")
    closed = policy.decide({}, at=sample.AT, overrides=[override])
    opened = policy.decide(
        {}, consents={("newsletter", "email"): "granted"}, at=sample.AT, overrides=[override]
    )
    assert (closed.effective_state, opened.effective_state) == ("lead", "mql")
    assert closed.overrides[0].blocked_by == ("newsletter_open",)


def test_an_override_is_over_at_its_end(policy: LeadPolicy, sample: Any) -> None:
    override = Override("state", "mql", "sales", "on holiday", sample.AT)
    before = sample.decide(policy, at=sample.AT - timedelta(seconds=1), overrides=[override])
    after = sample.decide(policy, overrides=[override])
    assert (before.effective_state, after.effective_state) == ("mql", "sql")
    assert after.overrides[0].standing is Standing.EXPIRED


def test_of_several_overrides_the_last_in_force_counts(policy: LeadPolicy, sample: Any) -> None:
    overrides = [
        Override("state", "lead", "sales", "first"),
        Override("state", "mql", "sales", "second"),
        Override("state", "lead", "sales", "third", sample.AT),
    ]
    decision = sample.decide(policy, overrides=overrides)
    assert decision.effective_state == "mql"
    assert [item.standing for item in decision.overrides] == [
        Standing.REPLACED,
        Standing.IN_FORCE,
        Standing.EXPIRED,
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("state", "mql", "sales", "  "), "needs a reason"),
        (("state", "mql", "sails", "why"), r"`sails` is not a role: did you mean `sales`\?"),
        (("state", "mql", "sales", "why", datetime(2026, 1, 1)), "`until` needs an instant"),
    ],
)
def test_an_override_without_reason_role_or_time_zone_is_refused(
    arguments: tuple[Any, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Override(*arguments)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (Override("state", "mql", "marketing", "why"), "`marketing` may not override `state`"),
        (Override("state", "mqll", "sales", "why"), "`mqll` is not a value of `state`"),
        (Override("sales_open", True, "sales", "why"), "`sales_open` cannot be overridden"),
        (Override("fit", "A", "sales", "why"), "an override of `fit` needs a whole"),
        (Override("fit", True, "sales", "why"), "an override of `fit` needs a whole"),
        (Override("mql_criteria", 1, "sales", "why"), "an override of `mql_criteria` needs a flag"),
        (Override("rating", "Z9", "sales", "why"), "`Z9` is not a value of `rating`"),
    ],
)
def test_an_override_that_the_policy_does_not_allow_is_refused(
    policy: LeadPolicy, sample: Any, override: Override, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        policy.decide({}, at=sample.AT, overrides=[override])


def test_overrides_are_data(policy: LeadPolicy, sample: Any) -> None:
    override = Override("state", "mql", "sales", "not before January")
    assert sample.decide(policy, overrides=[override]).to_dict()["overrides"] == [
        {
            "of": "state",
            "value": "mql",
            "by": "sales",
            "reason": "not before January",
            "until": None,
            "standing": "in_force",
            "computed": "sql",
            "blocked_by": [],
        }
    ]
