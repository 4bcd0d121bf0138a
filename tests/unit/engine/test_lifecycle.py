"""The way of a lead through the states."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from leadpolicy.engine.history import (
    Act,
    Cause,
    Event,
    LifecycleLoopError,
    Path,
    TransitionRefusedError,
)
from leadpolicy.engine.inputs import InputError
from leadpolicy.engine.lead_policy import LeadPolicy

ACCEPT = Act("accept", "sales", fields={"sales_feedback": "accepted"})


def causes(path: Path) -> list[tuple[str, Cause]]:
    """Return states with the causes of the steps into them."""
    return [(step.state, step.cause) for step in path.steps]


@pytest.fixture
def qualified(policy: LeadPolicy, sample: Any) -> Path:
    """A lead that has just become an MQL."""
    return policy.advance(None, **sample.facts())


def test_a_new_lead_starts_and_moves_on_by_itself(qualified: Path, sample: Any) -> None:
    assert causes(qualified) == [("lead", Cause.START), ("mql", Cause.AUTOMATIC)]
    assert (qualified.state, qualified.since) == ("mql", sample.AT)
    assert qualified.steps[-1].by == "system"


def test_where_nothing_happens_the_path_stays_the_same(
    policy: LeadPolicy, sample: Any, qualified: Path
) -> None:
    later = sample.AT + timedelta(days=1)
    assert policy.advance(qualified, **sample.facts(at=later)) is qualified


def test_an_act_moves_the_lead_and_is_recorded(
    policy: LeadPolicy, sample: Any, qualified: Path
) -> None:
    later = sample.AT + timedelta(hours=3)
    path = policy.advance(qualified, **sample.facts(at=later), act=ACCEPT)
    step = path.steps[-1]
    assert (step.state, step.cause, step.transition, step.by) == (
        "sql",
        Cause.ACT,
        "accept",
        "sales",
    )
    assert (step.at, step.fields) == (later, {"sales_feedback": "accepted"})
    assert step.policy == policy.content_hash
    assert path.steps[:-1] == qualified.steps


def test_a_withdrawn_consent_moves_the_lead_out_at_once(
    policy: LeadPolicy, sample: Any, qualified: Path
) -> None:
    path = policy.advance(qualified, **sample.facts(), act=ACCEPT)
    consents = {("newsletter", "email"): "granted", ("sales_contact", "email"): "withdrawn"}
    gone = policy.advance(path, **sample.facts(consents=consents))
    assert causes(gone)[-2:] == [("lead", Cause.EXIT), ("mql", Cause.AUTOMATIC)]


def test_an_exit_comes_before_the_act(policy: LeadPolicy, sample: Any, qualified: Path) -> None:
    with pytest.raises(TransitionRefusedError) as caught:
        policy.advance(qualified, **sample.facts(consents={}), act=ACCEPT)
    assert "the lead is in `lead`" in str(caught.value)
    assert causes(caught.value.path)[-1] == ("lead", Cause.EXIT)


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (Act("accept", "marketing", fields=ACCEPT.fields), "it takes `sales`, not `marketing`"),
        (Act("accept", "sales"), "`sales_feedback` is not filled"),
        (Act("win", "sales"), "it starts in `sql`, and the lead is in `mql`"),
        (Act("qualify", "sales"), "it is automatic"),
        (Act("acept", "sales"), "no such transition, did you mean `accept`?"),
        (
            Act("reject", "sales", fields={"rejection_reason": "no_need"}),
            "the lead must have been in `mql` for 1 hour",
        ),
    ],
)
def test_an_act_is_refused_with_the_reason(
    policy: LeadPolicy, sample: Any, qualified: Path, act: Act, reason: str
) -> None:
    with pytest.raises(TransitionRefusedError) as caught:
        policy.advance(qualified, **sample.facts(), act=act)
    assert reason in str(caught.value)
    assert caught.value.path == qualified


def test_a_guard_is_refused_with_what_is_unmet(
    policy: LeadPolicy, sample: Any, qualified: Path
) -> None:
    facts = sample.facts(lead={"budget_confirmed": None})
    with pytest.raises(TransitionRefusedError, match="budget_confirmed: undecided"):
        policy.advance(qualified, **facts, act=ACCEPT)


def test_all_reasons_of_a_refusal_are_told(
    policy: LeadPolicy, sample: Any, qualified: Path
) -> None:
    with pytest.raises(TransitionRefusedError) as caught:
        policy.advance(qualified, **sample.facts(), act=Act("accept", "marketing"))
    assert len(caught.value.reasons) == 2


def test_what_an_act_states_counts_for_its_guard(sample: Any) -> None:
    transitions = {
        **sample.DATA["transitions"],
        "win": {
            "title": "w",
            "from": ["lead"],
            "to": "won",
            "by": ["sales"],
            "when": "sales_feedback == 'accepted'",
        },
        "other": {"title": "o", "from": ["mql"], "to": "sql", "by": ["sales"]},
    }
    policy = sample.policy(transitions=transitions)
    start = policy.advance(None, {}, at=sample.AT)
    act = Act("win", "sales", fields={"sales_feedback": "accepted"})
    assert policy.advance(start, {}, at=sample.AT, act=act).state == "won"


def test_a_waiting_time_runs_from_the_entry(
    policy: LeadPolicy, sample: Any, qualified: Path
) -> None:
    act = Act("reject", "sales", fields={"rejection_reason": "no_need"})
    later = sample.AT + timedelta(hours=1)
    path = policy.advance(qualified, **sample.facts(at=later), act=act)
    assert causes(path)[-2:] == [("lead", Cause.ACT), ("mql", Cause.AUTOMATIC)]
    assert path.steps[-2].reason == "no_need"


def test_the_higher_priority_wins(policy: LeadPolicy, sample: Any) -> None:
    path = policy.advance(None, **sample.facts(lead={"blocked": True}))
    assert causes(path) == [("lead", Cause.START), ("disqualified", Cause.AUTOMATIC)]


def test_a_circle_of_automatic_transitions_is_an_error(sample: Any) -> None:
    transitions = {
        **sample.DATA["transitions"],
        "back": {"title": "b", "from": ["mql"], "to": "lead", "when": "employees >= 10"},
    }
    policy = sample.policy(transitions=transitions)
    with pytest.raises(LifecycleLoopError, match="`lead` → `mql` → `lead`"):
        policy.advance(None, **sample.facts())


def test_time_never_goes_back(policy: LeadPolicy, sample: Any, qualified: Path) -> None:
    with pytest.raises(ValueError, match="before the last step"):
        policy.advance(qualified, **sample.facts(at=sample.days_ago(1)))


def test_a_path_of_another_policy_is_refused(
    policy: LeadPolicy, sample: Any, qualified: Path
) -> None:
    data = qualified.to_dict()
    data["steps"][-1]["state"] = "mqll"  # type: ignore[index]
    with pytest.raises(ValueError, match=r"`mqll`.*did you mean `mql`"):
        policy.advance(Path.from_dict(data), **sample.facts())


def test_unknown_fields_of_an_act_are_refused(
    policy: LeadPolicy, sample: Any, qualified: Path
) -> None:
    with pytest.raises(InputError):
        policy.advance(qualified, **sample.facts(), act=Act("accept", "sales", None, {"x": 1}))


def test_a_path_survives_json(policy: LeadPolicy, sample: Any, qualified: Path) -> None:
    path = policy.advance(qualified, **sample.facts(), act=ACCEPT)
    assert Path.from_dict(json.loads(json.dumps(path.to_dict()))) == path


@pytest.mark.parametrize("data", [{}, {"steps": []}, {"steps": [{"state": "mql"}]}])
def test_what_is_no_path_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="path"):
        Path.from_dict(data)


def test_events_can_be_replayed_under_another_version(policy: LeadPolicy, sample: Any) -> None:
    facts = sample.facts()
    facts.pop("at")
    events = [
        Event(sample.AT, **facts),
        Event(sample.AT + timedelta(hours=2), **facts, act=ACCEPT),
    ]
    criteria = {**sample.DATA["criteria"]}
    criteria["sql_criteria"] = {"title": "SQL", "when": "employees >= 500 and budget_confirmed"}
    stricter = sample.policy(criteria=criteria)
    assert policy.replay(events).path.state == "sql"
    replay = stricter.replay(events)
    assert replay.path.state == "mql"
    assert [refusal.transition for refusal in replay.refused] == ["accept"]
    assert stricter.replay(events) == replay


def test_without_events_there_is_nothing_to_replay(policy: LeadPolicy) -> None:
    with pytest.raises(ValueError, match="no event"):
        policy.replay([])
