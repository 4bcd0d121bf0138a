from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.crm.apply import apply
from leadpolicy.crm.connector import BatchRefusedError, BindingError, DecisionRow, Standing, Status
from leadpolicy.crm.plan import propose
from leadpolicy.crm.state import Action, Change, Column, DesiredState, FieldKind, Value
from leadpolicy.crm.store import Store, open_store
from leadpolicy.crm.sync import pull, push
from leadpolicy_generic.connector import GenericConnector

if TYPE_CHECKING:
    from connectors.generic.tests.conftest import Crm, Prepare

Content: TypeAlias = dict[str, tuple[Value, ...]]

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
COLUMNS = (
    Column("lp_state", FieldKind.CHOICE, codes=("mql", "sql")),
    Column("lp_score", FieldKind.WHOLE),
    Column("lp_share", FieldKind.NUMBER, scale=2),
    Column("lp_open", FieldKind.FLAG),
    Column("lp_note", FieldKind.TEXT),
    Column("lp_decided_at", FieldKind.MOMENT, compared=False),
)
FEEDBACK = (
    Column("sales_feedback", FieldKind.CHOICE, owner="sales", codes=("accepted", "rejected")),
    Column("rejection_reason", FieldKind.TEXT, owner="sales"),
    Column("feedback_at", FieldKind.MOMENT, owner="sales"),
    Column("feedback_by", FieldKind.TEXT, owner="sales"),
)
DESIRED = DesiredState("b2b", "1.0", "abc", (*COLUMNS, *FEEDBACK))


def row(key: str, score: int = 7, note: str = "Grüße", at: datetime = AT) -> DecisionRow:
    values: tuple[Value, ...] = ("mql", score, Decimal("12.50"), True, note, at)
    return DecisionRow(key, dict(zip((c.name for c in COLUMNS), values, strict=True)))


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect every statement that is sent to any database."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


def test_leads_come_with_their_signals_and_consents_and_bound_columns_alone(crm: Crm) -> None:
    crm.run(
        "INSERT INTO {schema}leads VALUES ('b', 'Anna', '1-9', NULL), ('a', 'Ben', '', 'x');\n"
        "INSERT INTO {schema}signals VALUES"
        " ('s1', 'b', 'click', '2026-01-01', NULL, '10.0.0.1'),"
        " ('s2', 'b', 'click', '2026-01-02', 'guide', NULL), ('s3', 'nobody', 'x', '', '', '');\n"
        "INSERT INTO {schema}consents VALUES"
        " ('c1', 'a', 'newsletter', 'email', 'granted', '2026-01-01')"
    )
    a, b = crm.open().read_leads()
    assert (a.key, a.values, a.signals) == ("a", {"company size": "", "note": "x"}, ())
    consent = {"purpose": "newsletter", "channel": "email", "status": "granted", "at": "2026-01-01"}
    assert a.consents == (consent,)
    assert (b.key, b.values, b.consents) == ("b", {"company size": "1-9", "note": None}, ())
    assert sorted(b.signals, key=lambda signal: str(signal["occurred_at"])) == [
        {"id": "s1", "type": "click", "occurred_at": "2026-01-01", "asset": None},
        {"id": "s2", "type": "click", "occurred_at": "2026-01-02", "asset": "guide"},
    ]


@pytest.mark.parametrize("leads", [0, 1, 19, 20, 21, 40])
def test_leads_are_read_in_batches_of_three_statements(sqlite_crm: Crm, leads: int) -> None:
    sqlite_crm.add_leads(*(f"{n:02}" for n in range(leads)))
    connector = sqlite_crm.open(batch_rows=20)
    list(connector.read_leads())
    with statements() as seen:
        assert [lead.key for lead in connector.read_leads()] == [f"{n:02}" for n in range(leads)]
    selects = [statement for statement in seen if statement.lstrip().startswith("SELECT")]
    reads = [statement for statement in selects if '"leads"' in statement]
    assert len(reads) == leads // 20 + 1
    assert len([s for s in selects if '"signals"' in s]) <= len(reads)
    assert len([s for s in selects if '"consents"' in s]) <= len(reads)


