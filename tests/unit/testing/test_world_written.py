"""The demo world written down: SQLite with a playing sales team, CSV, JSON Lines, Parquet."""

from __future__ import annotations

import csv
import json
import sqlite3
import sys
from contextlib import closing
from dataclasses import astuple, replace
from datetime import datetime
from pathlib import Path

import pytest

from leadpolicy.testing import World, generate_world


@pytest.fixture(scope="module")
def small() -> World:
    return generate_world(seed=5, leads=400)


@pytest.fixture
def crm(small: World, tmp_path: Path) -> Path:
    small.write_sqlite(tmp_path / "crm.db")
    return tmp_path / "crm.db"


def test_sqlite_holds_every_row_and_value(small: World, crm: Path) -> None:
    with closing(sqlite3.connect(crm)) as connection:
        for table, rows in small.tables().items():
            stored = connection.execute(f"SELECT * FROM {table} ORDER BY id").fetchall()
            assert stored == [astuple(row) for row in rows]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_sqlite_knows_types_keys_and_indexes_but_nothing_of_the_policy(crm: Path) -> None:
    with closing(sqlite3.connect(crm)) as connection:
        columns = {
            row[1]: (row[2], row[5]) for row in connection.execute("PRAGMA table_info(leads)")
        }
        indexes = {
            row[0]
            for row in connection.execute("SELECT tbl_name FROM sqlite_master WHERE type = 'index'")
        }
    assert columns["id"] == ("TEXT", 1)
    assert columns["employees"] == ("INTEGER", 0)
    assert indexes == {"leads", "signals", "consents"}
    assert not {"sales_feedback", "rejection_reason"} & {*columns}


def test_the_same_world_gives_the_same_sqlite_bytes(
    small: World, crm: Path, tmp_path: Path
) -> None:
    small.write_sqlite(tmp_path / "again.db")
    assert (tmp_path / "again.db").read_bytes() == crm.read_bytes()


def test_an_existing_crm_is_not_overwritten(small: World, crm: Path) -> None:
    before = crm.read_bytes()
    with pytest.raises(FileExistsError, match="exists already"):
        small.write_sqlite(crm)
    assert crm.read_bytes() == before


def test_sales_enters_feedback_once_the_columns_are_deployed(small: World, crm: Path) -> None:
    with closing(sqlite3.connect(crm)) as connection:
        connection.execute("ALTER TABLE leads ADD COLUMN sales_feedback TEXT")
        connection.execute("ALTER TABLE leads ADD COLUMN rejection_reason TEXT")
    assert small.enter_feedback(crm) == len(small.feedback) > 20
    assert small.enter_feedback(crm) == 0
    query = (
        "SELECT id, sales_feedback, rejection_reason FROM leads WHERE sales_feedback IS NOT NULL"
    )
    with closing(sqlite3.connect(crm)) as connection:
        stored = set(connection.execute(query))
    assert stored == {(row.lead_id, row.verdict, row.reason) for row in small.feedback}


def test_sales_types_into_columns_of_other_names(small: World, crm: Path) -> None:
    with closing(sqlite3.connect(crm)) as connection:
        for column in ("Rückmeldung", "Grund", 'am "Tag"', "von"):
            connection.execute(
                'ALTER TABLE leads ADD COLUMN "{}"'.format(column.replace('"', '""'))
            )
    small.enter_feedback(crm, verdict="Rückmeldung", reason="Grund", at='am "Tag"', by="von")
    with closing(sqlite3.connect(crm)) as connection:
        query = (
            'SELECT id, "Rückmeldung", Grund, "am ""Tag""", von FROM leads WHERE von IS NOT NULL'
        )
        stored = set(connection.execute(query))
    assert stored == {astuple(row) for row in small.feedback}


def test_feedback_before_deployment_says_what_to_do(small: World, crm: Path) -> None:
    with pytest.raises(
        LookupError, match=r"no column `sales_feedback`, `rejection_reason`; deploy"
    ):
        small.enter_feedback(crm)


def test_feedback_for_a_crm_that_is_not_there_creates_no_file(small: World, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no\.db"):
        small.enter_feedback(tmp_path / "no.db")
    assert not (tmp_path / "no.db").exists()


def test_csv_holds_every_row(small: World, tmp_path: Path) -> None:
    small.write_csv(tmp_path / "new" / "folder")
    for table, rows in small.tables().items():
        with (tmp_path / "new" / "folder" / f"{table}.csv").open(
            encoding="utf-8", newline=""
        ) as file:
            read = [tuple(row.values()) for row in csv.DictReader(file)]
        assert read == [tuple("" if v is None else str(v) for v in astuple(row)) for row in rows]


def test_json_lines_hold_every_row(small: World, tmp_path: Path) -> None:
    small.write_jsonl(tmp_path)
    for table, rows in small.tables().items():
        lines = (tmp_path / f"{table}.jsonl").read_text(encoding="utf-8").splitlines()
        assert [tuple(json.loads(line).values()) for line in lines] == [
            astuple(row) for row in rows
        ]


def test_parquet_holds_typed_columns(small: World, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    small.write_parquet(tmp_path)
    leads = parquet.read_table(tmp_path / "leads.parquet")
    signals = parquet.read_table(tmp_path / "signals.parquet").to_pylist()
    assert str(leads.schema.field("employees").type) == "int64"
    assert str(leads.schema.field("created_at").type) == "timestamp[us, tz=UTC]"
    assert leads.column("email").to_pylist() == [lead.email for lead in small.leads]
    assert [row["occurred_at"] for row in signals] == [
        datetime.fromisoformat(s.occurred_at) for s in small.signals
    ]


def test_parquet_without_pyarrow_says_what_to_install(
    small: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install leadpolicy\[parquet\]"):
        small.write_parquet(tmp_path)


def test_an_empty_table_is_still_a_table(small: World, tmp_path: Path) -> None:
    quiet = replace(small, signals=())
    quiet.write_csv(tmp_path)
    quiet.write_sqlite(tmp_path / "crm.db")
    assert (tmp_path / "signals.csv").read_text().startswith("id,lead_id,type,")
