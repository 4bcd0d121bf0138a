"""The decision as a text, in German and English."""

from __future__ import annotations

from typing import Any

import pytest

from leadpolicy.engine.inputs import ConsentEvent
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.engine.overrides import Override
from leadpolicy.expr.facts import Signal


def test_a_decision_reads_in_german(policy: LeadPolicy, sample: Any) -> None:
    text = sample.decide(policy).explain("de")
    lines = text.splitlines()
    assert lines[0] == "SQL · Bewertung: A1"
    assert lines[1].startswith("Entschieden am 02.11.2026, 10:00 MEZ nach „Beispiel“ (sample 1.0,")
    assert lines[2] == "Gilt bis 03.11.2026, 10:00 MEZ, wenn nichts Neues bekannt wird."
    assert "Fit: 70 Punkte · Fit-Note: A" in lines
    assert "  +40 Punkte: Zielbranche" in lines
    assert "  Gegen „SQL“ spricht keine konfigurierte Regel." in lines
    assert any(line.startswith("  SQL-Kriterien: erfüllt (Mitarbeitende: 60;") for line in lines)


def test_a_decision_reads_in_english(policy: LeadPolicy, sample: Any) -> None:
    lines = sample.decide(policy).explain("en").splitlines()
    assert lines[2] == "Valid until 3 Nov 2026, 10:00 CET if nothing new becomes known."
    assert "  No configured rule objects to “SQL”." in lines
    assert any("at least 3 contact attempts" in line for line in lines)


def test_points_stand_below_each_other(policy: LeadPolicy, sample: Any) -> None:
    lead = {**sample.READY_LEAD, "job_title": "Werkstudent, Student"}
    lines = policy.decide(lead, at=sample.AT).explain("en").splitlines()
    start = lines.index("Fit: 40 points · Fit-Note: B")
    assert lines[start + 1 : start + 4] == [
        "  +30 points: 50 people or more",
        "  +40 points: target industry",
        "  -30 points: intern or student",
    ]


def test_rules_without_their_facts_are_listed_with_the_range(
    policy: LeadPolicy, sample: Any
) -> None:
    text = policy.decide({"employees": 60}, at=sample.AT).explain("de")
    assert "offen: +40 Punkte für Zielbranche, unbekannt: Branche" in text
    assert "möglich sind 0 bis 70" in text


def test_a_decision_that_never_changes_says_so(policy: LeadPolicy, sample: Any) -> None:
    text = policy.decide({}, at=sample.AT).explain("de")
    assert "Gilt, bis etwas Neues bekannt wird." in text
    assert "Zurzeit ist nichts geschuldet." in text


def test_overdue_promises_overrides_and_signals_left_out_are_said(
    policy: LeadPolicy, sample: Any
) -> None:
    text = sample.decide(
        policy,
        signals=[*sample.READY_SIGNALS, Signal("newsletter_click", sample.days_ago(1))],
        since=sample.days_ago(2),
        overrides=[Override("rating", "B1", "sales", "small plant", sample.days_ago(-1))],
    ).explain("de")
    assert "Erste Reaktion, Vertrieb: überfällig seit" in text
    assert "Bewertung: B1 statt A1, in Kraft (Vertrieb: small plant), bis 03.11.2026" in text
    assert (
        "Nicht verwendete Signale\n"
        "  Klick, 01.11.2026, 10:00 MEZ: ohne die Erlaubnis „Tracking“ erhoben oder genutzt"
    ) in text


def test_an_override_of_the_state_is_said_at_the_top(policy: LeadPolicy, sample: Any) -> None:
    override = Override("state", "mql", "sales", "not before January")
    lines = sample.decide(policy, overrides=[override]).explain("en").splitlines()
    assert lines[3] == "In force is “MQL”: see overrides."
    assert any(line.startswith("  State: “MQL” instead of “SQL”, in force") for line in lines)


def test_an_override_that_is_not_in_force_says_what_objects(
    policy: LeadPolicy, sample: Any
) -> None:
    override = Override("state", "sql", "sales", "they called us")
    text = policy.decide({}, at=sample.AT, overrides=[override]).explain("de")
    assert "nicht in Kraft (Vertrieb: they called us), dagegen spricht: Verbleib in SQL" in text


def test_closed_permissions_are_said(policy: LeadPolicy, sample: Any) -> None:
    events = [ConsentEvent("newsletter", "email", "withdrawn", sample.days_ago(1))]
    text = policy.decide({}, consents=events, at=sample.AT).explain("de")
    assert "Newsletter: geschlossen (Einwilligung „Newsletter“ (E-Mail): widerrufen)" in text


def test_late_and_repeated_signals_are_told_apart(policy: LeadPolicy, sample: Any) -> None:
    demo = Signal("demo_request", sample.days_ago(1), id="d")
    late = Signal("demo_request", sample.days_ago(-1), id="e")
    text = policy.decide({}, signals=[demo, demo, late], at=sample.AT).explain("en")
    assert "  Demo-Anfrage, 1 Nov 2026, 10:00 CET: delivered again" in text
    assert "  Demo-Anfrage, 3 Nov 2026, 10:00 CET: after the decision" in text


def test_another_language_is_refused(policy: LeadPolicy, sample: Any) -> None:
    with pytest.raises(ValueError, match="`fr`"):
        policy.decide({}, at=sample.AT).explain("fr")  # type: ignore[arg-type]
