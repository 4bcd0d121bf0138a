from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.crm.connector import ColumnMismatchError, ColumnMissingError, ConnectorError
from leadpolicy.crm.plan import PlanError, plan
from leadpolicy.crm.state import (
    Action,
    Change,
    Column,
    DesiredState,
    FieldKind,
    Reason,
    ReasonTable,
    Table,
    address,
)
from leadpolicy_generic.connector import GenericConnector

if TYPE_CHECKING:
    from connectors.generic.tests.conftest import Crm, Look, Prepare

REASONS = ReasonTable(
    "leadpolicy_reasons",
    (Reason("no_need", "Kein Bedarf", "No need"), Reason("timing", "Zeitpunkt", "Timing")),
)
SCORE = Column("lp_score", FieldKind.WHOLE)
SQLITE = ("TEXT", "BIGINT", "NUMERIC(15, 2)", "BOOLEAN", "TEXT", "TEXT", "TEXT", "TEXT")
POSTGRESQL = (*SQLITE[:5], "TIMESTAMP", "TEXT", "TIMESTAMP")
CODES = "VARCHAR(100) COLLATE utf8mb4_bin"
NUMBERS = ("BIGINT", "DECIMAL(15, 2)", "TINYINT")
MARIADB = (CODES, *NUMBERS, "MEDIUMTEXT", "DATETIME", CODES, "DATETIME")
DESIRED = DesiredState(
    "b2b",
    "1.0",
    "abcdef0123456789",
    (
        Column("lp_state", FieldKind.CHOICE, codes=("mql", "sql")),
        SCORE,
        Column("lp_share", FieldKind.NUMBER, scale=2),
        Column("lp_open", FieldKind.FLAG),
        Column("lp_note", FieldKind.TEXT, length=40),
        Column("lp_decided_at", FieldKind.MOMENT, compared=False),
        Column("sales_feedback", FieldKind.CHOICE, owner="sales", codes=("accepted", "rejected")),
        Column("feedback_at", FieldKind.MOMENT, owner="sales"),
    ),
    (REASONS,),
)


def test_everything_a_policy_needs_is_made_and_then_the_plan_is_empty(
    crm: Crm, prepare: Prepare, look: Look
) -> None:
    connector = crm.open()
    assert prepare(connector, DESIRED).changed == 11
    assert look(connector, DESIRED).is_empty
    columns, _ = crm.dump()["leads"]
    types = MARIADB if crm.is_mariadb else SQLITE if crm.is_sqlite else POSTGRESQL
    assert columns[4:] == list(zip((c.name for c in DESIRED.columns), types, strict=True))
    assert crm.dump()["leadpolicy_reasons"][1] == [
        ("no_need", "Kein Bedarf", "No need", True),
        ("timing", "Zeitpunkt", "Timing", True),
    ]


def test_labels_stand_beside_the_columns_where_a_database_keeps_them(
    crm: Crm, prepare: Prepare, look: Look
) -> None:
    connector = crm.open()
    label = "Punkte: 100 % 'Passung' für \\"
    column = replace(SCORE, label=label, description="Von -100\nbis 100.")
    desired = replace(DESIRED, columns=(column,))
    prepare(connector, desired)
    assert look(connector, desired).is_empty
    (found,) = connector.observe(desired).columns
    if crm.is_sqlite:
        assert (found.label, found.description) == (None, None)
        return
    assert (found.label, found.description) == (label, "Von -100\nbis 100.")
    plan = look(connector, replace(desired, columns=(replace(column, label="Passung"),)))
    ((change,),) = [change.properties for change in plan.changes]
    assert (change.name, change.before, change.after) == ("label", label, "Passung")
    prepare(connector, plan.desired)
    assert look(connector, plan.desired).is_empty
    tell = "MODIFY lp_score BIGINT COMMENT 'by hand'"
    crm.run(
        f"ALTER TABLE leads {tell}"
        if crm.is_mariadb
        else "COMMENT ON COLUMN {schema}leads.lp_score IS 'by hand'"
    )
    (conflict,) = look(connector, plan.desired).conflicts
    assert conflict.drifted


def test_what_was_made_can_be_removed_again(crm: Crm, prepare: Prepare) -> None:
    before = crm.dump()
    connector = crm.open()
    prepare(connector, DESIRED)
    made: list[Column | Table] = [*DESIRED.columns, Table(REASONS.name)]
    for part in made:
        for _ in range(2):
            connector.apply(Change(Action.DESTROY, part))
    assert crm.dump() == before


