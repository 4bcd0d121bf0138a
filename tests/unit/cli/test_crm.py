"""The commands about a CRM: a policy into it, decisions and feedback with it, and back again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from leadpolicy.cli.app import app
from leadpolicy.crm.store import SqliteStore
from leadpolicy.crm.store.contract import Holder
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
    assert "34 to add" in planned.stdout
    assert Path("crm.db").read_bytes() == before
    applied = run("apply", *PLACE)
    assert applied.exit_code == 0
    assert "34 changes made, 34 parts stand as needed" in applied.stderr
    assert run("plan", *PLACE).exit_code == 0
    again = run("apply", *PLACE, "--json")
    assert again.exit_code == 0
    done = json.loads(again.stdout)
    assert (done["changed"], done["standing"], done["serial"]) == (0, 34, 1)
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


def test_looking_leaves_no_store(folder: Path, run: Run) -> None:
    run("apply", *PLACE, "--store", "mine.db")
    assert run("sync", *PLACE, *AT, "--dry-run", "--store", "mine.db").exit_code == 0
    for command in (("plan",), ("drift",), ("rollback", "--list"), ("unlock",)):
        run(*command, *PLACE)
    assert run("sync", *PLACE, *AT, "--dry-run").exit_code == 1
    assert not Path("leadpolicy-store.db").exists()


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


@pytest.mark.parametrize("named", [("plan.json",), ("--plan", "plan.json")])
def test_a_kept_plan_is_applied_once(folder: Path, run: Run, named: tuple[str, ...]) -> None:
    assert run("plan", *PLACE, "--out", "plan.json", "--json").exit_code == 2
    assert run("apply", *named, *PLACE).exit_code == 0
    again = run("apply", *named, *PLACE)
    assert again.exit_code == 1
    assert "the plan was applied before" in again.stderr
    assert "another plan" not in run("apply", *PLACE).stderr


def test_a_kept_plan_is_refused_after_something_has_moved(folder: Path, run: Run) -> None:
    run("plan", *PLACE, "--out", "plan.json")
    other = run("apply", "plan.json", *PLACE, "--prefix", "x_")
    assert "the prefix, the binding or the options have changed" in other.stderr
    with closing(sqlite3.connect("crm.db")) as connection:
        connection.execute("ALTER TABLE leads ADD COLUMN lp_fit INTEGER")
    moved = run("apply", "plan.json", *PLACE)
    assert (moved.exit_code, "the CRM has changed since" in moved.stderr) == (1, True)
    assert "hint: make the plan again and read it" in moved.stderr


def test_what_a_kept_plan_may_do_was_said_when_it_was_made(folder: Path, run: Run) -> None:
    run("plan", *PLACE, "--out", "plan.json")
    for more in (("--allow-destroy",), ("--overwrite-drift",), ("--plan", "plan.json")):
        assert run("apply", "plan.json", *PLACE, *more).exit_code == 2
    assert "lp_state" not in str(rows("SELECT sql FROM sqlite_master"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file"),
        ("", "is not a plan"),
        ("[]", "is not a plan"),
        ("{}", "not a plan of format 2"),
        ('{"format": 1}', "not a plan of format 2"),
        ('{"format": 2}', "the plan is damaged"),
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
    assert "the plan was edited by hand" in result.stderr
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


def test_what_others_made_is_in_the_way_until_it_is_imported(folder: Path, run: Run) -> None:
    run("apply", *PLACE, "--store", "theirs.db")
    planned = run("plan", *PLACE)
    assert planned.exit_code == 2
    assert "! column lead.lp_fit stands already and was not made here" in planned.stdout
    assert run("apply", *PLACE).exit_code == 1
    one = run("import", "lp_fit", *PLACE)
    assert (one.exit_code, "column lead.lp_fit: taken over" in one.stderr) == (0, True)
    report = json.loads(run("import", *PLACE, "--json").stdout)
    assert len(report["adopted"]) == 33
    assert run("plan", *PLACE).exit_code == 0
    wrong = run("import", "lp_fitt", *PLACE)
    assert wrong.exit_code == 1
    assert "there is no part `lp_fitt`" in wrong.stderr
    assert "lp_fit" in wrong.stderr.partition("hint:")[2]


def test_a_part_that_does_not_fit_is_not_imported(folder: Path, run: Run) -> None:
    with closing(sqlite3.connect("crm.db")) as connection:
        connection.execute("ALTER TABLE leads ADD COLUMN lp_decided_at BLOB")
    result = run("import", "lp_decided_at", *PLACE)
    assert result.exit_code == 1
    assert "not taken over, it stands as" in result.stderr


def test_drift_shows_what_was_edited_and_a_plan_stops_at_it(folder: Path, run: Run) -> None:
    unknown = run("drift", *PLACE)
    assert (unknown.exit_code, "nothing was applied to" in unknown.stderr) == (1, True)
    run("apply", *PLACE)
    assert run("drift", *PLACE).exit_code == 0
    with closing(sqlite3.connect("crm.db")) as connection, connection:
        connection.execute("UPDATE lp_reasons SET label_de = 'nein' WHERE code = 'no_need'")
    found = run("drift", *PLACE)
    assert found.exit_code == 2
    assert "  ~ row lp_reasons[no_need] was changed by hand" in found.stdout
    assert '      label_de: "kein Bedarf" -> "nein"' in found.stdout
    data = json.loads(run("drift", *PLACE, "--json").stdout)
    assert [item["kind"] for item in data["items"]] == ["edited"]
    stopped = run("apply", *PLACE)
    assert (stopped.exit_code, "was changed by hand" in stopped.stderr) == (1, True)
    assert run("apply", *PLACE, "--overwrite-drift").exit_code == 0
    assert ("kein Bedarf",) in rows("SELECT label_de FROM lp_reasons")
    assert run("drift", *PLACE).exit_code == 0


def test_rollback_goes_back_after_saying_what_stays(folder: Path, run: Run) -> None:
    assert "nothing was applied yet" in run("rollback", "--list", *PLACE).stderr
    run("apply", *PLACE)
    reduced = Path("reduced.yaml")
    reduced.write_text("extends: b2b-de\nversion: '2'\n", encoding="utf-8")
    other = ("--policy", "reduced.yaml", *PLACE[2:])
    assert run("apply", *other, "--prefix", "x_").exit_code == 0
    listed = json.loads(run("rollback", "--list", *PLACE, "--json").stdout)
    assert [(item["serial"], item["version"]) for item in listed] == [(1, "1.0.0"), (2, "2")]
    shown = json.loads(run("rollback", "--to", "1", *PLACE, "--json").stdout)
    assert shown["rollback_to"] == 1
    asked = run("rollback", "--to", "1", *PLACE)
    assert (asked.exit_code, "say --yes to go on" in asked.stderr) == (2, True)
    assert "x_fit is no longer wanted, and stays; --allow-destroy removes it" in asked.stdout
    done = run("rollback", "--to", "1", "--yes", *PLACE)
    assert done.exit_code == 0
    assert "the CRM stands as after 1" in done.stderr
    assert run("plan", *PLACE).exit_code == 0
    assert "rollback" not in run("plan", *PLACE).stdout


@pytest.mark.parametrize(("said", "code"), [("n\n", 130), ("y\n", 0)])
def test_a_person_is_asked_before_a_rollback(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch, said: str, code: int
) -> None:
    run("apply", *PLACE)
    monkeypatch.setattr("leadpolicy.cli.rollback._can_ask", lambda: True)
    result = CliRunner().invoke(app, ["rollback", "--to", "1", *PLACE], input=said)
    assert (result.exit_code, "go back?" in result.stderr) == (code, True)
    assert ("0 changes made" in result.stderr) is (code == 0)


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ((), 2, "say where to go back to"),
        (("--to", "1", "--list"), 2, "say where to go back to"),
        (("--to", "7"), 1, "nothing was applied as serial 7"),
    ],
)
def test_where_nobody_can_go_back_to_is_told(
    folder: Path, run: Run, options: tuple[str, ...], code: int, said: str
) -> None:
    run("apply", *PLACE)
    result = run("rollback", *options, *PLACE)
    assert (result.exit_code, said in result.stderr) == (code, True)


def test_a_lock_is_named_kept_and_broken(folder: Path, run: Run) -> None:
    run("apply", *PLACE)
    store = SqliteStore("leadpolicy-store.db")
    with closing(sqlite3.connect("leadpolicy-store.db")) as connection:
        ((target,),) = connection.execute("SELECT target FROM crm").fetchall()
    store.acquire(target, "deploy", Holder("ada", "elsewhere", 7), datetime(2026, 3, 1, tzinfo=UTC))
    refused = run("apply", *PLACE)
    assert refused.exit_code == 1
    assert "ada@elsewhere (process 7)" in refused.stderr
    assert "leadpolicy unlock" in refused.stderr
    broken = run("unlock", *PLACE)
    assert broken.exit_code == 0
    assert "broke the deploy lock that ada@elsewhere (process 7) held since" in broken.stderr
    assert "nobody holds a lock" in run("unlock", *PLACE).stderr
    assert json.loads(run("unlock", *PLACE, "--json", "--work", "sync").stdout) == []
    assert run("apply", *PLACE).exit_code == 0
    store.acquire(target, "deploy", Holder("ada", "elsewhere", 7), datetime(2026, 3, 1, tzinfo=UTC))
    assert run("apply", *PLACE, "--take-over").exit_code == 0
    store.close()


def test_the_binding_tells_the_connector_its_options(folder: Path, run: Run) -> None:
    binding = Path("binding.yaml").read_text(encoding="utf-8")
    Path("bad.yaml").write_text(binding + "options: {batch_rows: many}\n", encoding="utf-8")
    place = ("--policy", "b2b-de", "--crm", "crm.db", "--bind", "bad.yaml")
    assert "batch_rows" in run("plan", *place).stderr
    Path("bad.yaml").write_text(binding + "options: {roles: {managers: x}}\n", encoding="utf-8")
    told = run("plan", *place)
    assert (told.exit_code, "error[LP" in told.stderr) == (1, True)


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


def test_withdrawals_from_elsewhere_are_told_to_the_crm_once(folder: Path, run: Run) -> None:
    ((lead,),) = rows("SELECT id FROM leads ORDER BY id LIMIT 1")
    before = rows("SELECT count(*) FROM consents")
    Path("withdrawn.csv").write_text(
        "lead_id,purpose,channel,status,at\n"
        f"{lead},newsletter,email,withdrawn,2026-10-30T08:00:00Z\n"
        "nobody,newsletter,email,withdrawn,2026-10-30T08:00:00Z\n"
        f"{lead},banana,email,withdrawn,2026-10-30T08:00:00Z\n"
    )
    for _ in range(2):
        told = run("tell-consents", *PLACE, "--consents", "withdrawn.csv", "--json")
        assert told.exit_code == 3
        data = json.loads(told.stdout)
        assert data["told"] == 1
        assert [failure["code"] for failure in data["failures"]] == ["unknown_lead"]
        assert [reject["row"] for reject in data["rejects"]] == [4]
    assert rows("SELECT count(*) FROM consents") == [(before[0][0] + 1,)]


def test_a_sync_asks_enrichers_behind_their_gate(folder: Path, run: Run) -> None:
    companies = [name for (name,) in rows("SELECT DISTINCT company FROM leads WHERE company <> ''")]
    lines = [f'"{name}",4711' for name in companies]
    Path("register.csv").write_text("\n".join(["Firma,Zahl", *lines]), encoding="utf-8")
    Path("enrich.yaml").write_text(
        "enrich:\n  - enricher: table\n    gate: newsletter_consent\n"
        "    options: {file: register.csv, match: {company: Firma}, values: {employees: Zahl}}\n"
    )
    run("apply", *PLACE)
    synced = run("sync", *PLACE, *AT, "--enrich", "enrich.yaml")
    assert synced.exit_code == 0
    assert "note: enricher `table` (register.csv): " in synced.stderr
    assert "not asked about because their gate is closed" in synced.stderr
