"""Feedback comes back with the time and the author of the revision in which it was given."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from connectors.tryton.tests.crm import BINDING, DESIRED, FEEDBACK, OPPORTUNITY, Crm, Person

from leadpolicy.crm.connector import (
    CursorExpiredError,
    DecisionRow,
    Event,
    Stream,
    UnsupportedError,
)
from leadpolicy.crm.state import Column, FieldKind
from leadpolicy_tryton.connector import TrytonConnector

CHANCE = Column("lp_chance", FieldKind.NUMBER, scale=2, bound=True)


def lose(person: Person, key: str, reason: str) -> None:
    person(f"{OPPORTUNITY}.write", [int(key)], {"lost_reason": reason})
    person(f"{OPPORTUNITY}.lost", [int(key)])


def observed(crm: Crm, **options: Any) -> TrytonConnector:
    """Return a connector that knows the policy, as it does in every sync."""
    connector = crm.open(**options)
    connector.observe(DESIRED)
    return connector


def poll(
    connector: TrytonConnector, stream: Stream, cursor: str | None, limit: int = 100
) -> tuple[list[Event], str]:
    """Return everything behind a cursor, page by page."""
    events: list[Event] = []
    for _ in range(100):
        page = connector.pull(stream, cursor, limit)
        events += page.events
        cursor = page.cursor
        if page.complete:
            return events, cursor
    raise AssertionError("the stream does not end")


def test_leads_that_nobody_has_judged_have_no_feedback(crm: Crm) -> None:
    key = crm.add_lead()
    crm.admin(f"{OPPORTUNITY}.write", [int(key)], {"description": "trade fair"})
    connector = observed(crm)
    assert list(connector.read_feedback(FEEDBACK)) == []
    assert poll(connector, Stream.FEEDBACK, None)[0] == []


def test_a_rejection_comes_with_its_reason_its_time_and_its_author(crm: Crm) -> None:
    key = crm.add_lead()
    sales = crm.hire("saul")
    lose(sales, key, " kein Bedarf ")
    connector = observed(crm)
    (row,) = connector.read_feedback(FEEDBACK)
    ((event,), _) = poll(connector, Stream.FEEDBACK, None)
    assert (row.key, event.key) == (key, key)
    assert row.values == event.values
    assert event.values["sales_feedback"] == "lost"
    assert event.values["rejection_reason"] == "kein Bedarf"
    assert event.values["sales_feedback_by"] == event.by == sales.login
    assert event.values["sales_feedback_at"] == event.at
    assert abs(event.at - datetime.now(UTC)) < timedelta(minutes=10)


def test_a_later_edit_of_anything_else_changes_neither_time_nor_author(crm: Crm) -> None:
    key = crm.add_lead()
    sales = crm.hire("saul")
    lose(sales, key, "kein Bedarf")
    connector = observed(crm)
    ((given,), cursor) = poll(connector, Stream.FEEDBACK, None)
    crm.admin(f"{OPPORTUNITY}.write", [int(key)], {"reference": "A-1"})
    assert poll(connector, Stream.FEEDBACK, None)[0] == [given]
    assert poll(connector, Stream.FEEDBACK, cursor)[0] in ([], [given])
    assert poll(observed(crm, overlap_seconds=0), Stream.FEEDBACK, cursor)[0] in ([], [given])


def test_feedback_of_people_is_not_taken_for_ours_when_we_write_afterwards(crm: Crm) -> None:
    key = crm.add_lead()
    sales = crm.hire("saul")
    sales(f"{OPPORTUNITY}.write", [int(key)], {"lost_reason": "kein Bedarf"})
    binding = copy.deepcopy(dict(BINDING))
    binding["leads"]["columns"]["lp_chance"] = "conversion_probability"
    connector = crm.open(binding)
    connector.observe(DESIRED)
    connector.write([DecisionRow(key, {"lp_chance": Decimal("0.25")})], [CHANCE])
    ((given,), _) = poll(connector, Stream.FEEDBACK, None)
    assert given.by == sales.login != connector.actor
    *_, change = poll(connector, Stream.CHANGES, None)[0]
    assert (change.key, change.by) == (key, "")


def test_feedback_that_is_taken_back_and_given_again_is_told_each_time(crm: Crm) -> None:
    key = crm.add_lead()
    sales = crm.hire("saul")
    connector = observed(crm)
    seen: list[Event] = []
    cursor = None
    for action in ("lost", "lead", "lost"):
        sales(f"{OPPORTUNITY}.{action}", [int(key)])
        events, cursor = poll(connector, Stream.FEEDBACK, cursor)
        seen += [event for event in events if event.id not in {old.id for old in seen}]
    assert [event.values["sales_feedback"] for event in seen] == ["lost", None, "lost"]
    assert len({event.id for event in seen}) == 3
    assert seen[1].values["sales_feedback_by"] is None


def test_every_change_is_told_once_in_pages_of_any_size(crm: Crm) -> None:
    keys = [crm.add_lead(name) for name in ("Ada GmbH", "Bea GmbH", "Cem GmbH")]
    connector = observed(crm)
    whole, cursor = poll(connector, Stream.CHANGES, None)
    assert {event.key for event in whole} == {*keys}
    for limit in (1, 2):
        events, end = poll(connector, Stream.CHANGES, None, limit)
        assert {event.id for event in events} == {event.id for event in whole}
        assert [event.at for event in events] == sorted(event.at for event in events)
        assert end == cursor


def test_the_same_cursor_tells_the_same_again(crm: Crm) -> None:
    crm.add_lead()
    connector = observed(crm)
    first = connector.pull(Stream.CHANGES, None, 1)
    assert connector.pull(Stream.CHANGES, None, 1) == first
    behind = connector.pull(Stream.CHANGES, first.cursor, 1)
    assert connector.pull(Stream.CHANGES, first.cursor, 1) == behind


@pytest.mark.parametrize("change", ["lead", "party", "mail", "new mail"])
def test_a_change_of_whatever_is_bound_touches_the_lead(crm: Crm, change: str) -> None:
    key, other = crm.add_lead("Ada GmbH"), crm.add_lead("Bea GmbH")
    (party,) = crm.read(key, "party")
    (mail,) = crm.admin("model.party.party.read", [party], ["contact_mechanisms"])[0][
        "contact_mechanisms"
    ]
    connector = observed(crm, overlap_seconds=0)
    known, cursor = poll(connector, Stream.CHANGES, None)
    match change:
        case "lead":
            crm.admin(f"{OPPORTUNITY}.write", [int(key)], {"description": "x"})
        case "party":
            crm.admin("model.party.party.write", [party], {"name": "Neue GmbH"})
        case "mail":
            crm.admin("model.party.contact_mechanism.write", [mail], {"value": "a@b.example"})
        case _:
            made = {"party": party, "type": "email", "value": "c@d.example"}
            crm.admin("model.party.contact_mechanism.create", [made])
    events, _ = poll(connector, Stream.CHANGES, cursor)
    fresh = {event.key for event in events} if events else set()
    assert key in fresh
    new = {event.key for event in events if event.id not in {old.id for old in known}}
    assert new == {key}
    assert other not in new


def test_decisions_that_are_notes_make_no_echo(crm: Crm) -> None:
    key = crm.add_lead()
    connector = observed(crm)
    before, cursor = poll(connector, Stream.CHANGES, None)
    connector.write([DecisionRow(key, {"lp_fit": 1})], [DESIRED.columns[1]])
    after, _ = poll(connector, Stream.CHANGES, cursor)
    assert {event.id for event in after} <= {event.id for event in before}


def test_the_binding_alone_tells_which_fields_are_feedback(crm: Crm) -> None:
    key = crm.add_lead()
    lose(crm.hire("saul"), key, "kein Bedarf")
    ((event,), _) = poll(crm.open(), Stream.FEEDBACK, None)
    names = {"sales_feedback", "rejection_reason", "sales_feedback_at", "sales_feedback_by"}
    assert {*event.values} == names


@pytest.mark.parametrize("cursor", ["", "x", "[]", "[1,2,3,4]", '["a","b",0,0]', "null"])
def test_a_cursor_that_is_none_asks_to_begin_again(shared: Crm, cursor: str) -> None:
    with pytest.raises(CursorExpiredError):
        shared.open().pull(Stream.CHANGES, cursor, 10)


def test_other_streams_are_refused(shared: Crm) -> None:
    with pytest.raises(UnsupportedError, match="`consents`"):
        shared.open().pull(Stream.CONSENTS, None, 10)


def test_feedback_can_be_read_without_its_time_and_author(crm: Crm) -> None:
    key = crm.add_lead()
    lose(crm.hire("saul"), key, "kein Bedarf")
    columns = [replace(column) for column in FEEDBACK[:2]]
    (row,) = crm.open().read_feedback(columns)
    assert row.values == {"sales_feedback": "lost", "rejection_reason": "kein Bedarf"}