def test_leads_that_were_there_stay_as_they_were(crm: Crm, prepare: Prepare) -> None:
    crm.run("INSERT INTO {schema}leads (id, name) VALUES ('1', 'Ä'), ('2', NULL)")
    prepare(crm.open(), DESIRED)
    assert crm.rows("SELECT id, name, lp_score FROM {schema}leads ORDER BY id") == [
        ("1", "Ä", None),
        ("2", None, None),
    ]


def test_applying_twice_changes_nothing(crm: Crm, prepare: Prepare, look: Look) -> None:
    connector = crm.open()
    plan = look(connector, DESIRED)
    prepare(connector, DESIRED)
    stands = crm.dump()
    assert prepare(connector, DESIRED).changed == 0
    for change in plan.changes:
        connector.apply(change)
    assert crm.dump() == stands


def test_the_second_apply_does_not_touch_the_file(
    sqlite_crm: Crm, prepare: Prepare, look: Look
) -> None:
    connector = sqlite_crm.open()
    plan = look(connector, DESIRED)
    prepare(connector, DESIRED)
    with sqlite3.connect(sqlite_crm.url) as watcher:
        before = watcher.execute("PRAGMA data_version").fetchone()
        prepare(connector, DESIRED)
        for change in plan.changes:
            connector.apply(change)
        assert watcher.execute("PRAGMA data_version").fetchone() == before
    watcher.close()


def test_reasons_are_reworded_deactivated_and_taken_up_again(crm: Crm, prepare: Prepare) -> None:
    connector = crm.open()
    prepare(connector, DESIRED)
    fewer = ReasonTable("leadpolicy_reasons", (Reason("no_need", "Bedarf fehlt", "No need"),))
    assert prepare(connector, replace(DESIRED, tables=(fewer,))).changed == 2
    assert crm.dump()["leadpolicy_reasons"][1] == [
        ("no_need", "Bedarf fehlt", "No need", True),
        ("timing", "Zeitpunkt", "Timing", False),
    ]
    assert prepare(connector, DESIRED).changed == 2
    assert crm.dump()["leadpolicy_reasons"][1][1] == ("timing", "Zeitpunkt", "Timing", True)


def test_columns_that_left_the_policy_stay(crm: Crm, prepare: Prepare) -> None:
    connector = crm.open()
    prepare(connector, DESIRED)
    before = crm.dump()["leads"]
    assert prepare(connector, replace(DESIRED, columns=())).changed == 0
    assert crm.dump()["leads"] == before


def test_a_column_of_another_type_is_refused_and_nothing_is_changed(
    crm: Crm, prepare: Prepare
) -> None:
    crm.run("ALTER TABLE {schema}leads ADD COLUMN lp_score VARCHAR(20)")
    stands = crm.dump()
    with pytest.raises(PlanError, match=r"lp_score stands as VARCHAR\(20\) and cannot hold"):
        prepare(crm.open(), DESIRED)
    assert crm.dump() == stands
    with pytest.raises(ColumnMismatchError, match=r"`lp_score` stands as VARCHAR\(20\)"):
        crm.open().apply(Change(Action.ADD, DESIRED.columns[1]))


def test_a_narrow_column_is_refused_where_the_database_enforces_it(
    postgresql_crm: Crm, look: Look
) -> None:
    postgresql_crm.run(
        "ALTER TABLE {schema}leads ADD COLUMN lp_note VARCHAR(20),"
        " ADD COLUMN lp_share NUMERIC(5, 1), ADD COLUMN feedback_at TIMESTAMP"
    )
    found = look(postgresql_crm.open(), DESIRED).conflicts
    assert {address(conflict.part): conflict.message for conflict in found} == {
        "column lead.lp_share": "stands with 1 decimals and needs 2",
        "column lead.lp_note": "stands with 20 characters and needs 40",
        "column lead.feedback_at": "stands as TIMESTAMP WITHOUT TIME ZONE"
        " and cannot hold the kind `moment`",
    }


