"""Decisions go out as notes or into fields, and what stands is found again."""

from __future__ import annotations

import copy
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from connectors.tryton.tests.crm import BINDING, NOON, OPPORTUNITY, WRITTEN, Crm, decision
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.crm.connector import BatchRefusedError, DecisionRow
from leadpolicy.crm.state import Column, FieldKind, Value
from leadpolicy_tryton.notes import line_value, read_note, write_note

CHANCE = Column("lp_chance", FieldKind.NUMBER, scale=2, bound=True)


def with_fields(**columns: str) -> dict[str, Any]:
    """Return the binding with more columns of the policy."""
    binding = copy.deepcopy(dict(BINDING))
    binding["leads"]["columns"] |= columns
    return binding


def test_a_decision_is_a_note_that_people_can_read(crm: Crm) -> None:
    key = crm.add_lead()
    before = crm.read(key, "write_date", "_timestamp")
    (outcome,) = crm.open().write([decision(key, fit=None)], WRITTEN)
    assert outcome.status.value == "written"
    assert crm.notes(key) == [
        "leadpolicy decision\nstate: mql\nfit:\ndecided at: 2026-11-21T12:00:00+00:00"
    ]
    assert crm.read(key, "write_date", "_timestamp") == before


def test_the_latest_note_counts_and_earlier_ones_stay(crm: Crm) -> None:
    key = crm.add_lead()
    connector = crm.open(batch_rows=1)
    for fit in (10, 20, 30):
        connector.write([decision(key, fit=fit)], WRITTEN)
    crm.admin("model.ir.note.create", [{"resource": f"sale.opportunity,{key}", "message": "hi"}])
    assert connector.lookup([key], WRITTEN)[key].values["lp_fit"] == 30
    assert len(crm.notes(key)) == 4


def test_a_column_that_is_not_named_keeps_its_value(crm: Crm) -> None:
    key = crm.add_lead()
    connector = crm.open()
    connector.write([decision(key)], WRITTEN)
    connector.write([DecisionRow(key, {"lp_fit": 50})], WRITTEN[1:2])
    held = connector.lookup([key], WRITTEN)[key].values
    assert (held["lp_state"], held["lp_fit"]) == ("mql", 50)


def test_leads_without_a_note_hold_nothing(crm: Crm) -> None:
    key = crm.add_lead()
    assert crm.open().lookup([key], WRITTEN)[key].values == dict.fromkeys(
        ("lp_state", "lp_fit", "lp_decided_at")
    )


def test_a_lead_that_is_gone_is_named_and_makes_no_note(crm: Crm) -> None:
    connector = crm.open()
    (outcome,) = connector.write([decision("999999")], WRITTEN)
    assert (outcome.status.value, outcome.code) == ("failed", "unknown_lead")


def test_a_batch_is_kept_as_a_whole_or_not_at_all(crm: Crm) -> None:
    key = crm.add_lead()
    with pytest.raises(BatchRefusedError):
        crm.open().write([decision(key), decision("999999")], WRITTEN)
    assert crm.notes(key) == []


def test_an_empty_batch_makes_no_call(crm: Crm) -> None:
    connector = crm.open()
    connector.close()
    assert connector.write([], WRITTEN) == []
    assert connector.lookup([], WRITTEN) == {}


def test_a_field_that_fits_holds_a_decision_beside_the_note(crm: Crm) -> None:
    key = crm.add_lead()
    connector = crm.open(with_fields(lp_chance="conversion_probability"))
    columns = (*WRITTEN, CHANCE)
    row = DecisionRow(key, {**decision(key).values, "lp_chance": Decimal("0.25")})
    connector.write([row], columns)
    assert crm.read(key, "conversion_probability") == [0.25]
    assert connector.lookup([key], columns)[key].values == row.values
    assert len(crm.notes(key)) == 1


def test_a_value_that_tryton_does_not_take_is_refused_with_its_words(crm: Crm) -> None:
    key = crm.add_lead()
    connector = crm.open(with_fields(lp_chance="conversion_probability"))
    with pytest.raises(BatchRefusedError, match="Conversion Probability"):
        connector.write([DecisionRow(key, {"lp_chance": Decimal("7.00")})], [CHANCE])
    assert crm.read(key, "conversion_probability") == [0.5]


@pytest.mark.parametrize("name", ["id", "reference"])
def test_a_field_is_not_written_over_a_change_that_was_not_read(crm: Crm, name: str) -> None:
    number = crm.add_lead(reference="lead 7")
    key = {"id": number, "reference": "lead 7"}[name]
    binding = with_fields(lp_chance="conversion_probability")
    binding["leads"]["key"] = name
    connector = crm.open(binding)
    connector.lookup([key], [CHANCE])
    crm.admin(f"{OPPORTUNITY}.write", [int(number)], {"conversion_probability": 0.9})
    row = DecisionRow(key, {"lp_chance": Decimal("0.25")})
    (outcome,) = connector.write([row], [CHANCE])
    assert (outcome.status.value, outcome.code) == ("deferred", "changed_meanwhile")
    assert crm.read(number, "conversion_probability") == [0.9]
    connector.lookup([key], [CHANCE])
    assert [found.status.value for found in connector.write([row], [CHANCE])] == ["written"]


def test_a_text_that_a_field_would_change_is_refused_and_holds_up_no_other(crm: Crm) -> None:
    keys = [crm.add_lead(), crm.add_lead()]
    topic = Column("lp_topic", FieldKind.TEXT, bound=True)
    connector = crm.open(with_fields(lp_topic="description"))
    texts = (" spaces around ", "none around")
    rows = [DecisionRow(k, {"lp_topic": text}) for k, text in zip(keys, texts, strict=True)]
    outcomes = connector.write(rows, [topic])
    assert [(found.status.value, found.code, found.field) for found in outcomes] == [
        ("failed", "spaces_around", "lp_topic"),
        ("written", "", ""),
    ]
    assert [crm.read(key, "description") for key in keys] == [[None], ["none around"]]


KINDS: dict[FieldKind, st.SearchStrategy[Any]] = {
    FieldKind.TEXT: st.text(min_size=1).filter(lambda text: "\0" not in text),
    FieldKind.WHOLE: st.integers(-(10**12), 10**12),
    FieldKind.NUMBER: st.integers(-(10**9), 10**9).map(lambda n: Decimal(n).scaleb(-2)),
    FieldKind.FLAG: st.booleans(),
    FieldKind.MOMENT: st.integers(0, 10**9).map(lambda n: NOON.fromtimestamp(n, NOON.tzinfo)),
}


@settings(max_examples=examples(100))
@given(st.data())
def test_every_value_is_read_from_a_note_as_it_was_written(data: st.DataObject) -> None:
    kinds = data.draw(st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=4))
    columns = [Column(f"c{i}", kind, scale=2) for i, kind in enumerate(kinds)]
    values: dict[str, Value] = {
        c.name: data.draw(st.none() | KINDS[c.kind], label=c.name) for c in columns
    }
    lines = read_note(write_note(values).strip())
    assert {c.name: line_value(lines[c.name], c) for c in columns} == values


def test_what_people_write_is_no_decision() -> None:
    assert read_note("leadpolicy decision made by Ada\nstate: mql") == {}
    assert read_note("") == {}
    column = replace(WRITTEN[1], scale=0)
    assert line_value("forty", column) == "forty"