def test_chosen_leads_come_with_what_they_hold(crm: Crm, prepare: Prepare) -> None:
    crm.run("CREATE TABLE {schema}people (no INTEGER PRIMARY KEY, note {text})")
    for key in (1, 2, 10, 30):
        crm.run(f"INSERT INTO {{schema}}people VALUES ({key}, 'n{key}')")
    binding = {
        "leads": {"table": f"{crm.schema}people", "key": "no", "attributes": {"note": "note"}}
    }
    connector = crm.open(binding, batch_rows=2)
    prepare(connector, DESIRED)
    connector.write([row("10")], COLUMNS)
    found = list(connector.read_leads(COLUMNS, ["30", "10", "1", "7", "010", "x", "1"]))
    assert [lead.key for lead in found] == ["1", "10", "30"]
    assert [lead.values for lead in found] == [{"note": f"n{n}"} for n in (1, 10, 30)]
    assert found[1].held == row("10").values
    assert set(found[0].held.values()) == {None}
    assert list(connector.read_leads(COLUMNS, [])) == []
    everything = {lead.key: lead.held for lead in connector.read_leads(COLUMNS)}
    assert everything["10"] == row("10").values


def test_leads_can_be_written_while_they_are_read(crm: Crm, store: Store, prepare: Prepare) -> None:
    keys = [f"{n:03}" for n in range(50)]
    crm.add_leads(*keys)
    connector = crm.open(batch_rows=10, busy_seconds=0.2)
    prepare(connector, DESIRED)
    decisions = (row(lead.key, score=int(lead.key)) for lead in connector.read_leads())
    report = push(connector, DESIRED, decisions, store, at=AT)
    assert (report.written, report.failed) == (50, 0)
    found = crm.rows("SELECT id, lp_score FROM {schema}leads ORDER BY id")
    assert found == [(key, int(key)) for key in keys]


def test_decisions_are_held_as_they_were_decided(crm: Crm, store: Store, prepare: Prepare) -> None:
    crm.add_leads("1", "2")
    connector = crm.open()
    prepare(connector, DESIRED)
    empty = DecisionRow("2", {c.name: None for c in COLUMNS})
    report = push(connector, DESIRED, [row("1"), empty], store, at=AT)
    assert (report.written, report.unchanged) == (1, 1)
    assert connector.lookup(["1", "2", "3"], COLUMNS) == {
        "1": Standing(row("1").values),
        "2": Standing(empty.values),
    }
    if crm.is_sqlite:
        assert crm.rows("SELECT lp_share, lp_open, lp_decided_at FROM leads WHERE id = '1'") == [
            (12.5, 1, "2026-03-01T12:00:00+00:00")
        ]


def test_the_second_sync_writes_nothing(crm: Crm, store: Store, prepare: Prepare) -> None:
    keys = [str(n) for n in range(30)]
    crm.add_leads(*keys)
    connector = crm.open(batch_rows=7)
    prepare(connector, DESIRED)
    assert push(connector, DESIRED, map(row, keys), store, at=AT).written == 30
    stands = crm.dump()
    later = AT + timedelta(days=3)
    with statements() as seen:
        decisions = [row(key, at=later) for key in keys]
        report = push(connector, DESIRED, decisions, store, at=later)
    assert (report.written, report.unchanged, report.failed) == (0, 30, 0)
    assert not [statement for statement in seen if "UPDATE" in statement]
    assert crm.dump() == stands


def test_the_second_sync_does_not_touch_the_file(
    sqlite_crm: Crm, store: Store, prepare: Prepare
) -> None:
    sqlite_crm.add_leads("1", "2")
    connector = sqlite_crm.open()
    prepare(connector, DESIRED)
    push(connector, DESIRED, [row("1"), row("2")], store, at=AT)
    with sqlite3.connect(sqlite_crm.url) as watcher:
        before = watcher.execute("PRAGMA data_version").fetchone()
        push(connector, DESIRED, [row("1"), row("2")], store, at=AT)
        assert watcher.execute("PRAGMA data_version").fetchone() == before
    watcher.close()


