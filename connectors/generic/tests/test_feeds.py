"""Changes are followed by the instants in the tables: nothing is skipped, repeats are harmless."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.crm.connector import (
    BindingError,
    Column,
    ColumnMismatchError,
    ColumnMissingError,
    CursorExpiredError,
    Event,
    EventKind,
    Stream,
    UnsupportedError,
)
from leadpolicy.crm.state import DesiredState, FieldKind
from leadpolicy.crm.store import Store
from leadpolicy.crm.sync import pull
from leadpolicy_generic.connector import GenericConnector

if TYPE_CHECKING:
    from connectors.generic.tests.conftest import Crm, Prepare

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
FEEDBACK = (
    Column("sales_feedback", FieldKind.CHOICE, "sales", codes=("accepted", "rejected")),
    Column("sales_feedback_at", FieldKind.MOMENT, "sales"),
    Column("sales_feedback_by", FieldKind.TEXT, "sales"),
)
DESIRED = DesiredState("p", "1", "h", FEEDBACK)


@pytest.fixture
def fed(crm: Crm) -> Crm:
    """Return a CRM whose tables say when their rows were changed."""
    for table, column in (
        ("leads", "updated_at"),
        ("signals", "recorded_at"),
        ("consents", "recorded_at"),
    ):
        default = " DEFAULT '1970-01-02 00:00:00'" if crm.is_mariadb else ""
        crm.run(f"ALTER TABLE {{schema}}{table} ADD COLUMN {column} {{moment}}{default}")
    return crm


def bound(crm: Crm, **more: str) -> dict[str, Any]:
    found: dict[str, Any] = crm.binding
    found["leads"] |= {"updated_at": "updated_at", **more}
    found["signals"] |= {"recorded_at": "recorded_at"}
    found["consents"] |= {"recorded_at": "recorded_at"}
    return found


def shown(crm: Crm, at: datetime) -> str:
    """Return an instant as the table holds it."""
    if crm.is_mariadb:
        return at.replace(tzinfo=None).isoformat(sep=" ")
    return at.isoformat()


def put(crm: Crm, key: str, at: datetime, **values: object) -> None:
    """Write a lead anew, as the CRM would do it."""
    names = "".join(f", {name}" for name in values)
    marks = "".join(f", :{name}" for name in values)
    crm.run(
        "DELETE FROM {schema}leads WHERE id = :key;\n"
        f"INSERT INTO {{schema}}leads (id, updated_at{names}) VALUES (:key, :at{marks})",
        key=key,
        at=shown(crm, at),
        **values,
    )


def pulled(
    connector: GenericConnector, stream: Stream, cursor: str | None = None, limit: int = 100
) -> tuple[list[Event], str]:
    """Return every event behind a cursor, and the cursor behind them."""
    events: list[Event] = []
    while True:
        page = connector.pull(stream, cursor, limit)
        events += page.events
        assert page.complete or page.cursor != cursor
        cursor = page.cursor
        if page.complete:
            return events, cursor


def test_capabilities_name_the_streams_that_the_binding_allows(fed: Crm) -> None:
    every = fed.open(bound(fed)).capabilities
    assert every.feeds == {Stream.CHANGES, Stream.FEEDBACK, Stream.CONSENTS}
    assert every.reads_consents
    assert fed.open().capabilities.feeds == frozenset()
    half = bound(fed)
    del half["signals"]["recorded_at"]
    assert fed.open(half).capabilities.feeds == {Stream.FEEDBACK, Stream.CONSENTS}
    with pytest.raises(UnsupportedError, match="does not take the stream `changes`"):
        fed.open().pull(Stream.CHANGES, None, 10)


def test_leads_signals_and_consents_tell_which_leads_changed(fed: Crm) -> None:
    connector = fed.open(bound(fed))
    put(fed, "a", LONG_AGO)
    put(fed, "b", LONG_AGO + timedelta(hours=2))
    at = shown(fed, LONG_AGO + timedelta(hours=1))
    fed.run("INSERT INTO {schema}signals (id, lead_id, recorded_at) VALUES ('s', 'c', :at)", at=at)
    events, cursor = pulled(connector, Stream.CHANGES)
    assert [(e.key, e.kind, e.at) for e in events] == [
        ("a", EventKind.CHANGED, LONG_AGO),
        ("c", EventKind.CHANGED, LONG_AGO + timedelta(hours=1)),
        ("b", EventKind.CHANGED, LONG_AGO + timedelta(hours=2)),
    ]
    assert pulled(connector, Stream.CHANGES, cursor)[0] == []
    at = shown(fed, LONG_AGO + timedelta(hours=3))
    fed.run("INSERT INTO {schema}consents (id, lead_id, recorded_at) VALUES ('s', 'a', :at)", at=at)
    again, _ = pulled(connector, Stream.CHANGES, cursor)
    assert [event.key for event in again] == ["a"]


@pytest.mark.parametrize("limit", [1, 2, 7])
def test_rows_of_one_instant_are_never_skipped(fed: Crm, limit: int) -> None:
    connector = fed.open(bound(fed))
    for number in range(9):
        put(fed, f"k{number}", LONG_AGO + timedelta(hours=number // 5))
    for number in range(5):
        fed.run(
            "INSERT INTO {schema}consents (id, lead_id, recorded_at) VALUES (:id, 'k3', :at)",
            id=str(number),
            at=shown(fed, LONG_AGO),
        )
    events, _ = pulled(connector, Stream.CHANGES, limit=limit)
    assert len({event.id for event in events}) == len(events) == 10
    assert {event.key for event in events} == {f"k{number}" for number in range(9)}


def test_a_row_that_was_committed_late_is_read(fed: Crm) -> None:
    connector = fed.open(bound(fed), overlap_seconds=120)
    now = _now(fed)
    put(fed, "b", now)
    first, cursor = pulled(connector, Stream.CHANGES)
    assert [event.key for event in first] == ["b"]
    put(fed, "a", now - timedelta(seconds=60))
    second, cursor = pulled(connector, Stream.CHANGES, cursor)
    assert [event.key for event in second] == ["a", "b"]
    assert second[1].id == first[0].id
    put(fed, "b", now, note="changed within the tick")
    third, _ = pulled(connector, Stream.CHANGES, cursor)
    assert [event.key for event in third] == ["a", "b"]
    assert third[0].id == second[0].id
    assert third[1].id != second[1].id


def _now(crm: Crm) -> datetime:
    """Return the present instant by the clock of the database, in whole milliseconds."""
    words = {
        "sqlite": "SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')",
        "postgresql": "SELECT clock_timestamp()",
        "mariadb": "SELECT UTC_TIMESTAMP(6)",
    }
    ((now,),) = crm.rows(words[crm.engine.dialect.name])
    at = datetime.fromisoformat(now) if isinstance(now, str) else now
    assert isinstance(at, datetime)
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def test_nothing_that_changes_while_pages_are_read_is_skipped(fed: Crm) -> None:
    connector = fed.open(bound(fed))
    for number in range(6):
        put(fed, str(number), LONG_AGO + timedelta(minutes=number))
    page = connector.pull(Stream.CHANGES, None, 2)
    put(fed, "0", LONG_AGO + timedelta(days=1), note="new")
    fed.run("DELETE FROM {schema}leads WHERE id = '1'")
    rest, _ = pulled(connector, Stream.CHANGES, page.cursor, limit=2)
    assert [event.key for event in rest] == ["2", "3", "4", "5", "0"]


def test_feedback_comes_with_who_and_when(fed: Crm, prepare: Prepare) -> None:
    connector = fed.open(bound(fed))
    put(fed, "c", LONG_AGO)
    prepare(connector, DESIRED)
    said = LONG_AGO + timedelta(days=1)
    put(
        fed,
        "a",
        LONG_AGO,
        sales_feedback="accepted",
        sales_feedback_by="Anna",
        sales_feedback_at=shown(fed, said),
    )
    put(fed, "b", LONG_AGO, sales_feedback="rejected")
    events, cursor = pulled(connector, Stream.FEEDBACK)
    assert [(e.key, e.kind, e.by, e.at) for e in events] == [
        ("a", EventKind.FEEDBACK, "Anna", said),
        ("b", EventKind.FEEDBACK, "", LONG_AGO),
    ]
    assert events[0].values["sales_feedback"] == "accepted"
    put(fed, "a", LONG_AGO + timedelta(days=2))
    (gone,), _ = pulled(connector, Stream.FEEDBACK, cursor)
    assert (gone.key, set(gone.values.values())) == ("a", {None})


def test_feedback_is_asked_for_after_its_columns_are_known(fed: Crm) -> None:
    with pytest.raises(BindingError, match="columns of feedback are not known yet; plan or apply"):
        fed.open(bound(fed)).pull(Stream.FEEDBACK, None, 10)


def test_consents_come_in_the_words_of_the_policy(fed: Crm) -> None:
    binding = bound(fed, timezone="Europe/Berlin")
    binding["consents"]["purpose"] = {"column": "purpose", "codes": {"NL": "newsletter"}}
    binding["consents"]["status"] = {"column": "status", "codes": {"ja": "granted", "?": None}}
    connector = fed.open(binding)
    for number, (status, at) in enumerate(
        [("ja", "2026-07-01T12:00:00"), ("?", "2026-07-01"), ("withdrawn", "2026-07-02T12:00Z")]
    ):
        fed.run(
            "INSERT INTO {schema}consents VALUES (:id, 'a', 'NL', 'email', :status, :at, :now)",
            id=str(number),
            status=status,
            at=at,
            now=shown(fed, LONG_AGO),
        )
    events, _ = pulled(connector, Stream.CONSENTS)
    assert sorted((e.at, e.values["status"], e.values["purpose"]) for e in events) == [
        (datetime(2026, 7, 1, 10, tzinfo=UTC), "granted", "newsletter"),
        (datetime(2026, 7, 2, 12, tzinfo=UTC), "withdrawn", "newsletter"),
    ]


def test_a_whole_pull_takes_each_event_once(fed: Crm, store: Store, prepare: Prepare) -> None:
    connector = fed.open(bound(fed))
    prepare(connector, DESIRED)
    put(fed, "a", _now(fed), sales_feedback="accepted")
    first = pull(connector, DESIRED, store, at=LONG_AGO)
    again = pull(connector, DESIRED, store, at=LONG_AGO)
    assert (first.feedback_new, again.feedback_new) == (1, 0)
    assert [row.key for row in store.feedback(connector.target)] == ["a"]


@pytest.mark.parametrize(
    "cursor", ["", "{}", "null", '{"version": 2, "marks": {}, "whole": true}', "[1]"]
)
def test_a_cursor_that_nobody_knows_is_told_apart(fed: Crm, cursor: str) -> None:
    with pytest.raises(CursorExpiredError):
        fed.open(bound(fed)).pull(Stream.CHANGES, cursor, 10)


def test_a_column_that_cannot_order_rows_is_refused(fed: Crm) -> None:
    put(fed, "a", LONG_AGO)
    with pytest.raises(ColumnMissingError, match=r"bound to `leads\.updated_at`"):
        list(fed.open(bound(fed) | _leads(fed, "changed_at")).read_leads())
    if not fed.is_sqlite:
        with pytest.raises(ColumnMismatchError, match=r"column `note` of .* holds no instants"):
            fed.open(bound(fed) | _leads(fed, "note")).pull(Stream.CHANGES, None, 10)
    if not fed.is_mariadb:
        fed.run("UPDATE {schema}leads SET updated_at = NULL")
        with pytest.raises(BindingError, match="have no instant in `updated_at`; fill it in"):
            fed.open(bound(fed)).pull(Stream.CHANGES, None, 10)


def _leads(crm: Crm, column: str) -> dict[str, Any]:
    return {"leads": bound(crm)["leads"] | {"updated_at": column}}


steps = st.lists(
    st.tuples(st.sampled_from("abcd"), st.integers(0, 3), st.sampled_from(["x", "y"])),
    max_size=6,
)


def test_whatever_is_written_between_pulls_the_last_word_of_each_lead_is_read(fed: Crm) -> None:
    connector = fed.open(bound(fed), overlap_seconds=3600)

    @settings(
        max_examples=examples(10), deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    @given(st.lists(steps, min_size=1, max_size=4), st.integers(1, 3))
    def check(rounds: list[list[tuple[str, int, str]]], limit: int) -> None:
        fed.run("DELETE FROM {schema}leads")
        now, cursor, seen = _now(fed), None, set[str]()
        for written in rounds:
            for key, seconds, note in written:
                put(fed, key, now - timedelta(seconds=seconds), note=note)
            events, cursor = pulled(connector, Stream.CHANGES, cursor, limit)
            seen |= {event.id for event in events}
            everything, _ = pulled(connector, Stream.CHANGES)
            assert {event.id for event in everything} <= seen

    check()