@pytest.mark.parametrize(
    "column", ["lp_score INTEGER", "lp_score NUMERIC(10)", "lp_open BOOLEAN", "lp_note VARCHAR(99)"]
)
def test_a_standing_column_that_can_hold_the_values_is_used_when_it_is_bound(
    crm: Crm, look: Look, column: str
) -> None:
    crm.run(f"ALTER TABLE {{schema}}leads ADD COLUMN {column}")
    stands = look(crm.open(), DESIRED)
    assert [c.message for c in stands.conflicts] == ["stands already and was not made here"]
    bound = tuple(replace(c, bound=True) if c.name in column else c for c in DESIRED.columns)
    plan = look(crm.open(), replace(DESIRED, columns=bound))
    assert plan.conflicts == ()
    assert plan.unchanged == 1


def test_sqlite_takes_a_name_in_any_case(sqlite_crm: Crm) -> None:
    sqlite_crm.run('ALTER TABLE leads ADD COLUMN "LP_Score" BIGINT')
    connector = sqlite_crm.open()
    assert [column.name for column in connector.observe(DESIRED).columns] == ["lp_score"]
    connector.apply(Change(Action.ADD, SCORE))
    assert [name for name, _ in sqlite_crm.dump()["leads"][0]][4:] == ["LP_Score"]


def test_a_table_of_reasons_with_another_shape_is_refused(crm: Crm, look: Look) -> None:
    crm.run("CREATE TABLE {schema}leadpolicy_reasons (code TEXT, meaning TEXT)")
    (conflict,) = look(crm.open(), DESIRED).conflicts
    assert conflict.message == "stands without `label_de`, `label_en`, `active`"


def test_a_policy_column_can_stand_under_another_name(
    crm: Crm, prepare: Prepare, look: Look
) -> None:
    binding = crm.binding
    binding["leads"]["columns"] = {"lp_score": "Lead Score; %s"}
    binding["leads"]["attributes"]["sales_feedback"] = {"column": "note"}
    connector = crm.open(binding)
    own = (replace(c, bound=c.name == "sales_feedback") for c in DESIRED.columns)
    desired = replace(DESIRED, columns=tuple(own))
    prepare(connector, desired)
    names = [name for name, _ in crm.dump()["leads"][0]]
    assert "Lead Score; %s" in names
    assert not {"lp_score", "sales_feedback"} & set(names)
    assert look(connector, desired).is_empty


def test_other_objects_than_leads_are_refused(crm: Crm) -> None:
    account = DesiredState("p", "1", "h", (Column("size", FieldKind.WHOLE, object="account"),))
    with pytest.raises(ConnectorError, match=r"`account\.size`: this CRM keeps leads alone"):
        crm.open().observe(account)


def test_a_bound_column_that_the_policy_creates_may_be_missing_until_then(
    crm: Crm, prepare: Prepare
) -> None:
    binding = crm.binding
    binding["leads"]["attributes"]["sales_feedback"] = {"column": "sales_feedback"}
    connector = crm.open(binding)
    with pytest.raises(ColumnMissingError, match="no column `sales_feedback`, bound to"):
        list(connector.read_leads())
    prepare(connector, DESIRED)
    assert list(connector.read_leads()) == []


names = st.sampled_from(["a", "b", "order", "Select"])
policy_columns = st.builds(
    Column,
    names,
    st.sampled_from(FieldKind),
    owner=st.sampled_from(["policy", "sales"]),
    scale=st.integers(0, 4),
    label=st.text(max_size=3),
)
words = st.text(max_size=5).filter(lambda text: text.isprintable())
reason_rows = st.builds(Reason, names, words, words)
desired_states = st.builds(
    DesiredState,
    st.just("p"),
    st.just("1"),
    st.just("0123456789ab"),
    st.lists(policy_columns, max_size=4, unique_by=lambda c: c.name.casefold()).map(tuple),
    st.lists(reason_rows, max_size=3, unique_by=lambda r: r.code).map(
        lambda rows: (ReasonTable("leadpolicy_reasons", tuple(rows)),)
    ),
)


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(desired_states, min_size=1, max_size=3))
def test_a_plan_after_its_changes_is_empty_unless_something_is_in_the_way(
    versions: list[DesiredState],
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "crm.db"
        with sqlite3.connect(path) as database:
            database.execute("CREATE TABLE leads (id TEXT PRIMARY KEY)")
        database.close()
        connector = GenericConnector(str(path), {"leads": {"table": "leads", "key": "id"}})
        for desired in versions:
            before = plan(desired, connector.observe(desired), connector.capabilities)
            for change in before.changes:
                connector.apply(change)
            after = plan(desired, connector.observe(desired), connector.capabilities)
            assert after.changes == ()
            assert after.conflicts == before.conflicts
        connector.close()
