"""Why and why not: the conditions that carry a target or stand in its way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.engine.verdict import Verdict
from leadpolicy.engine.why import Remark


def test_why_names_the_conditions_that_carry_the_state(policy: LeadPolicy, sample: Any) -> None:
    answer = sample.decide(policy).why()
    assert (answer.target, answer.verdict) == ("sql", Verdict.MET)
    found = {item.condition: dict(item.seen) for item in answer.findings}
    assert found["employees >= 50"] == {"employees": 60}
    assert found["fit_grade in ('B', 'A')"] == {"fit_grade": "A", "fit": 70}
    assert all(item.verdict is Verdict.MET for item in answer.findings)


def test_why_not_goes_down_to_the_unmet_and_undecided_atoms(
    policy: LeadPolicy, sample: Any
) -> None:
    answer = policy.decide({"employees": 12, "industry": "other"}, at=sample.AT).why_not("sql")
    found = {item.condition: (item.verdict, item.through) for item in answer.findings}
    assert answer.verdict is Verdict.NOT_MET
    assert found["employees >= 50"] == (Verdict.NOT_MET, ("sql_criteria",))
    assert found["budget_confirmed"] == (Verdict.UNDECIDED, ("sql_criteria",))
    assert found["consent('sales_contact', 'email') == 'confirmed'"] == (
        Verdict.UNDECIDED,
        ("sales_open",),
    )
    assert "employees >= 10" not in found


def test_a_state_without_unknowns_in_the_way_is_undecided(policy: LeadPolicy, sample: Any) -> None:
    answer = sample.decide(policy, lead={"budget_confirmed": None}).why_not("sql")
    assert answer.verdict is Verdict.UNDECIDED
    assert [item.condition for item in answer.findings] == ["budget_confirmed"]


def test_what_is_met_has_nothing_in_its_way(policy: LeadPolicy, sample: Any) -> None:
    answer = sample.decide(policy).why_not("sql")
    assert (answer.verdict, answer.findings) == (Verdict.MET, ())


def test_leads_start_in_the_initial_state(policy: LeadPolicy, sample: Any) -> None:
    answer = policy.decide({}, at=sample.AT).why()
    assert (answer.target, answer.remark, answer.findings) == ("lead", Remark.INITIAL, ())


def test_a_later_state_outranks_an_earlier_one(policy: LeadPolicy, sample: Any) -> None:
    answer = sample.decide(policy).why_not("mql")
    assert (answer.verdict, answer.remark, answer.by) == (Verdict.MET, Remark.OUTRANKED, "sql")
    assert sample.decide(policy).why("lead").remark is Remark.OUTRANKED


def test_a_state_without_entry_is_reached_by_transitions_only(
    policy: LeadPolicy, sample: Any
) -> None:
    answer = sample.decide(policy).why_not("won")
    assert (answer.verdict, answer.remark) == (Verdict.NOT_MET, Remark.BY_TRANSITION)


def test_why_a_score_names_its_rules(policy: LeadPolicy, sample: Any) -> None:
    decision = sample.decide(policy)
    assert {item.through for item in decision.why("fit").findings} == {
        ("fit", "size"),
        ("fit", "target_industry"),
    }
    assert {item.through[-1] for item in decision.why_not("fit").findings} == {"freemail", "intern"}
    assert decision.why("fit").value == 70


def test_why_a_rating_goes_through_both_scores(policy: LeadPolicy, sample: Any) -> None:
    answer = sample.decide(policy).why("rating")
    assert answer.value == "A1"
    assert {item.through[:2] for item in answer.findings} == {
        ("rating", "fit"),
        ("rating", "engagement"),
    }


@pytest.mark.parametrize("target", ["sql_criteria", "criteria.sql_criteria", "transition.accept"])
def test_outputs_can_be_asked_about_by_name(policy: LeadPolicy, sample: Any, target: str) -> None:
    assert sample.decide(policy).why(target).verdict is Verdict.MET


def test_an_unknown_name_is_refused_with_the_nearest_one(policy: LeadPolicy, sample: Any) -> None:
    with pytest.raises(ValueError, match=r"`sqll` is not a state.*did you mean `sql`\?"):
        sample.decide(policy).why_not("sqll")


def test_answers_are_data_and_text(policy: LeadPolicy, sample: Any) -> None:
    answer = policy.decide({"employees": 12}, at=sample.AT).why_not("sql_criteria")
    assert json.loads(json.dumps(answer.to_dict()))["findings"][0] == {
        "condition": "employees >= 50",
        "verdict": "not_met",
        "seen": {"employees": 12},
        "through": [],
    }
    assert answer.text("de").splitlines()[:2] == [
        "Warum nicht „SQL-Kriterien“?",
        "  Mitarbeitende mindestens 50: nicht erfüllt (Mitarbeitende: 12)",
    ]
    assert answer.text("en").splitlines()[0] == "Why not “SQL-Kriterien”?"


def test_negations_are_said_at_the_atoms(sample: Any) -> None:
    criteria = {
        **sample.DATA["criteria"],
        "odd": {"title": "odd", "when": "not (employees >= 50 or not blocked)"},
    }
    policy = sample.policy(criteria=criteria)
    answer = policy.decide({"employees": 60}, at=sample.AT).why_not("odd")
    assert {item.condition for item in answer.findings} == {"employees < 50", "blocked"}
