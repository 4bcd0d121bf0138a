"""One decision: the result, what comes with it, and what it refuses."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from leadpolicy.engine.decision import Decision
from leadpolicy.engine.inputs import ConsentEvent, InputError
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.engine.verdict import Verdict
from leadpolicy.expr.facts import Signal


@pytest.fixture
def ready(policy: LeadPolicy, sample: Any) -> Decision:
    """A lead that is ready for sales."""
    decision: Decision = sample.decide(policy)
    return decision


def test_a_decision_holds_everything_at_once(ready: Decision) -> None:
    assert ready.state == "sql"
    assert ready.eligible == ("lead", "mql", "sql")
    assert dict(ready.scores) == {"fit": 70, "engagement": 80}
    assert dict(ready.grades) == {"fit_grade": "A", "engagement_grade": "1"}
    assert ready.rating == "A1"
    assert [item.line for item in ready.fired] == ["size", "target_industry", "downloads", "demo"]
    assert repr(ready) == "<Decision sql A1 by sample 1.0>"


def test_lines_sum_to_the_scores(ready: Decision) -> None:
    for name, score in ready.scores.items():
        assert sum(line.points for line in ready.lines if line.score == name) == score


def test_criteria_show_verdict_and_values_seen(policy: LeadPolicy, sample: Any) -> None:
    criteria = policy.decide({"employees": 30, "industry": "other"}, at=sample.AT).criteria
    sql = criteria["sql_criteria"]
    assert sql.verdict is Verdict.NOT_MET
    assert sql.seen["employees"] == 30
    assert sql.seen["any('demo_request', within=days(180))"] is False
    assert sql.missing == ("budget_confirmed",)
    assert criteria["dormant"].verdict is Verdict.UNDECIDED
    assert list(criteria) == ["mql_criteria", "sql_criteria", "dormant"]


def test_gates_without_a_record_are_undecided(ready: Decision) -> None:
    assert dict(ready.gates) == {
        "newsletter_open": Verdict.MET,
        "sales_open": Verdict.MET,
        "tracking_open": Verdict.UNDECIDED,
    }


def test_signals_without_permission_are_left_out_and_listed(
    policy: LeadPolicy, sample: Any
) -> None:
    click = Signal("newsletter_click", sample.AT - timedelta(days=1))
    decision = policy.decide({}, signals=[click], at=sample.AT)
    assert decision.scores["engagement"] == 0
    (ignored,) = decision.ignored
    assert ignored.signal == click
    assert ignored.gate == "tracking_open"


def test_undecided_rules_are_listed_with_the_facts_to_ask_for(
    policy: LeadPolicy, sample: Any
) -> None:
    decision = policy.decide({"employees": 60}, at=sample.AT)
    found = {(rule.score, rule.line): rule.missing for rule in decision.undecided}
    assert found == {
        ("fit", "target_industry"): ("industry",),
        ("fit", "freemail"): ("email",),
        ("fit", "intern"): ("job_title",),
    }


def test_a_decision_names_its_policy_and_inputs(policy: LeadPolicy, ready: Decision) -> None:
    assert (ready.policy, ready.version) == ("sample", "1.0")
    assert ready.content_hash == policy.content_hash
    assert len(ready.inputs_digest) == 64


def test_the_inputs_digest_does_not_depend_on_order(policy: LeadPolicy, sample: Any) -> None:
    again = policy.decide(
        dict(reversed(sample.READY_LEAD.items())),
        signals=list(reversed(sample.READY_SIGNALS)),
        consents=dict(reversed(sample.READY_CONSENTS.items())),
        at=sample.AT,
    )
    assert again.inputs_digest == sample.decide(policy).inputs_digest


@pytest.mark.parametrize(
    "change",
    [
        {"lead": {"employees": 61}},
        {"at": datetime(2026, 11, 2, 9, 0, 1, tzinfo=UTC)},
        {"signals": []},
        {"consents": {}},
    ],
)
def test_the_inputs_digest_tells_facts_apart(
    policy: LeadPolicy, sample: Any, change: dict[str, Any]
) -> None:
    assert sample.decide(policy, **change).inputs_digest != sample.decide(policy).inputs_digest


def test_facts_that_were_not_used_leave_the_digest_alone(policy: LeadPolicy, sample: Any) -> None:
    late = Signal("demo_request", sample.AT + timedelta(days=1))
    signals = [*sample.READY_SIGNALS, late]
    later = sample.decide(policy, signals=signals)
    assert later.inputs_digest == sample.decide(policy).inputs_digest
    assert [item.signal for item in later.ignored] == [late]


def test_data_is_ready_for_json_and_keeps_its_keys(ready: Decision) -> None:
    data = ready.to_dict()
    assert json.loads(json.dumps(data)) == data
    assert list(data) == [
        "policy",
        "version",
        "content_hash",
        "inputs_digest",
        "at",
        "since",
        "valid_until",
        "state",
        "effective_state",
        "eligible",
        "rating",
        "grades",
        "scores",
        "possible",
        "lines",
        "fired",
        "undecided",
        "criteria",
        "gates",
        "obligations",
        "overrides",
        "ignored",
    ]
    assert data["at"] == "2026-11-02T09:00:00Z"
    assert data["criteria"]["mql_criteria"]["verdict"] == "met"  # type: ignore[index]


def test_an_instant_in_another_time_zone_is_the_same_instant(
    policy: LeadPolicy, sample: Any
) -> None:
    elsewhere = sample.AT.astimezone(timezone(timedelta(hours=5)))
    one, other = sample.decide(policy, at=elsewhere), sample.decide(policy)
    assert one.to_dict() == other.to_dict()


def test_without_an_instant_the_clock_is_asked(policy: LeadPolicy, sample: Any) -> None:
    ticking = LeadPolicy(policy.checked, clock=lambda: sample.AT)
    assert ticking.decide({}).at == sample.AT


def test_without_instant_and_clock_a_decision_is_refused(policy: LeadPolicy) -> None:
    with pytest.raises(ValueError, match="pass `at=`"):
        policy.decide({})


def test_an_instant_without_time_zone_is_refused(policy: LeadPolicy) -> None:
    with pytest.raises(ValueError, match="`at` needs an instant with a time zone"):
        policy.decide({}, at=datetime(2026, 11, 2))
    with pytest.raises(ValueError, match="`since` needs an instant with a time zone"):
        policy.decide({}, at=datetime(2026, 11, 2, tzinfo=UTC), since=datetime(2026, 11, 1))


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ("2026-11-02", "not str"),
        (date(2026, 11, 2), "not 2026-11-02"),
        (datetime.max.replace(tzinfo=UTC), "outside the calendar"),
        (datetime.min.replace(tzinfo=UTC), "outside the calendar"),
    ],
)
def test_what_is_no_instant_is_refused(policy: LeadPolicy, at: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        policy.decide({}, at=at)


def test_nobody_enters_a_state_in_the_future(policy: LeadPolicy, sample: Any) -> None:
    with pytest.raises(ValueError, match="`since` is after `at`"):
        policy.decide({}, at=sample.AT, since=sample.days_ago(-1))


def test_the_problems_of_all_facts_come_together(policy: LeadPolicy, sample: Any) -> None:
    with pytest.raises(InputError) as caught:
        policy.decide(
            {"emploees": 3, "industry": "mining"},
            signals=[{"type": "download", "occurred_at": sample.AT}],
            consents=[ConsentEvent("news", "email", "granted", sample.AT)],
            at=sample.AT,
        )
    assert len(caught.value.diagnostics) == 4
    assert "did you mean `employees`?" in str(caught.value)


def test_a_lead_may_come_as_json(policy: LeadPolicy, sample: Any) -> None:
    lead = json.dumps(sample.READY_LEAD).encode()
    facts = {"signals": sample.READY_SIGNALS, "consents": sample.READY_CONSENTS, "at": sample.AT}
    assert policy.decide_json(lead, **facts).to_dict() == sample.decide(policy).to_dict()
    alone = policy.decide_json(lead, at=sample.AT)
    assert alone.to_dict() == policy.decide(sample.READY_LEAD, at=sample.AT).to_dict()


def test_consents_may_be_events(policy: LeadPolicy, sample: Any) -> None:
    events = [
        ConsentEvent("newsletter", "email", "granted", sample.AT - timedelta(days=9)),
        ConsentEvent("newsletter", "email", "withdrawn", sample.AT - timedelta(days=1)),
        ConsentEvent("newsletter", "email", "granted", sample.AT + timedelta(days=1)),
    ]
    decision = policy.decide({}, consents=events, at=sample.AT)
    assert decision.gates["newsletter_open"] is Verdict.NOT_MET


def test_decimals_are_written_as_text(policy: LeadPolicy, sample: Any) -> None:
    signals = [Signal("newsletter_click", sample.days_ago(age)) for age in (1, 20)]
    consents = {("tracking_web", "web"): "granted"}
    decision = policy.decide({}, signals=signals, consents=consents, at=sample.AT)
    lines = {line["kind"]: line["points"] for line in decision.to_dict()["lines"]}  # type: ignore[attr-defined]
    assert decision.scores["engagement"] == 11
    assert Decimal(str(lines["rule"])) == 16
    assert Decimal(str(lines["decay"])) + Decimal(str(lines["rounding"])) == -5


@pytest.mark.parametrize("signals", [5, "demo_request", {"type": "demo_request"}, None])
def test_signals_that_are_no_list_are_refused(
    policy: LeadPolicy, sample: Any, signals: Any
) -> None:
    given: Any = [1]
    with pytest.raises(InputError) as caught:
        policy.decide({}, signals=signals, consents=given, at=sample.AT)
    assert {item.path for item in caught.value.diagnostics} == {"$.consents[0]", "$.signals"}


def test_answers_print_as_text(ready: Decision) -> None:
    assert str(ready.why()) == ready.why().text("en")
    assert str(ready.missing()) == ready.missing().text("en")
