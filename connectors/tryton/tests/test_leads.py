"""Leads come in as Tryton keeps them, whatever is bound."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from connectors.tryton.tests.crm import BINDING, WRITTEN, Crm, decision

from leadpolicy.crm.connector import (
    BindingError,
    ColumnMissingError,
    ConnectorError,
    TableMissingError,
)


def bound(**changes: object) -> dict[str, Any]:
    """Return the binding with some of the section `leads` changed."""
    binding = copy.deepcopy(dict(BINDING))
    binding["leads"] |= changes
    return binding


def test_leads_come_with_what_the_binding_names(crm: Crm) -> None:
    key = crm.add_lead("Ada GmbH", description="  Messe ")
    bare = crm.add_lead(party=None)
    first, second = crm.open().read_leads()
    assert (first.key, second.key) == (key, bare)
    assert first.values["party.name"] == "Ada GmbH"
    assert str(first.values["party.email"]).startswith("info@")
    assert (first.values["description"], first.values["state"]) == ("Messe", "lead")
    assert second.values["party.name"] is None
    assert first.held == {}


def test_pages_bring_every_lead_once_in_order(crm: Crm) -> None:
    keys = [crm.add_lead() for _ in range(5)]
    connector = crm.open(batch_rows=2)
    assert [lead.key for lead in connector.read_leads()] == keys
    assert [lead.key for lead in connector.read_leads((), [keys[3], keys[0], "999999"])] == [
        keys[0],
        keys[3],
    ]


def test_what_the_policy_wrote_comes_along_with_the_leads(crm: Crm) -> None:
    key = crm.add_lead()
    connector = crm.open()
    connector.write([decision(key)], WRITTEN)
    (lead,) = connector.read_leads(WRITTEN)
    assert lead.held == decision(key).values


@pytest.mark.parametrize("key", ["0", "-1", "007", "1.0", "٣", "x", "", "9" * 30])
def test_a_key_that_tryton_cannot_have_finds_nothing(shared: Crm, key: str) -> None:
    connector = shared.open()
    assert list(connector.read_leads((), [key])) == []
    assert connector.lookup([key], WRITTEN) == {}
    (outcome,) = connector.write([decision(key)], WRITTEN)
    assert outcome.code == "unknown_lead"


def test_leads_can_go_by_their_reference(crm: Crm) -> None:
    crm.add_lead(reference="A-1")
    crm.add_lead(reference="twice")
    crm.add_lead(reference="twice")
    crm.add_lead()
    connector = crm.open(bound(key="reference"))
    assert [lead.key for lead in connector.read_leads()] == ["A-1", "twice", "twice"]
    outcomes = connector.write([decision("A-1"), decision("twice"), decision("gone")], WRITTEN)
    assert [outcome.status.value for outcome in outcomes] == ["written", "failed", "failed"]
    assert connector.lookup(["A-1"], WRITTEN)["A-1"].values == decision("A-1").values


def test_signals_and_consents_come_from_any_model_that_names_the_opportunity(crm: Crm) -> None:
    key, other = crm.add_lead(), crm.add_lead()
    files = [
        {"name": "download", "resource": f"sale.opportunity,{key}", "type": "link", "link": "x"},
        {"name": "demo", "resource": f"sale.opportunity,{key}", "type": "link", "link": "y"},
    ]
    crm.admin("model.ir.attachment.create", files)
    binding = bound() | {
        "signals": {
            "table": "ir.attachment",
            "lead": "resource",
            "type": {"column": "name"},
            "occurred_at": "create_date",
            "properties": {"link": "link"},
        }
    }
    first, second = crm.open(binding, batch_rows=1).read_leads((), [key, other])
    assert [(signal["name"], signal["link"]) for signal in first.signals] == [
        ("download", "x"),
        ("demo", "y"),
    ]
    assert second.signals == ()


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"table": "party.party"}, BindingError, "has to be `sale.opportunity`"),
        ({"columns": {"lp_state": "notes."}}, BindingError, "has to name a line"),
        ({"columns": {"lp_state": "history.when"}}, BindingError, "names nothing"),
        ({"columns": {"a": "notes.x", "b": "notes.x"}}, BindingError, "two columns"),
        ({"attributes": {"company": {"codes": {}}}}, BindingError, "leads.attributes.company"),
        ({"attributes": {"company": "party.nam"}}, ColumnMissingError, "did you mean `name`"),
        ({"attributes": {"company": "description.x"}}, ColumnMissingError, "no field `x`"),
        ({"key": "numer"}, ColumnMissingError, "did you mean `number`"),
    ],
)
def test_a_wrong_binding_is_named(
    shared: Crm, changes: dict[str, object], error: type[ConnectorError], words: str
) -> None:
    with pytest.raises(error, match=words):
        list(shared.open(bound(**changes)).read_leads())


def test_a_model_that_is_not_installed_is_named(shared: Crm) -> None:
    signals = {"table": "marketing.mail", "lead": "lead", "type": "type", "occurred_at": "at"}
    with pytest.raises(TableMissingError, match=r"no model `marketing\.mail`"):
        list(shared.open(bound() | {"signals": signals}).read_leads())
