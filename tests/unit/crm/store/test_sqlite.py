import signal
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path

import pytest

from leadpolicy.crm.rows import EventKind, FeedbackRow
from leadpolicy.crm.store import Applied, Received, Run, SqliteStore, StoreError, open_store
from leadpolicy.crm.store.contract import Backlog
from stores import ANNA, AT, CRM, done, event, message, page, sync_lock

FORMAT_1 = """
CREATE TABLE leadpolicy_store (format INTEGER NOT NULL);
INSERT INTO leadpolicy_store VALUES (1);
CREATE TABLE feedback (
    seq INTEGER PRIMARY KEY, target TEXT NOT NULL, lead TEXT NOT NULL,
    fingerprint TEXT NOT NULL, content TEXT NOT NULL, received_at TEXT NOT NULL);
CREATE INDEX feedback_by_lead ON feedback (target, lead, seq);
CREATE TABLE applied (
    seq INTEGER PRIMARY KEY, target TEXT NOT NULL, policy TEXT NOT NULL, version TEXT NOT NULL,
    content_hash TEXT NOT NULL, at TEXT NOT NULL, changes INTEGER NOT NULL);
CREATE TABLE runs (
    seq INTEGER PRIMARY KEY, target TEXT NOT NULL, policy TEXT NOT NULL, version TEXT NOT NULL,
    content_hash TEXT NOT NULL, at TEXT NOT NULL, counts TEXT NOT NULL, error TEXT NOT NULL);
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


def write(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.executescript(script)


def accepted(by: str) -> FeedbackRow:
    return FeedbackRow("1", {"verdict": "accepted", "by": by})


# --------------------------------------------------------------------------- what is opened
def test_the_store_is_a_write_ahead_log(path: Path) -> None:
    with closing(SqliteStore(path)), closing(sqlite3.connect(path)) as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize("form", ["{}", "sqlite:///{}"])
def test_a_store_is_opened_by_its_path_or_url(path: Path, form: str) -> None:
    store = open_store(form.format(path))
    sync_lock(store)  # type: ignore[arg-type]
    store.close()
    with closing(SqliteStore(path)) as again:
        assert again.held(CRM, "sync") is not None


def test_what_was_changed_by_hand_is_noticed(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        store.record_run(CRM, Run("p", "1", "h", AT, {}))
        store.db.run("UPDATE runs SET counts = 'seven'")
        with pytest.raises(StoreError, match="is damaged: a row is not what was written"):
            list(store.runs(CRM))


def test_a_store_in_memory_is_forgotten() -> None:
    with closing(SqliteStore(":memory:")) as store:
        sync_lock(store)
    with closing(SqliteStore(":memory:")) as store:
        assert store.held(CRM, "sync") is None


def test_other_kinds_of_stores_are_refused() -> None:
    with pytest.raises(StoreError, match="no store can be kept in `mysql`; name a file, or"):
        open_store("mysql://anna:secret@host/base")


def test_a_store_of_format_1_is_brought_to_the_present_one(path: Path) -> None:
    write(path, FORMAT_1)
    old, new = accepted("Anna"), accepted("Bea")
    moment = AT.isoformat()
    with closing(sqlite3.connect(path)) as other, other:
        for row in (old, new):
            values = (CRM, "1", row.fingerprint, row.to_json(), moment)
            other.execute("INSERT INTO feedback VALUES (NULL, ?, ?, ?, ?, ?)", values)
        for target, version in ((CRM, "1"), ("other", "1"), (CRM, "2")):
            values = (target, "b2b", version, "abc", moment, 3)  # type: ignore[assignment]
            other.execute("INSERT INTO applied VALUES (NULL, ?, ?, ?, ?, ?, ?)", values)
        run = (CRM, "b2b", "1", "abc", moment, '{"written": 3}', "")
        other.execute("INSERT INTO runs VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)", run)
    for _ in range(2):
        with closing(SqliteStore(path)) as store:
            assert list(store.feedback(CRM)) == [new]
            assert store.receive(CRM, [new], AT) == Received(unchanged=1)
            assert list(store.history(CRM)) == [
                Applied("b2b", "1", "abc", AT, 3, 1),
                Applied("b2b", "2", "abc", AT, 3, 2),
            ]
            assert store.deployment(CRM).serial == 2
            assert list(store.runs(CRM)) == [Run("b2b", "1", "abc", AT, {"written": 3})]


def test_an_upgrade_that_breaks_off_leaves_the_old_store(path: Path) -> None:
    write(path, FORMAT_1 + "INSERT INTO runs VALUES (1, 'x', 'p', '1', 'h', 'never', '{}', '');")
    with pytest.raises(StoreError, match=r"from format 1 to 2: .*never.*; it was"):
        SqliteStore(path)
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT format FROM leadpolicy_store").fetchall() == [(1,)]
        assert other.execute("SELECT at FROM runs").fetchall() == [("never",)]


def test_a_store_of_a_newer_version_is_refused_and_left_alone(path: Path) -> None:
    SqliteStore(path).close()
    write(path, "UPDATE leadpolicy_store SET format = 3")
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"store format 3 and this version reads format 2; use"):
        SqliteStore(path)
    assert path.read_bytes() == before


def test_a_database_of_something_else_is_refused_and_left_alone(path: Path) -> None:
    write(path, "CREATE TABLE leads (id TEXT)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="is a database of something else; name another one"):
        SqliteStore(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, and long enough to be read as one" * 30)
    with pytest.raises(StoreError, match=r"is not a store: file is not a database; name another"):
        SqliteStore(path)


def test_a_place_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be made"):
        SqliteStore(tmp_path / "file" / "store.db")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        SqliteStore(tmp_path)


# ------------------------------------------------------------------------------ what goes wrong
def test_a_store_that_somebody_writes_to_says_what_to_do(path: Path) -> None:
    SqliteStore(path).close()
    impatient = SqliteStore(path, wait_seconds=0.01)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"somebody else writes to .*; end the other run"):
            impatient.receive(CRM, [accepted("Anna")], AT)
        other.execute("ROLLBACK")
    assert impatient.receive(CRM, [accepted("Anna")], AT).new == 1
    impatient.close()
    impatient.close()


def test_a_closed_store_says_so(path: Path) -> None:
    store = SqliteStore(path)
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.held(CRM, "sync")


def test_on_a_full_disk_nothing_is_claimed_and_the_next_run_goes_on(path: Path) -> None:
    store = SqliteStore(path)
    lock = sync_lock(store)
    store.enqueue(lock, [message("1")], AT)
    store.db.run("PRAGMA max_page_count = 50")
    big = [message(f"{number}", payload="x" * 3_000) for number in range(100)]
    with pytest.raises(
        StoreError, match=r"disk of the store .* is full.*; free space and run again"
    ):
        store.enqueue(lock, big, AT)
    assert store.backlog(CRM, AT) == Backlog(pending=1)
    store.db.run("PRAGMA max_page_count = 100000")
    assert store.enqueue(lock, big, AT).new == 99
    store.close()


def test_a_store_that_may_not_be_written_says_so(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        store.db.run("PRAGMA query_only = ON")
        with pytest.raises(StoreError, match=r"is read-only: .*; make it writable"):
            sync_lock(store)
        assert store.held(CRM, "sync") is None


def test_a_text_that_is_not_unicode_is_refused(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        lock = sync_lock(store)
        with pytest.raises(StoreError, match="a text cannot be kept"):
            store.enqueue(lock, [message("\ud800")], AT)
        assert store.backlog(CRM, AT) == Backlog()


def test_a_key_may_hold_a_zero_byte(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        lock = sync_lock(store)
        store.enqueue(lock, [message("1\0a"), message("1\0b")], AT)
        assert store.enqueue(lock, [message("1\0a")], AT).known == 1
        batch = store.claim(lock, 10, AT)
        assert batch is not None
        assert [row.key for row in batch.rows] == ["1\0a", "1\0b"]


# ------------------------------------------------------------------------------ other processes
def run(script: str, *arguments: object) -> subprocess.Popen[str]:
    preamble = """
        import os, signal, sys
        from datetime import UTC, datetime
        from leadpolicy.crm.connector import *
        from leadpolicy.crm.points import Point
        from leadpolicy.crm.store import SqliteStore
        from leadpolicy.crm.store.contract import *
        AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
        path, *arguments = sys.argv[1:]
    """
    text = textwrap.dedent(preamble) + textwrap.dedent(script)
    command = [sys.executable, "-c", text, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_processes_make_one_store_at_once(path: Path) -> None:
    script = "print(SqliteStore(path).deployment('crm').lineage)"
    running = [run(script, path) for _ in range(4)]
    lineages = {process.communicate()[0] for process in running}
    assert [process.returncode for process in running] == [0] * 4
    assert len(lineages) == 1


def test_two_processes_claim_each_message_once(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        store.enqueue(sync_lock(store), [message(str(n)) for n in range(300)], AT)
        store.release(store.held(CRM, "sync"))  # type: ignore[arg-type]
    script = f"""
        store, me = SqliteStore(path), Holder(arguments[0], arguments[0], os.getpid())
        while True:
            try:
                lock = store.acquire({CRM!r}, "sync", me, AT)
            except LockedError:
                continue
            batch = store.claim(lock, 7, AT)
            if batch is None:
                break
            print(*(row.key for row in batch.rows), sep="\\n")
            store.settle(lock, batch.intent, [Settled(r.seq, Verdict.DONE) for r in batch.rows], AT)
            store.release(lock)
        store.release(lock)
    """
    running = [run(script, path, name) for name in ("one", "other")]
    keys = [key for process in running for key in process.communicate()[0].split()]
    assert [process.returncode for process in running] == [0, 0]
    assert sorted(keys, key=int) == [str(number) for number in range(300)]


@pytest.mark.parametrize("point", ["settling", "receiving"])
def test_a_process_that_is_killed_before_a_commit_leaves_all_as_it_was(
    path: Path, point: str
) -> None:
    script = f"""
        store = SqliteStore(path)
        lock = store.acquire({CRM!r}, "sync", Holder("anna", "elsewhere", 1), AT)
        store.enqueue(lock, [Message("1", "d", "{{}}"), Message("2", "d", "{{}}")], AT)
        batch = store.claim(lock, 10, AT)
        store.probe = lambda point: os.kill(os.getpid(), signal.SIGKILL)
        if arguments[0] == "settling":
            verdicts = [Settled(row.seq, Verdict.DONE) for row in batch.rows]
            store.settle(lock, batch.intent, verdicts, AT)
        changed = Event("e", "1", EventKind.ERASED, AT)
        store.take_in(lock, Page(Stream.CHANGES, (changed,), "c"), AT, skip={{}})
    """
    process = run(script, path, point)
    assert process.wait() == -signal.SIGKILL
    with closing(SqliteStore(path)) as store:
        lock = sync_lock(store)
        (batch,) = store.in_doubt(lock)
        assert [row.key for row in batch.rows] == ["1", "2"]
        store.settle(lock, batch.intent, done(row.seq for row in batch.rows), AT)
        assert store.backlog(CRM, AT) == Backlog()
        assert store.cursor(CRM, page().stream) is None


def test_a_lock_of_a_killed_process_is_free(path: Path) -> None:
    script = f"""
        from leadpolicy.crm.store.holders import this_process
        SqliteStore(path).acquire({CRM!r}, "deploy", this_process(), AT)
        print("locked", flush=True)
        sys.stdin.read()
    """
    process = run(script, path)
    assert process.stdout is not None
    assert process.stdout.readline() == "locked\n"
    process.kill()
    process.wait()
    with closing(SqliteStore(path)) as store:
        assert store.acquire(CRM, "deploy", ANNA, AT).fence == 2


# ----------------------------------------------------------------------------------- erasing
def test_of_an_erased_lead_no_byte_stays_on_the_disk(path: Path) -> None:
    store = SqliteStore(path)
    lock = sync_lock(store)
    for generation in range(4):
        sent = [
            message(
                f"<key-{n}>", str(generation), f"<secret-{n}>{'x' * (97 * n * generation % 5_000)}"
            )
            for n in range(200)
        ]
        store.enqueue(lock, sent, AT)
        if generation % 2:
            while (batch := store.claim(lock, 37, AT)) is not None:
                store.settle(lock, batch.intent, done(row.seq for row in batch.rows), AT)
    told = [
        event(f"<key-{n}>", EventKind.FEEDBACK, note=f"<secret-{n}>{'y' * n}") for n in range(200)
    ]
    store.take_in(lock, page(*told), AT, skip={})
    erased = [event(f"<key-{n}>", EventKind.ERASED) for n in range(150, 200)]
    store.take_in(lock, page(*erased), AT, skip={})
    kept = on_disk(path)
    assert b"<secret-149>" in kept
    assert [n for n in range(150, 200) if f"<secret-{n}>".encode() in kept] == []
    assert [n for n in range(150, 200) if f"<key-{n}>".encode() in kept] == []
    store.close()


def test_what_somebody_still_reads_is_removed_from_the_disk_later(path: Path) -> None:
    with closing(SqliteStore(path, wait_seconds=0.05)) as store:
        lock = sync_lock(store)
        store.enqueue(lock, [message("<key>", payload="<secret>")], AT)
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM outbox").fetchall()
            store.take_in(lock, page(event("<key>", EventKind.ERASED)), AT, skip={})
            assert store.backlog(CRM, AT) == Backlog()
            assert b"<secret>" in on_disk(path)
        store.release(lock)
        assert b"<secret>" not in on_disk(path)
        assert b"<key>" not in on_disk(path)


def on_disk(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.iterdir())
