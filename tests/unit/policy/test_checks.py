"""Every check finds its fault, points at the right place, and leaves a sound policy alone."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from medium import codes, document, found

HOLE = "LP408"
"""The one warning of the sound policy: companies with 10 to 49 employees."""


def test_a_sound_policy_has_no_errors_and_the_hole_it_is_known_for() -> None:
    assert codes() == [HOLE]
    assert "from 10 to below 50 people can become `mql` but never `sql`" in found()[0].message


def test_the_hole_is_closed_by_a_lower_bound_that_fits() -> None:
    assert codes(states__mql__entry="employees >= 50 and newsletter_consent") == []
    assert codes(states__sql__entry="employees >= 10 and budget_confirmed") == []


def test_a_state_that_nothing_leads_to_is_reported() -> None:
    item = next(x for x in found(transitions__reject=None) if x.code == "LP401")
    assert item.path == "$.states.rejected"


@pytest.mark.parametrize(
    "entry",
    [
        "count('content_download') >= 3",
        "employees >= 50 and count('page_view', within=days(30)) >= 5",
        "engagement >= 10 and employees >= 50",
        "reaches(fit_grade, 'A') and engagement_grade == '2'",
        "engagement >= 50 or budget_confirmed",
        "unknown(budget_confirmed) and employees >= 50",
        "not wants_demo and known(employees)",
        "at_least(2, employees >= 50, target_segment, budget_confirmed)",
        "sales_opt_in and employees >= 50",
    ],
)
def test_exploratory_evidence_alone_never_reaches_a_sales_stage(entry: str) -> None:
    rules: dict[str, Any] = {"scores__engagement__rules__downloads__limit": 60}
    assert "LP402" in codes(states__sql__entry=entry, **rules)


@pytest.mark.parametrize(
    "entry",
    [
        "employees >= 50 and budget_confirmed",
        "engagement >= 51 and employees >= 50",
        "ready",
        "at_least(2, target_segment, budget_confirmed, wants_demo)",
        "rating == 'A1' and wants_demo",
        "engagement_grade == '1'",
    ],
)
def test_binding_or_validated_evidence_carries_a_sales_stage(entry: str) -> None:
    # With downloads limited to 40 and visits to 10 points, 51 points need the demo request.
    tight: dict[str, Any] = {
        "grades__engagement_grade__bands__1": {"from": 51},
        "grades__engagement_grade__bands__2": {"below": 51},
    }
    assert "LP402" not in codes(states__sql__entry=entry, **tight)


def test_an_automatic_transition_into_a_sales_stage_is_looked_at_too() -> None:
    changes: dict[str, Any] = {
        "states__sql__entry": None,
        "transitions__to-sql": {
            "title": "wird SQL",
            "from": ["mql"],
            "to": "sql",
            "when": "engagement >= 10",
        },
    }
    item = next(x for x in found(**changes) if x.code == "LP402")
    assert item.path == "$.transitions.to-sql"


@pytest.mark.parametrize("status", ["withdrawn", "objected", "refused"])
def test_exercising_a_right_costs_no_points(status: str) -> None:
    rule = {"points": -10, "because": "x", "when": f"consent('newsletter', 'email') == '{status}'"}
    item = next(x for x in found(scores__fit__rules__right=rule) if x.code == "LP403")
    assert item.path == "$.scores.fit.rules.right"


@pytest.mark.parametrize(
    "when",
    [
        "not newsletter_consent",
        "consent('newsletter', 'email') not in ('granted', 'confirmed')",
        "consent('newsletter', 'email') != 'confirmed'",
        "not (newsletter_consent or wants_demo) and not sales_opt_in or not newsletter_consent",
        "at_least(1, not newsletter_consent, employees >= 50)",
    ],
)
def test_the_opposite_of_a_consent_is_a_right_as_well(when: str) -> None:
    rule = {"points": -10, "because": "x", "when": when}
    assert "LP403" in codes(scores__fit__rules__right=rule)


def test_points_may_be_taken_for_what_is_no_right() -> None:
    for when in ("employees < 10", "consent('newsletter', 'email') == 'requested'"):
        rule = {"points": -10, "because": "x", "when": when}
        assert "LP403" not in codes(scores__fit__rules__x=rule)


def test_what_happens_in_spite_of_a_withdrawal_may_cost_points() -> None:
    when = "consent('newsletter', 'email') == 'withdrawn' and count('content_download') >= 1"
    assert codes(scores__fit__rules__x={"points": -10, "because": "x", "when": when}) == [HOLE]


def test_consent_may_earn_points() -> None:
    when = "consent('newsletter', 'email') != 'withdrawn'"
    rule = {"points": 5, "because": "x", "when": when}
    assert "LP403" not in codes(scores__fit__rules__x=rule)


def test_a_tracking_signal_needs_its_gate_where_it_is_used() -> None:
    assert "LP404" in codes(signals__page_view__gate=None)
    assert "LP404" not in codes(
        signals__page_view__gate=None, scores__engagement__rules__views=None
    )


def test_a_review_is_overdue_from_the_day_after() -> None:
    assert "LP405" not in codes(today=date(2027, 1, 31))
    item = next(x for x in found(today=date(2027, 2, 1)) if x.code == "LP405")
    assert item.message.endswith("1 day ago") and item.severity == "warning"


def test_automatic_transitions_without_conditions_go_in_circles() -> None:
    step = {"title": "x", "from": ["rejected"], "to": "lead"}
    back = {"title": "x", "from": ["lead"], "to": "rejected"}
    changes: dict[str, Any] = {
        "transitions__a": step,
        "transitions__b": back,
        "states__rejected__entry": None,
    }
    item = next(x for x in found(**changes) if x.code == "LP406")
    assert "`lead`" in item.message and "`rejected`" in item.message
    assert "LP406" not in codes(transitions__a=step, transitions__b=back)


def test_the_initial_state_has_no_conditions() -> None:
    assert "LP407" in codes(states__lead__entry="employees >= 1")


def test_consent_that_gates_and_earns_points_is_shown() -> None:
    rule = {"points": 5, "because": "x", "when": "newsletter_consent"}
    item = next(x for x in found(scores__fit__rules__x=rule) if x.code == "LP409")
    assert item.path == "$.scores.fit.rules.x" and "`newsletter`" in item.message


def test_ratings_that_nobody_answers_are_listed() -> None:
    item = next(x for x in found(sla__rest__when="rating == 'A2'") if x.code == "LP410")
    assert "only `A1`, `A2` have" in item.message
    assert "`B1`, `B2`, `C1`, `C2`" in item.message


def test_promises_that_ask_for_more_than_the_rating_are_not_judged() -> None:
    assert "LP410" not in codes(sla__rest__when="rating == 'A2' and employees >= 50")


def test_special_categories_take_no_part() -> None:
    assert "LP411" in codes(record__attributes__employees__personal="special")


def test_a_sales_stage_without_a_permission_is_shown() -> None:
    item = next(x for x in found(states__sql__stay="budget_confirmed") if x.code == "LP412")
    assert item.severity == "warning" and "`sql`" in item.message
    assert "LP412" in codes(states__sql__stay=None, states__sql__exit_to=None)
    assert "LP412" in codes(states__sql__stay="sales_opt_in or employees >= 10")
    assert "LP412" not in codes(states__sql__stay="sales_opt_in and employees >= 10")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"transitions__to-sql__to": "sqll"}, "LP301"),
        ({"transitions__to-sql__from": ["mqll"]}, "LP301"),
        ({"states__sql__exit_to": "leat"}, "LP301"),
        ({"initial": "leed"}, "LP301"),
        ({"sla__hot__state": "mqll"}, "LP301"),
        ({"feedback__state": "mqll"}, "LP301"),
        ({"transitions__reject__reason": "no_ned"}, "LP302"),
        ({"signals__page_view__gate": "trackin"}, "LP303"),
        ({"scores__fit__rules__segment__requires": ["nope"]}, "LP303"),
        ({"scores__fit__rules__segment__group": "farm"}, "LP304"),
        ({"criteria__fit": {"title": "x", "when": "true"}}, "LP305"),
        ({"criteria__employees": {"title": "x", "when": "true"}}, "LP305"),
        (
            {
                "criteria__wants_demo__when": "target_segment",
                "criteria__target_segment__when": "wants_demo",
            },
            "LP306",
        ),
        ({"transitions__to-sql__demands": ["sales_feedbak"]}, "LP201"),
        ({"feedback__verdict": "employees"}, "LP201"),
        ({"feedback__accepted": "acepted"}, "LP206"),
        ({"grades__fit_grade__of": "fitt"}, "LP201"),
        ({"rating__fit": "fit_grad"}, "LP201"),
        ({"gates__tracking__purpose": "trackin_web"}, "LP209"),
        ({"gates__tracking__channel": "phone"}, "LP209"),
        ({"criteria__target_segment__when": "industry == 'machinry'"}, "LP206"),
        ({"criteria__target_segment__when": "employees >= 'fifty'"}, "LP202"),
        ({"criteria__target_segment__when": "employees >= unit(50, 'EUR')"}, "LP203"),
        ({"criteria__target_segment__when": "rejection_reason == 'no_ned'"}, "LP206"),
        ({"scores__fit__rules__boss__when": "fit >= 1"}, "LP306"),
        ({"scores__engagement__rules__demo__when": "employees"}, "LP202"),
        ({"scores__engagement__rules__views__per": "wants_demo"}, "LP202"),
        ({"scores__engagement__rules__downloads__per": "employees"}, "LP202"),
    ],
)
def test_references_and_types_are_checked(changes: dict[str, Any], code: str) -> None:
    problems = [item for item in found(**changes) if item.severity == "error"]
    assert code in {item.code for item in problems}


@pytest.mark.parametrize(
    ("bands", "message"),
    [
        ({"A": {"from": 60}, "B": {"from": 40, "below": 61}, "C": {"below": 40}}, "overlap"),
        (
            {"A": {"from": 60}, "B": {"from": 40, "below": 59}, "C": {"below": 40}},
            "no band covers scores from 59 to below 60",
        ),
        ({"A": {"from": 60}, "B": {"from": 40, "below": 60}}, "scores below 40"),
        ({"A": {"from": 60, "below": 90}, "C": {"below": 60}}, "scores from 90"),
        ({"A": {"from": 60, "below": 60}, "B": {"from": 60}, "C": {"below": 60}}, "is empty"),
        ({"A": {"from": 60}, "B": {"from": 40}, "C": {"below": 40}}, "overlap"),
    ],
)
def test_bands_are_complete_and_do_not_overlap(bands: dict[str, object], message: str) -> None:
    problems = [item for item in found(grades__fit_grade__bands=bands) if item.code == "LP310"]
    assert any(message in item.message for item in problems)


def test_problems_of_a_file_come_in_source_order_with_their_places() -> None:
    item = document().diagnostics[0]
    assert item.span is not None
    assert item.span.source.endswith("policy.yaml")
    assert item.path == "$.states.sql.entry"