def test_feedback_of_sales_comes_back_once_and_is_never_written(
    crm: Crm, store: Store, prepare: Prepare
) -> None:
    crm.add_leads("1", "2", "3", "4")
    connector = crm.open(batch_rows=2)
    prepare(connector, DESIRED)
    said = (
        {"said": "2026-02-01 09:00:00"} if crm.is_mariadb else {"said": "2026-02-01T10:00:00+01:00"}
    )
    crm.run(
        "UPDATE {schema}leads SET sales_feedback = 'rejected', rejection_reason = 'timing',"
        " feedback_at = :said, feedback_by = 'Anna' WHERE id = '4'",
        **said,
    )
    crm.run("UPDATE {schema}leads SET sales_feedback = 'accepted' WHERE id = '1'")
    crm.run("UPDATE {schema}leads SET sales_feedback = '' WHERE id = '2'")
    push(connector, DESIRED, [row("1"), row("2")], store, at=AT)
    first = pull(connector, DESIRED, store, at=AT)
    assert (first.feedback_new, first.feedback_unchanged) == (2, 0)
    again = pull(connector, DESIRED, store, at=AT)
    assert (again.feedback_new, again.feedback_unchanged) == (0, 2)
    accepted, rejected = store.feedback(connector.target)
    assert accepted.values["sales_feedback"] == "accepted"
    assert (rejected.key, rejected.values) == (
        "4",
        {
            "sales_feedback": "rejected",
            "rejection_reason": "timing",
            "feedback_at": "2026-02-01T09:00:00+00:00",
            "feedback_by": "Anna",
        },
    )
    crm.run("UPDATE {schema}leads SET rejection_reason = 'budget' WHERE id = '4'")
    crm.run("UPDATE {schema}leads SET sales_feedback = NULL WHERE id = '1'")
    third = pull(connector, DESIRED, store, at=AT)
    assert (third.feedback_new, third.feedback_unchanged, third.feedback_withdrawn) == (1, 0, 1)


def test_leads_that_the_crm_lacks_are_named_and_never_created(
    crm: Crm, store: Store, prepare: Prepare
) -> None:
    crm.add_leads("1")
    connector = crm.open()
    prepare(connector, DESIRED)
    report = push(connector, DESIRED, [row("1"), row("2")], store, at=AT)
    assert report.written == 1
    assert [(o.key, o.code) for o in report.failures] == [("2", "unknown_lead")]
    outcomes = connector.write([row("1"), row("gone")], COLUMNS)
    assert [(o.key, o.status, o.code) for o in outcomes] == [
        ("1", Status.WRITTEN, ""),
        ("gone", Status.FAILED, "unknown_lead"),
    ]
    assert crm.rows("SELECT id FROM {schema}leads") == [("1",)]


def limited(crm: Crm, prepare: Prepare) -> GenericConnector:
    crm.add_leads(*(str(n) for n in range(8)))
    connector = crm.open()
    prepare(connector, DESIRED)
    if crm.is_sqlite:
        crm.run(
            "CREATE TRIGGER limited BEFORE UPDATE ON leads WHEN NEW.lp_score > 100"
            " BEGIN SELECT RAISE(ABORT, 'score too high'); END"
        )
    else:
        crm.run("ALTER TABLE {schema}leads ADD CONSTRAINT limited CHECK (lp_score <= 100)")
    return connector


def test_a_refused_batch_is_kept_as_a_whole_or_not_at_all(crm: Crm, prepare: Prepare) -> None:
    connector = limited(crm, prepare)
    stands = crm.dump()
    with pytest.raises(
        BatchRefusedError, match=r"score too high|violates check constraint|CONSTRAINT `limited`"
    ):
        connector.write([row("1"), row("2", score=101), row("3")], COLUMNS)
    assert crm.dump() == stands


def test_a_row_that_the_database_refuses_holds_up_nothing_else(
    crm: Crm, store: Store, prepare: Prepare
) -> None:
    connector = limited(crm, prepare)
    decisions = [row(str(n), score=101 if n in {2, 5} else n) for n in range(8)]
    report = push(connector, DESIRED, decisions, store, at=AT)
    assert report.written == 6
    assert {(o.key, o.code) for o in report.failures} == {("2", "refused"), ("5", "refused")}
    assert "Grüße" not in str(report.failures)


def test_a_value_that_the_database_changed_on_the_way_is_found_out(
    sqlite_crm: Crm, store: Store, prepare: Prepare
) -> None:
    sqlite_crm.add_leads("1")
    connector = sqlite_crm.open()
    prepare(connector, DESIRED)
    sqlite_crm.run(
        "CREATE TRIGGER capped AFTER UPDATE ON leads WHEN NEW.lp_score > 10"
        " BEGIN UPDATE leads SET lp_score = 10 WHERE id = NEW.id; END"
    )
    report = push(connector, DESIRED, [row("1", score=11)], store, at=AT)
    assert [(o.code, o.message) for o in report.failures] == [
        ("not_kept", "the database holds something else in `lp_score`")
    ]


