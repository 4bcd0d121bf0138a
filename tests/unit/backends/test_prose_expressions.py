"""Expressions, values and facts read as people of both languages would say them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import yaml

from leadpolicy.backends.prose import Prose
from leadpolicy.expr.nodes import (
    Aggregate,
    AggregateFunction,
    And,
    AtLeast,
    Attribute,
    Compare,
    Comparison,
    ConsentStatus,
    InList,
    Known,
    Literal,
    Node,
    Not,
    OneOf,
    Or,
    Output,
    Sum,
)
from leadpolicy.expr.traverse import NODE_KINDS, walk
from leadpolicy.expr.types import Kind, Value, ValueType
from leadpolicy.policy.fields import Lang
from talk import FOLDER, LANGS, expression, policy, prose

SENTENCES = yaml.safe_load((FOLDER / "sentences.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("row", SENTENCES, ids=lambda row: row["expression"])
def test_an_expression_reads_as_written_down(row: dict[str, str], lang: Lang) -> None:
    assert prose(lang).condition(expression(row["expression"])) == row[lang]


def test_every_kind_of_node_is_among_the_expressions() -> None:
    nodes = [expression(row["expression"]) for row in SENTENCES]
    seen = {type(found) for node in nodes for found in walk(node, into_where=True)}
    assert seen == NODE_KINDS


# -------------------------------------------------------------------------------- corner cases
KUNDE = Attribute("customer")


@pytest.mark.parametrize(
    ("node", "de"),
    [
        (And(()), "immer erfüllt"),
        (Or(()), "nie erfüllt"),
        (Not(Or(())), "immer erfüllt"),
        (And((KUNDE,)), "„Kunde“ trifft zu"),
        (AtLeast(0, (KUNDE,)), "immer erfüllt"),
        (AtLeast(2, (KUNDE,)), "nie erfüllt"),
        (Not(Not(KUNDE)), "„Kunde“ trifft zu"),
        (Not(Compare(Comparison.EQ, KUNDE, Literal(Kind.FLAG, True))), "„Kunde“ trifft nicht zu"),
        (
            Compare(Comparison.EQ, KUNDE, Attribute("budget_confirmed")),
            "(„Kunde“ trifft zu) gilt genau dann, wenn („Budget bestätigt“ trifft zu) gilt",
        ),
        (
            Compare(Comparison.NE, KUNDE, Attribute("budget_confirmed")),
            "von („Kunde“ trifft zu) und („Budget bestätigt“ trifft zu) gilt genau eines",
        ),
        (
            Compare(Comparison.LE, Literal(Kind.WHOLE, 50), Attribute("employees")),
            "Mitarbeitende mindestens 50",
        ),
        (
            Compare(Comparison.LT, Sum(()), Sum((Literal(Kind.WHOLE, 3),))),
            "0 weniger als 3",
        ),
        (
            Known(InList(Attribute("company"), "targets")),
            "(Firma steht in der Liste „Zielkunden“) ist bekannt",
        ),
        (OneOf(Attribute("employees"), (Literal(Kind.WHOLE, 7),)), "Mitarbeitende genau 7"),
        (Not(OneOf(Attribute("employees"), (Literal(Kind.WHOLE, 7),))), "Mitarbeitende ungleich 7"),
        (
            Not(OneOf(Attribute("country"), (Literal(Kind.TEXT, "DE"),))),
            "Land ist nicht Deutschland",
        ),
        (
            Compare(
                Comparison.GE,
                Aggregate(AggregateFunction.COUNT, "demo"),
                Literal(Kind.NUMBER, Decimal("1.5")),
            ),
            "Anzahl „Demo-Anfrage“ mindestens 1,5",
        ),
    ],
)
def test_corner_cases_read_well(node: Node, de: str) -> None:
    assert prose("de").condition(node) == de


def test_what_the_policy_does_not_name_is_called_by_its_name() -> None:
    asked = And(
        (
            Compare(Comparison.EQ, Attribute("nowhere"), Literal(Kind.TEXT, "x")),
            Output("no_output"),
            InList(Attribute("company"), "no_list"),
            Aggregate(AggregateFunction.ANY, "no_signal"),
            Compare(Comparison.EQ, ConsentStatus("purpose", "fax"), Literal(Kind.TEXT, "granted")),
        )
    )
    assert prose("en").condition(asked) == (
        "nowhere is “x” and “no_output” is met and Company is in the list “no_list” "
        "and at least once “no_signal” and consent “purpose” (fax) is granted"
    )


def test_the_inner_outputs_of_a_policy_have_titles() -> None:
    titles = {item.name: prose("de").term(Output(item.name)) for item in policy().outputs}
    assert titles["state.mql.entry"] == "Eintritt in MQL"
    assert titles["state.mql.stay"] == "Verbleib in MQL"
    assert titles["transition.reject"] == "Bedingung für Vertrieb lehnt ab"
    assert titles["sla.answer"] == "Anlass für Schnelle Antwort"
    assert titles["ready.money"] == "Geld da"
    assert titles["ready.behavioural"] == "Verhalten"
    assert not [name for name, title in titles.items() if title == name]


def test_a_text_of_several_lines_is_said_on_one_line() -> None:
    asked = Compare(Comparison.EQ, Attribute("company"), Literal(Kind.TEXT, "A\n\u2028B\tC"))
    assert prose("de").condition(asked) == "Firma ist „A B C“"


# -------------------------------------------------------------------------------- facts, values
@pytest.mark.parametrize(
    ("leaf", "value", "de", "en"),
    [
        (Attribute("employees"), 1234, "Mitarbeitende: 1.234", "Employees: 1,234 people"),
        (Attribute("employees"), 1, "Mitarbeitende: 1", "Employees: 1 person"),
        (Attribute("employees"), None, "Mitarbeitende: unbekannt", "Employees: unknown"),
        (Attribute("revenue"), Decimal("1234.50"), "Umsatz: 1.234,5 €", "Revenue: €1,234.5"),
        (Attribute("revenue"), Decimal("-0.10"), "Umsatz: -0,1 €", "Revenue: -€0.1"),
        (Attribute("discount"), Decimal("12.50"), "Rabatt: 12,5 %", "Discount: 12.5%"),
        (Attribute("weight"), Decimal("2.0"), "Gewicht: 2 kg", "Weight: 2 kg"),
        (Attribute("customer"), True, "Kunde: ja", "Customer: yes"),
        (Attribute("customer"), False, "Kunde: nein", "Customer: no"),
        (Attribute("country"), "AT", "Land: Österreich", "Country: Austria"),
        (Attribute("company"), "ACME", "Firma: „ACME“", "Company: “ACME”"),
        (
            Attribute("interests"),
            frozenset({"shop", "crm"}),
            "Interessen: CRM, Webshop",
            "Interests: CRM, web shop",
        ),
        (Attribute("interests"), frozenset(), "Interessen: nichts", "Interests: nothing"),
        (Attribute("interests"), frozenset({"old"}), "Interessen: „old“", "Interests: “old”"),
        (
            Attribute("founded_on"),
            date(2026, 1, 31),
            "Gründung: 31.01.2026",
            "Foundation: 31 Jan 2026",
        ),
        (
            Attribute("last_login"),
            datetime(2026, 1, 31, 23, 30, tzinfo=UTC),
            "Letzte Anmeldung: 01.02.2026, 00:30 MEZ",
            "Last log-in: 1 Feb 2026, 00:30 CET",
        ),
        (Output("active"), True, "Aktiv: ja", "Active: yes"),
        (Output("fit"), 80, "Passung: 80 Punkte", "Fit: 80 points"),
        (Output("fit"), 1, "Passung: 1 Punkt", "Fit: 1 point"),
        (Output("fit_grade"), "A", "Passungsnote: A (sehr gut)", "Fit grade: A (very good)"),
        (Output("rating"), "A1", "Einstufung: A1", "Rating: A1"),
        (
            ConsentStatus("newsletter", "email"),
            "confirmed",
            "Einwilligung „Newsletter“ (E-Mail): bestätigt",
            "consent “Newsletter” (e-mail): confirmed",
        ),
        (
            Aggregate(AggregateFunction.COUNT, "download", within=timedelta(days=90)),
            3,
            "Anzahl „Download“ in den letzten 90 Tagen: 3",
            "number of “Download” in the last 90 days: 3",
        ),
        (
            Aggregate(AggregateFunction.ANY, "demo"),
            True,
            "„Demo-Anfrage“: ja",
            "“Request for a demo”: yes",
        ),
        (
            Aggregate(AggregateFunction.DAYS_SINCE, "demo"),
            1,
            "Zeit seit dem letzten Mal „Demo-Anfrage“: 1 Tag",
            "time since the last “Request for a demo”: 1 day",
        ),
    ],
)
def test_a_fact_is_shown_with_label_and_unit(
    leaf: Node, value: Value | None, de: str, en: str
) -> None:
    assert (prose("de").fact(leaf, value), prose("en").fact(leaf, value)) == (de, en)


def test_a_value_is_shown_by_its_type_too() -> None:
    assert prose("en").value(ValueType(Kind.NUMBER, unit="CHF"), Decimal(5000)) == "CHF5,000"
    assert prose("de").value(ValueType(Kind.CHOICE, codes=("A1", "B1")), "A1") == "A1"
    assert prose("de").value(ValueType(Kind.FLAG), None) == "unbekannt"


@pytest.mark.parametrize(
    ("length", "de", "en"),
    [
        (timedelta(days=90), "90 Tage", "90 days"),
        (timedelta(days=1000), "1.000 Tage", "1,000 days"),
        (timedelta(weeks=2), "14 Tage", "14 days"),
        (timedelta(days=2), "48 Stunden", "48 hours"),
        (timedelta(hours=24), "24 Stunden", "24 hours"),
        (timedelta(hours=60), "60 Stunden", "60 hours"),
        (timedelta(hours=1), "60 Minuten", "60 minutes"),
        (timedelta(minutes=90), "90 Minuten", "90 minutes"),
        (timedelta(minutes=1), "60 Sekunden", "60 seconds"),
        (timedelta(milliseconds=1500), "1,5 Sekunden", "1.5 seconds"),
    ],
)
def test_a_duration_is_shown_in_its_usual_unit(length: timedelta, de: str, en: str) -> None:
    assert (prose("de").duration(length), prose("en").duration(length)) == (de, en)


@pytest.mark.parametrize(
    ("points", "de", "en"),
    [
        (15, "+15 Punkte", "+15 points"),
        (1, "+1 Punkt", "+1 point"),
        (-1, "-1 Punkt", "-1 point"),
        (-20, "-20 Punkte", "-20 points"),
        (0, "0 Punkte", "0 points"),
        (Decimal("1.50"), "+1,5 Punkte", "+1.5 points"),
        (-1000, "-1.000 Punkte", "-1,000 points"),
    ],
)
def test_points_have_a_sign(points: int | Decimal, de: str, en: str) -> None:
    assert (prose("de").points(points), prose("en").points(points)) == (de, en)


def test_numbers_of_the_longest_size_are_written_out() -> None:
    longest = Decimal("-9999999999999999999999999.999")
    assert prose("de").fact(Attribute("weight"), longest) == (
        "Gewicht: -9.999.999.999.999.999.999.999.999,999 kg"
    )


def test_a_moment_at_the_end_of_time_is_shown_in_utc() -> None:
    assert prose("en").moment(datetime.max.replace(tzinfo=UTC)).startswith("31 Dec 9999, 23:59:59")


def test_quotation_marks_inside_a_text_become_single_ones() -> None:
    asked = Compare(Comparison.EQ, Attribute("company"), Literal(Kind.TEXT, "Die „Neue“ ”AG“"))
    assert prose("de").condition(asked) == "Firma ist „Die ‚Neue‘ ’AG‘“"
    assert prose("en").condition(asked) == "Company is “Die ‚Neue‘ ’AG‘”"


def test_a_language_without_prose_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no prose in `fr`: write `de` or `en`"):
        Prose(policy(), "fr")  # type: ignore[arg-type]
