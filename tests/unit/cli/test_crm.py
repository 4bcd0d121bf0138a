"""`plan`, `apply` and `sync`: a policy into a CRM, decisions and feedback with it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from leadpolicy.testing import World

Run = Callable[..., Result]
AT = ("--at", "2026-11-01T00:00:00Z")
PLACE = ("--policy", "b2b-de", "--bind", "binding.yaml", "--crm", "crm.db")


def rows(query: str) -> list[tuple[Any, ...]]:
    """Return rows of the CRM."""
    with closing(sqlite3.connect("crm.db")) as connection:
        return connection.execute(query).fetchall()


def test_plan_says_what_is_to_do_and_apply_does_it_once(folder: Path, run: Run) -> None:
    before = Path("crm.db").read_bytes()
    planned = run("plan", *PLACE)
    assert planned.exit_code == 2
    assert "+ column lead.lp_state  choice of 10, written by policy" in planned.stdout
    assert "23 to add" in planned.stdout
    assert Path("crm.db").read_bytes() == before
    applied = run("apply", *PLACE)
    assert applied.exit_code == 0
    assert "23 changes made, 23 parts stand as needed" in applied.stderr
    assert run("plan", *PLACE).exit_code == 0
    again = run("apply", *PLACE, "--json")
    assert (again.exit_code, json.loads(again.stdout)) == (0, {"changed": 0, "standing": 23})
    assert ("kein Bedarf",) in rows("SELECT label_de FROM lp_reasons")


def test_sync_writes_decisions_once_and_takes_in_feedback(
    folder: Path, run: Run, world: World
) -> None:
    run("apply", *PLACE)
    count = world.enter_feedback("crm.db", at="sales_feedback_at", by="sales_feedback_by")
    rehearsed = run("sync", *PLACE, *AT, "--dry-run")
    assert rehearsed.exit_code == 0
    assert "60 leads would be written" in rehearsed.stderr
    assert rows("SELECT count(*) FROM leads WHERE lp_state IS NOT NULL") == [(0,)]
    first = json.loads(run("sync", *PLACE, *AT, "--json").stdout)
    assert (first["sync"]["written"], first["sync"]["feedback_new"]) == (60, count)
    second = run("sync", *PLACE, *AT)
    assert second.exit_code == 0
    assert "nothing to write, 60 unchanged, 0 failed" in second.stderr
    assert f"feedback: 0 new, {count} known" in second.stderr
    states = dict(rows("SELECT lp_state, count(*) FROM leads GROUP BY lp_state"))
    assert states == first["states"]
    assert {"sal", "rejected"} & states.keys()


def test_a_dry_run_leaves_no_store(folder: Path, run: Run) -> None:
    run("apply", *PLACE, "--store", "mine.db")
    assert not Path("leadpolicy-store.db").exists()
    assert run("sync", *PLACE, *AT, "--dry-run").exit_code == 0
    assert not Path("leadpolicy-store.db").exists()
    assert run("sync", *PLACE, *AT, "--dry-run", "--store", "mine.db").exit_code == 0


def test_rows_of_the_crm_that_cannot_be_used_are_told(folder: Path, run: Run) -> None:
    run("apply", *PLACE)
    with closing(sqlite3.connect("crm.db")) as connection, connection:
        connection.execute("UPDATE leads SET country = 'Utopia' WHERE id = 'L-00001'")
    result = run("sync", *PLACE, *AT, "--rejects", "rejects.jsonl")
    assert result.exit_code == 3
    assert "59 leads written" in result.stderr
    assert "leads row 1 (lead L-00001): column `country`" in result.stderr
    (line,) = Path("rejects.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["key"] == "L-00001"
    assert rows("SELECT lp_state FROM leads WHERE id = 'L-00001'") == [(None,)]


def test_sync_waits_for_apply(folder: Path, run: Run) -> None:
    result = run("sync", *PLACE, *AT)
    assert result.exit_code == 1
    assert "run `leadpolicy apply` first" in result.stderr


def test_a_kept_plan_is_applied_as_it_was_read(folder: Path, run: Run) -> None:
    assert run("plan", *PLACE, "--out", "plan.json", "--json").exit_code == 2
    assert run("apply", *PLACE, "--plan", "plan.json").exit_code == 0
    again = run("apply", *PLACE, "--plan", "plan.json")
    assert (again.exit_code, "0 changes made" in again.stderr) == (0, True)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file"),
        ("", "is not a plan"),
        ("[]", "is not a plan"),
        ("{}", "not a plan of format 1"),
        ('{"format": 1}', "the plan is damaged"),
        ("\udcff", "is not a plan"),
    ],
)
def test_what_is_no_plan_is_told(folder: Path, run: Run, content: str | None, said: str) -> None:
    if content is not None:
        Path("plan.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    result = run("apply", *PLACE, "--plan", "plan.json")
    assert result.exit_code == 1
    assert said in result.stderr
    assert "lp_state" not in str(rows("SELECT sql FROM sqlite_master"))


def test_a_plan_that_was_edited_is_refused(folder: Path, run: Run) -> None:
    run("plan", *PLACE, "--out", "plan.json")
    data = json.loads(Path("plan.json").read_text(encoding="utf-8"))
    data["changes"] = data["changes"][:-1]
    Path("plan.json").write_text(json.dumps(data), encoding="utf-8")
    result = run("apply", *PLACE, "--plan", "plan.json")
    assert result.exit_code == 1
    assert "is not what would be planned now" in result.stderr
    data["changes"][0]["part"]["kind"] = "blob"
    Path("plan.json").write_text(json.dumps(data), encoding="utf-8")
    assert "the plan is damaged" in run("apply", *PLACE, "--plan", "plan.json").stderr


@pytest.mark.parametrize("command", ["plan", "apply", "sync"])
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"--crm": "nothing.db"}, "there is no database file"),
        ({"--crm": "leads.csv"}, "not a database"),
        ({"--crm": "."}, "no database file"),
        ({"--crm": "mongodb://me:secret@host/x"}, "is no database that is known"),
        ({"--crm": "postgresql://me:secret@127.0.0.1:1/x"}, ""),
        ({"--crm": "::://"}, "cannot be read"),
        ({"--connector": "genric"}, "did you mean `generic`?"),
        ({"--prefix": "a b"}, "cannot be deployed"),
        ({"--bind": "nothing.yaml"}, "not found"),
        ({"--bind": "leads.csv"}, "error[LP"),
        ({"--policy": "nothing"}, "neither a file or folder nor a pack"),
    ],
)
def test_what_cannot_be_used_is_told_without_secrets(
    folder: Path, run: Run, command: str, changed: dict[str, str], said: str
) -> None:
    options = dict(zip(PLACE[::2], PLACE[1::2], strict=True)) | changed
    result = run(command, *(item for pair in options.items() for item in pair))
    assert result.exit_code == 1
    assert said in result.stderr
    assert "secret" not in result.output
    assert result.stdout == ""


def test_tables_and_columns_that_are_not_there_are_told(folder: Path, run: Run) -> None:
    binding = Path("binding.yaml").read_text(encoding="utf-8")
    for old, new, said in (
        ("table: leads", "table: kontakte", "has no table `kontakte`"),
        ("table: signals", "table: signale", "has no table `signale`"),
        ("column: industry", "column: branche", "has no column `branche`"),
    ):
        Path("other.yaml").write_text(binding.replace(old, new), encoding="utf-8")
        place = ("--policy", "b2b-de", "--crm", "crm.db", "--bind")
        run("apply", *place, "binding.yaml")
        result = run("sync", *place, "other.yaml", *AT)
        assert result.exit_code == 1
        assert said in result.stderr
