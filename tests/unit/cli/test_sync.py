"""`sync` and `dead-letters` on a small CRM."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from leadpolicy.crm.store import SqliteStore
from leadpolicy.crm.store.contract import Holder

Run = Callable[..., Result]
PLACE = ("--policy", "b2b-de", "--bind", "binding.yaml", "--crm", "crm.db")
AT = ("--at", "2026-11-01T00:00:00Z")
REFUSING = """
CREATE TRIGGER refuse BEFORE UPDATE ON leads WHEN NEW.id IN ('L-00001', 'L-00002')
BEGIN SELECT RAISE(ABORT, 'this lead is frozen'); END
"""


def execute(statement: str) -> None:
    with closing(sqlite3.connect("crm.db")) as connection, connection:
        connection.execute(statement)


def rows(query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect("crm.db")) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture
def refusing(folder: Path, run: Run) -> None:
    """A CRM that has refused two leads."""
    run("apply", *PLACE)
    execute(REFUSING)
    result = run("sync", *PLACE, *AT)
    assert result.exit_code == 3
    assert "58 leads written, 0 unchanged, 2 failed" in result.stderr
    assert "2 dead letters; `leadpolicy dead-letters list` shows them" in result.stderr


def test_an_unchanged_second_sync_makes_no_write_call(folder: Path, run: Run) -> None:
    run("apply", *PLACE)
    run("sync", *PLACE, *AT)
    again = json.loads(run("sync", *PLACE, *AT, "--json").stdout)["sync"]
    assert (again["written"], again["writes"], again["pending"]) == (0, 0, 0)


def test_dead_letters_are_listed_and_shown(refusing: None, run: Run) -> None:
    listed = json.loads(run("dead-letters", "list", *PLACE, "--json").stdout)
    assert [letter["key"] for letter in listed] == ["L-00001", "L-00002"]
    assert "this lead is frozen" in listed[0]["message"]
    assert listed[0]["values"]["lp_policy_version"]
    assert "L-00002" in run("dead-letters", "list", *PLACE).stdout
    shown = run("dead-letters", "show", "L-00001", *PLACE)
    assert "lp_state" in shown.stdout
    assert json.loads(run("dead-letters", "show", "L-00001", *PLACE, "--json").stdout) == listed[0]


def test_a_dead_letter_is_repaired_and_sent_again(refusing: None, run: Run) -> None:
    execute("DROP TRIGGER refuse")
    done = run("dead-letters", "replay", "L-00001", *PLACE, "--set", "lp_state=lead")
    assert (done.exit_code, done.stderr) == (0, "1 dead letters replayed\n")
    left = json.loads(run("dead-letters", "list", *PLACE, "--json").stdout)
    assert [letter["key"] for letter in left] == ["L-00002"]
    replayed = json.loads(run("dead-letters", "replay", "--all", *PLACE, "--json").stdout)
    assert replayed == {"replayed": 1}
    assert json.loads(run("sync", *PLACE, *AT, "--json").stdout)["sync"]["dead"] == 0
    assert rows("SELECT count(*) FROM leads WHERE lp_state IS NULL") == [(0,)]


def test_a_dead_letter_is_dropped(refusing: None, run: Run) -> None:
    assert run("dead-letters", "discard", "L-00001", "L-00002", *PLACE).exit_code == 0
    listed = run("dead-letters", "list", *PLACE)
    assert (listed.exit_code, listed.stderr) == (0, "there are no dead letters\n")


def test_what_cannot_be_done_to_dead_letters_is_told(refusing: None, run: Run) -> None:
    for said, *arguments in (
        ("did you mean `L-00001`?", "show", "L-0001"),
        ("`leadpolicy dead-letters list` lists them", "discard", "nobody"),
        ("name leads or `--all`", "replay"),
        ("name leads or `--all`", "replay", "L-00001", "--all"),
        ("for `--set` one", "replay", "L-00001", "L-00002", "--set", "lp_fit=1"),
        ("write it like `lp_state=mql`", "replay", "L-00001", "--set", "lp_fit"),
        ("did you mean `lp_state`?", "replay", "L-00001", "--set", "lp_stat=mql"),
        ("has no code `nonsense`", "replay", "L-00001", "--set", "lp_state=nonsense"),
        ("holds a whole number, not text", "replay", "L-00001", "--set", "lp_fit=many"),
    ):
        result = run("dead-letters", *arguments, *PLACE)
        assert (result.exit_code, said in result.stderr) == (2, True), result.stderr
    assert len(json.loads(run("dead-letters", "list", *PLACE, "--json").stdout)) == 2


def test_without_a_store_there_are_no_dead_letters_and_none_is_made(folder: Path, run: Run) -> None:
    run("apply", *PLACE, "--store", "other.db")
    assert run("dead-letters", "list", *PLACE).exit_code == 0
    assert not Path("leadpolicy-store.db").exists()


def test_leads_without_the_consent_asked_for_are_withheld(folder: Path, run: Run) -> None:
    run("apply", *PLACE)
    result = run("sync", *PLACE, *AT, "--require-consent", "newsletter/email")
    assert "nothing to write" in result.stderr
    assert "60 leads withheld: no consent for `newsletter` on `email` is known" in result.stderr
    assert rows("SELECT count(*) FROM leads WHERE lp_state IS NOT NULL") == [(0,)]
    assert "60 leads written" in run("sync", *PLACE, *AT).stderr


def test_options_that_make_no_sense_are_told(folder: Path, run: Run) -> None:
    for said, *option in (
        ("names no purpose", "--require-consent", "/email"),
        ("write it like `anna=sales`", "--member", "anna"),
        ("does not say who is in which team", "--member", "anna=boss"),
        ("--max-attempts", "--max-attempts", "0"),
        ("only a store in a file", "--dry-run", "--store", "postgresql://me:secret@host/x"),
    ):
        result = run("sync", *PLACE, *AT, *option)
        assert (result.exit_code, said in result.stderr) == (2, True), result.stderr
        assert "secret" not in result.output


def test_a_sync_while_another_one_runs_names_it_unless_it_takes_over(
    folder: Path, run: Run
) -> None:
    run("apply", *PLACE)
    run("sync", *PLACE, *AT)
    with closing(sqlite3.connect("leadpolicy-store.db")) as connection:
        ((target,),) = connection.execute("SELECT target FROM crm")
    with closing(SqliteStore("leadpolicy-store.db")) as store:
        store.acquire(target, "sync", Holder("anna", "elsewhere", 7), datetime.now(UTC))
    refused = run("sync", *PLACE, *AT)
    assert (refused.exit_code, "anna@elsewhere" in refused.stderr) == (1, True)
    assert run("sync", *PLACE, *AT, "--dry-run").exit_code == 0
    assert run("sync", *PLACE, *AT, "--take-over").exit_code == 0


def test_control_c_ends_a_sync_with_a_message_and_the_next_one_goes_on(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    import leadpolicy_generic.connector as generic

    run("apply", *PLACE)
    with monkeypatch.context() as patched:

        def interrupt(*_arguments: object) -> None:
            raise KeyboardInterrupt

        patched.setattr(generic.GenericConnector, "write", interrupt)
        result = run("sync", *PLACE, *AT)
    assert result.exit_code == 130
    assert "interrupted; the next sync goes on where this one ended" in result.stderr
    assert "0 leads were written until then, 60 wait for the next sync" in result.stderr
    assert "60 leads written" in run("sync", *PLACE, *AT).stderr
