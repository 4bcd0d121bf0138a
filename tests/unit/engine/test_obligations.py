"""What is owed to a lead, by whom and by when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.policy.sla import Duty


def test_a_promise_holds_from_the_entry_into_its_state(policy: LeadPolicy, sample: Any) -> None:
    since = sample.AT - timedelta(hours=2)
    response, feedback = sample.decide(policy, since=since).obligations
    assert (response.name, response.duty, response.owed_by) == (
        "first_response",
        Duty.FIRST_RESPONSE,
        "sales",
    )
    assert (response.since, response.due) == (since, since + timedelta(hours=24))
    assert (response.overdue, response.attempts) == (False, 3)
    assert (feedback.name, feedback.duty) == ("feedback", Duty.FEEDBACK)


def test_a_promise_is_overdue_from_the_instant_it_is_due(policy: LeadPolicy, sample: Any) -> None:
    day = timedelta(hours=24)
    late = sample.decide(policy, since=sample.AT - day)
    just = sample.decide(policy, since=sample.AT - day + timedelta(microseconds=1))
    assert all(item.overdue for item in late.obligations)
    assert not any(item.overdue for item in just.obligations)


def test_without_an_entry_instant_the_decision_is_the_start(
    policy: LeadPolicy, sample: Any
) -> None:
    assert {item.since for item in sample.decide(policy).obligations} == {sample.AT}


def test_a_promise_holds_only_for_the_leads_it_names(policy: LeadPolicy, sample: Any) -> None:
    lead = {"employees": 60, "industry": "machinery"}
    signals = [*sample.downloads(5, 20, 40), *sample.READY_SIGNALS[-1:]]
    signals[-1] = type(signals[-1])("demo_request", sample.days_ago(40))
    decision = sample.decide(policy, lead=lead, signals=signals)
    assert decision.rating == "A2"
    assert [item.name for item in decision.obligations] == ["feedback"]


def test_given_feedback_is_owed_no_more(policy: LeadPolicy, sample: Any) -> None:
    def owed(**lead: Any) -> list[str]:
        return [item.name for item in sample.decide(policy, lead=lead).obligations]

    assert owed(sales_feedback="accepted") == ["first_response"]
    assert owed(sales_feedback="rejected") == ["first_response", "feedback"]
    assert owed(sales_feedback="rejected", rejection_reason="no_need") == ["first_response"]


def test_other_states_are_owed_nothing(policy: LeadPolicy, sample: Any) -> None:
    assert policy.decide({}, at=sample.AT).obligations == ()


def test_a_due_date_stays_inside_the_calendar(policy: LeadPolicy, sample: Any) -> None:
    end = datetime(9999, 12, 29, 12, tzinfo=UTC)
    states = {name: dict(state) for name, state in sample.DATA["states"].items()}
    states["sql"]["entry"] = "budget_confirmed"
    odd = sample.policy(states=states)
    decision = odd.decide({"budget_confirmed": True}, at=end, since=end)
    assert all(item.due > end for item in decision.obligations)
    assert decision.explain("de")


def test_obligations_are_data(policy: LeadPolicy, sample: Any) -> None:
    assert sample.decide(policy).obligations[0].to_dict() == {
        "name": "first_response",
        "duty": "first_response",
        "owed_by": "sales",
        "within": "1 day",
        "since": "2026-11-02T09:00:00Z",
        "due": "2026-11-03T09:00:00Z",
        "overdue": False,
        "attempts": 3,
    }
