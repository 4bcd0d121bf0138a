"""How low and how high a score could be."""

from __future__ import annotations

from typing import Any

import pytest

from leadpolicy.engine.lead_policy import LeadPolicy


def scores(*rules: dict[str, Any], **bounds: Any) -> dict[str, Any]:
    """Return a score of some rules."""
    named = {f"r{n}": {"because": "b", **rule} for n, rule in enumerate(rules)}
    return {"s": {"title": "s", "rules": named, **bounds}}


@pytest.fixture
def possible(sample: Any) -> Any:
    """Return the range of a score made of some rules, for a lead."""
    rest: dict[str, Any] = {"grades": {}, "rating": None, "sla": {}}
    states = {name: dict(state) for name, state in sample.DATA["states"].items()}
    states["sql"]["entry"] = "sql_criteria and sales_open"

    def ask(lead: dict[str, Any], *rules: dict[str, Any], **bounds: Any) -> Any:
        policy = sample.policy(scores=scores(*rules, **bounds), states=states, **rest)
        return policy.decide(lead, at=sample.AT).possible["s"]

    return ask


def test_a_known_lead_has_one_possible_score(policy: LeadPolicy, sample: Any) -> None:
    assert sample.decide(policy).possible["fit"] == (70, 70)


def test_unknown_facts_open_a_range(possible: Any) -> None:
    assert possible(
        {"employees": 60},
        {"points": 30, "when": "employees >= 50"},
        {"points": 40, "when": "industry == 'machinery'"},
        {"points": -20, "when": "in_list(domain(email), 'freemail')"},
    ) == (10, 70)


def test_rules_that_exclude_each_other_do_not_add_up(possible: Any) -> None:
    rules = (
        {"points": 10, "when": "employees >= 10 and employees < 50"},
        {"points": 15, "when": "employees >= 50"},
    )
    assert possible({}, *rules) == (0, 15)


def test_bounds_of_groups_and_scores_hold_the_range(possible: Any) -> None:
    rules = (
        {"points": 40, "when": "employees >= 50", "group": "g"},
        {"points": 40, "when": "budget_confirmed", "group": "g"},
        {"points": -90, "when": "blocked or in_list(domain(email), 'freemail')"},
    )
    groups = {"g": {"highest": 50}}
    assert possible({}, *rules, groups=groups, floor=-30, base=5) == (-30, 55)


def test_an_unknown_consent_counts_too(possible: Any) -> None:
    assert possible({}, {"points": 10, "when": "newsletter_open"}) == (0, 10)


def test_a_multiplied_unknown_number_is_bounded_by_the_limit_of_its_rule(possible: Any) -> None:
    rule = {"points": -2, "per": "employees"}
    assert possible({}, {**rule, "limit": 10}) == (-10, 0)
    assert possible({}, rule) == (None, 0)
    assert possible({}, rule, floor=0) == (0, 0)
    assert possible({"employees": 3}, rule) == (-6, -6)


def test_too_many_combinations_give_the_widest_range(possible: Any) -> None:
    facts = ("budget_confirmed", "industry == 'other'", "sales_feedback == 'accepted'")
    more = ("rejection_reason == 'no_need'", "has_word(job_title, 'ceo')", "employees > 5")
    chain = " or ".join((*facts, *more, "older_than(last_contact, days(3))", "email == 'x'"))
    rules = ({"points": 5, "when": chain}, {"points": -5, "when": f"not ({chain})"})
    assert possible({}, *rules) == (-5, 5)