@pytest.mark.parametrize(
    ("kind", "keys", "foreign"),
    [
        ("INTEGER", ["1", "2", "10"], ["007", "x", "99"]),
        ("VARCHAR(20)", ["1", "10", "2"], ["007", "x"]),
    ],
)
def test_keys_are_what_their_column_holds(
    crm: Crm, store: Store, prepare: Prepare, kind: str, keys: list[str], foreign: list[str]
) -> None:
    crm.run(f"CREATE TABLE {{schema}}people (no {kind} PRIMARY KEY)")
    for key in keys:
        crm.run(f"INSERT INTO {{schema}}people VALUES ({int(key)})")
    connector = crm.open(
        {"leads": {"table": f"{crm.schema}people", "key": "no"}}, batch_rows=2, busy_seconds=1
    )
    prepare(connector, DESIRED)
    assert [lead.key for lead in connector.read_leads()] == keys
    report = push(connector, DESIRED, [row(key) for key in keys + foreign], store, at=AT)
    assert report.written == len(keys)
    assert {(o.key, o.code) for o in report.failures} == {(k, "unknown_lead") for k in foreign}


def test_keys_can_be_uuids(postgresql_crm: Crm, store: Store, prepare: Prepare) -> None:
    key = "0b0f5d3e-6a55-4e0e-9a3e-0d7a8f4b2c11"
    postgresql_crm.run("CREATE TABLE {schema}people (id UUID PRIMARY KEY)")
    postgresql_crm.run("INSERT INTO {schema}people VALUES (:key)", key=UUID(key))
    binding = {"leads": {"table": f"{postgresql_crm.schema}people", "key": "id"}}
    connector = postgresql_crm.open(binding)
    prepare(connector, DESIRED)
    assert [lead.key for lead in connector.read_leads()] == [key]
    report = push(connector, DESIRED, [row(key), row("no uuid")], store, at=AT)
    assert (report.written, report.failed) == (1, 1)


def test_a_key_that_stands_twice_is_refused(crm: Crm) -> None:
    crm.run("CREATE TABLE {schema}people (id TEXT)")
    crm.run("INSERT INTO {schema}people VALUES ('1'), ('1'), (NULL), (NULL)")
    binding = {"leads": {"table": f"{crm.schema}people", "key": "id"}}
    with pytest.raises(BindingError, match=r"`id` of `.*people` holds the same key more than once"):
        list(crm.open(binding).read_leads())
    crm.run("DELETE FROM {schema}people WHERE id = '1'")
    assert list(crm.open(binding).read_leads()) == []


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
values = st.tuples(
    st.none() | st.sampled_from(["mql", "sql"]),
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.none() | st.decimals(-(10**13) + 1, 10**13 - 1, places=2),
    st.none() | st.booleans(),
    st.none() | texts,
    st.none() | st.datetimes(timezones=st.timezones()),
)
rounds = st.lists(
    st.dictionaries(st.sampled_from([str(n) for n in range(6)]), values), min_size=1, max_size=3
)


def check_rounds(connector: GenericConnector, contents: list[Content]) -> None:
    store = open_store(":memory:")
    apply(propose(connector, DESIRED, store), connector, store, at=AT)
    for content in contents:
        names = [column.name for column in COLUMNS]
        rows = [DecisionRow(k, dict(zip(names, v, strict=True))) for k, v in content.items()]
        report = push(connector, DESIRED, rows, store, at=AT)
        refused = [o.message for o in report.failures]
        assert refused == ["`lp_decided_at` lies outside the calendar"] * len(refused)
        again = push(connector, DESIRED, rows, store, at=AT)
        assert (again.written, again.unchanged) == (0, len(rows) - len(refused))
        found = connector.lookup([row.key for row in rows], COLUMNS)
        held = {key: standing.values for key, standing in found.items()}
        bad = {o.key for o in report.failures}
        for row in rows:
            if row.key not in bad:
                for name in names[:-1]:
                    assert held[row.key][name] == (row.values[name] or held[row.key][name])
    store.close()


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rounds)
def test_random_decisions_survive_sqlite(contents: list[Content]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "crm.db"
        with sqlite3.connect(path) as database:
            database.execute("CREATE TABLE leads (id TEXT PRIMARY KEY)")
            database.executemany("INSERT INTO leads VALUES (?)", [(str(n),) for n in range(6)])
        database.close()
        connector = GenericConnector(str(path), {"leads": {"table": "leads", "key": "id"}})
        check_rounds(connector, contents)
        connector.close()


@pytest.mark.parametrize("kind", ["postgresql_crm", "mariadb_crm"])
def test_random_decisions_survive_a_server(kind: str, request: pytest.FixtureRequest) -> None:
    crm: Crm = request.getfixturevalue(kind)
    crm.add_leads(*(str(n) for n in range(6)))
    connector = crm.open()

    @settings(max_examples=examples(25), deadline=None)
    @given(rounds)
    def check(contents: list[Content]) -> None:
        for column in COLUMNS + FEEDBACK:
            connector.apply(Change(Action.DESTROY, column))
        check_rounds(connector, contents)

    check()
