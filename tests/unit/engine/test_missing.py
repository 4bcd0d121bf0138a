"""What is missing, on the sample policy; the laws stand in the properties."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from leadpolicy.engine.inputs import ConsentEvent
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.engine.missing.knobs import FactKind
from leadpolicy.engine.missing.result import Missing
from leadpolicy.expr.facts import Signal


def shown(missing: Missing) -> list[set[str]]:
    """Return the sets with what each fact must become."""
    return [
        {f"{x.subject}: {x.needed}" if x.condition is None else x.needed for x in found.facts}
        for found in missing.sets
    ]


def test_by_default_the_next_state_is_asked_for(policy: LeadPolicy, sample: Any) -> None:
    missing = policy.decide({}, at=sample.AT).missing()
    assert missing.target == "mql"
    assert shown(missing) == [
        {
            "employees >= 10",
            "consent('newsletter', 'email') in ('granted', 'confirmed')",
            "content_download: 3 more",
        }
    ]
    assert missing.exhaustive


def test_only_what_is_still_missing_is_named(policy: LeadPolicy, sample: Any) -> None:
    missing = sample.decide(policy, lead={"budget_confirmed": None}).missing()
    assert missing.target == "sql"
    (found,) = missing.sets
    (fact,) = found.facts
    assert (fact.kind, fact.subject, fact.now) == (FactKind.ATTRIBUTE, "budget_confirmed", None)
    assert (fact.needed, fact.witness, fact.owner) == ("budget_confirmed", True, "sales")
    assert found.complete


def test_a_witness_is_the_nearest_value_and_the_condition_all_that_would_do(
    policy: LeadPolicy, sample: Any
) -> None:
    (found,) = sample.decide(policy, lead={"employees": 20}).missing("sql").sets
    (fact,) = found.facts
    assert (fact.now, fact.needed, fact.witness) == (20, "employees >= 50", 50)


def test_windows_count_only_what_is_still_inside(policy: LeadPolicy, sample: Any) -> None:
    signals = [*sample.downloads(5, 80, 100), *sample.READY_SIGNALS[-1:]]
    (found,) = sample.decide(policy, signals=signals).missing("sql").sets
    assert [(fact.subject, fact.witness) for fact in found.facts] == [("content_download", 1)]


def test_grades_are_reached_through_the_rules_of_their_score(
    policy: LeadPolicy, sample: Any
) -> None:
    lead = {"email": "jana@gmx.de", "job_title": "Praktikant"}
    missing = sample.decide(policy, lead=lead).missing("sql")
    assert [{fact.subject for fact in found.facts} for found in missing.sets] == [{"job_title"}]
    (fact,) = missing.sets[0].facts
    assert "praktikant" not in str(fact.witness)
    assert "not" in fact.needed


def test_a_known_address_is_never_proposed_to_change(policy: LeadPolicy, sample: Any) -> None:
    criteria = {"own": {"title": "own", "when": "not in_list(domain(email), 'freemail')"}}
    odd = sample.policy(criteria={**sample.DATA["criteria"], **criteria})
    known = odd.decide({"email": "jana@gmx.de"}, at=sample.AT).missing("own")
    unknown = odd.decide({}, at=sample.AT).missing("own")
    assert known.sets == ()
    assert [fact.witness for fact in unknown.sets[0].facts] == ["name@company.example"]


def test_that_something_is_known_at_all_can_be_missing(sample: Any) -> None:
    criteria = {**sample.DATA["criteria"], "sized": {"title": "t", "when": "known(employees)"}}
    missing = sample.policy(criteria=criteria).decide({}, at=sample.AT).missing("sized")
    assert shown(missing) == [{"known(employees)"}]


def test_another_state_may_still_win(policy: LeadPolicy, sample: Any) -> None:
    lead = {"employees": 9, "blocked": True}
    (found,) = sample.decide(policy, lead=lead).missing("mql").sets
    assert (found.state, found.complete) == ("disqualified", False)


def test_a_withdrawn_consent_must_be_given_again(policy: LeadPolicy, sample: Any) -> None:
    events = [
        ConsentEvent("newsletter", "email", "granted", sample.days_ago(9)),
        ConsentEvent("newsletter", "email", "withdrawn", sample.AT),
    ]
    (found,) = sample.decide(policy, consents=events).missing("mql").sets
    (fact,) = found.facts
    assert (fact.kind, fact.now, fact.witness) == (FactKind.CONSENT, "withdrawn", "granted")


def test_signals_behind_a_gate_need_the_permission_too(sample: Any) -> None:
    criteria = {
        **sample.DATA["criteria"],
        "clicks": {"title": "clicks", "when": "count('newsletter_click', within=days(60)) >= 2"},
    }
    policy = sample.policy(criteria=criteria)
    click = Signal("newsletter_click", sample.days_ago(1))
    (found,) = policy.decide({}, signals=[click], at=sample.AT).missing("clicks").sets
    assert {fact.subject: fact.witness for fact in found.facts} == {
        "consent('tracking_web', 'web')": "granted",
        "newsletter_click": 2,
    }


def test_a_consent_given_back_makes_old_signals_usable_again(sample: Any) -> None:
    criteria = {
        **sample.DATA["criteria"],
        "clicks": {"title": "clicks", "when": "count('newsletter_click', within=days(60)) >= 2"},
    }
    policy = sample.policy(criteria=criteria)
    clicks = [Signal("newsletter_click", sample.days_ago(age)) for age in (3, 4)]
    events = [
        ConsentEvent("tracking_web", "web", "granted", sample.days_ago(9)),
        ConsentEvent("tracking_web", "web", "withdrawn", sample.days_ago(1)),
    ]
    decision = policy.decide({}, signals=clicks, consents=events, at=sample.AT)
    (found,) = decision.missing("clicks").sets
    assert [fact.subject for fact in found.facts] == ["consent('tracking_web', 'web')"]


def test_signals_are_told_apart_by_their_properties(sample: Any) -> None:
    where = "count('content_download', where=contains(asset, 'price')) >= 2"
    criteria = {**sample.DATA["criteria"], "prices": {"title": "prices", "when": where}}
    policy = sample.policy(criteria=criteria)
    (found,) = policy.decide({}, signals=sample.downloads(1), at=sample.AT).missing("prices").sets
    (fact,) = found.facts
    assert (fact.subject, fact.witness) == ("content_download (asset = price)", 2)


def test_points_per_signal_need_just_enough_signals(sample: Any) -> None:
    criteria = {**sample.DATA["criteria"], "warm": {"title": "warm", "when": "engagement >= 20"}}
    policy = sample.policy(criteria=criteria)
    missing = policy.decide({}, at=sample.AT).missing("warm")
    assert {found.facts[0].subject: found.facts[0].witness for found in missing.sets[:2]} == {
        "content_download": 2,
        "demo_request": 1,
    }


def test_what_is_met_lacks_nothing(policy: LeadPolicy, sample: Any) -> None:
    missing = sample.decide(policy).missing("sql")
    assert (missing.met, missing.sets, missing.exhaustive) == (True, (), True)


def test_at_the_top_there_is_no_next_state(policy: LeadPolicy, sample: Any) -> None:
    missing = sample.decide(policy).missing()
    assert (missing.target, missing.sets) == (None, ())


def test_an_early_end_of_the_search_is_said(policy: LeadPolicy, sample: Any) -> None:
    missing = policy.decide({}, at=sample.AT).missing("sql", budget=3)
    assert not missing.exhaustive
    assert "not complete" in missing.text("en")


def test_nothing_leads_to_what_cannot_be(sample: Any) -> None:
    criteria = {
        **sample.DATA["criteria"],
        "never": {"title": "never", "when": "count('demo_request') < 1"},
    }
    policy = sample.policy(criteria=criteria)
    demo = Signal("demo_request", sample.AT - timedelta(days=3))
    missing = policy.decide({}, signals=[demo], at=sample.AT).missing("never")
    assert (missing.sets, missing.exhaustive) == ((), True)
    assert "leads there" in missing.text("en")


@pytest.mark.parametrize("target", ["won", "fit", "rating"])
def test_what_facts_alone_do_not_decide_is_refused(
    policy: LeadPolicy, sample: Any, target: str
) -> None:
    with pytest.raises(ValueError, match=f"`{target}`"):
        sample.decide(policy).missing(target)


def test_the_answer_is_data_and_text(policy: LeadPolicy, sample: Any) -> None:
    missing = sample.decide(policy, lead={"employees": None}).missing("sql")
    assert json.loads(json.dumps(missing.to_dict()))["sets"] == [
        {
            "facts": [
                {
                    "kind": "attribute",
                    "subject": "employees",
                    "now": None,
                    "needed": "employees >= 50",
                    "witness": 50,
                    "owner": "marketing",
                }
            ],
            "state": "sql",
            "complete": True,
        }
    ]
    assert missing.text("de").splitlines() == [
        "Was fehlt für „SQL“?",
        "  Alles davon:",
        "    Mitarbeitende mindestens 50 (zurzeit: unbekannt, weiß: Marketing)",
    ]
