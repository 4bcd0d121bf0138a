import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadpolicy.crm.connector import FeedbackRow
from leadpolicy.crm.store import Applied, Received, Run, SqliteStore, StoreError

AT = datetime(2026, 3, 1, tzinfo=UTC)
CRM = "sqlite:///crm.db#leads"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "made" / "on demand" / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path)
    yield store
    store.close()


def accepted(key: str, by: str = "Anna") -> FeedbackRow:
    return FeedbackRow(key, {"verdict": "accepted", "by": by})


def test_feedback_counts_once_until_it_changes(store: SqliteStore) -> None:
    assert store.receive(CRM, [accepted("1"), accepted("2")], AT) == Received(new=2)
    assert store.receive(CRM, [accepted("1"), accepted("2")], AT) == Received(unchanged=2)
    changed = store.receive(CRM, [accepted("1", by="Bea"), accepted("2")], AT)
    assert changed == Received(new=1, unchanged=1)
    assert list(store.feedback(CRM)) == [accepted("1", by="Bea"), accepted("2")]


def test_feedback_that_turns_back_counts_again(store: SqliteStore) -> None:
    for by in ("Anna", "Bea", "Anna"):
        assert store.receive(CRM, [accepted("1", by)], AT).new == 1
    assert list(store.feedback(CRM)) == [accepted("1")]


def test_feedback_that_sales_emptied_is_withdrawn_once(store: SqliteStore) -> None:
    store.receive(CRM, [accepted("1")], AT)
    assert store.receive(CRM, [], AT) == Received(withdrawn=1)
    assert store.receive(CRM, [], AT) == Received()
    assert list(store.feedback(CRM)) == [FeedbackRow("1")]
    assert store.receive(CRM, [accepted("1")], AT) == Received(new=1)


def test_feedback_of_two_crms_is_kept_apart(store: SqliteStore) -> None:
    store.receive(CRM, [accepted("1")], AT)
    assert store.receive("other", [accepted("1")], AT) == Received(new=1)
    assert store.receive("other", [], AT) == Received(withdrawn=1)
    assert list(store.feedback(CRM)) == [accepted("1")]


def test_a_read_that_breaks_off_leaves_nothing_half_received(store: SqliteStore) -> None:
    def broken() -> Iterator[FeedbackRow]:
        yield accepted("1")
        raise RuntimeError("the line is dead")

    with pytest.raises(RuntimeError, match="dead"):
        store.receive(CRM, broken(), AT)
    assert list(store.feedback(CRM)) == []
    assert store.receive(CRM, [accepted("1")], AT).new == 1


values = (
    st.none() | st.text() | st.integers() | st.booleans() | st.datetimes(timezones=st.just(UTC))
)
inboxes = st.dictionaries(
    st.text(min_size=1).filter(lambda key: "\0" not in key and key.encode("utf8", "ignore")),
    st.dictionaries(st.sampled_from(["verdict", "reason", "at"]), values, min_size=1),
    max_size=5,
)


@given(inboxes)
def test_receiving_twice_is_receiving_once(inbox: dict[str, dict[str, object]]) -> None:
    store = SqliteStore(":memory:")
    rows = [FeedbackRow(key, content) for key, content in inbox.items()]
    assert store.receive(CRM, rows, AT).new == len(rows)
    first = list(store.feedback(CRM))
    assert store.receive(CRM, rows, AT) == Received(unchanged=len(rows))
    assert list(store.feedback(CRM)) == first
    assert {row.key for row in first} == set(inbox)
    store.close()


def test_what_was_applied_and_run_is_remembered_across_openings(
    store: SqliteStore, path: Path
) -> None:
    applied = Applied("b2b", "1.0", "abc", AT, 7)
    run = Run("b2b", "1.0", "abc", AT, {"written": 3}, "the CRM is locked")
    store.record_applied(CRM, applied)
    store.record_run(CRM, run)
    store.close()
    again = SqliteStore(path)
    assert again.last_applied(CRM) == applied
    assert again.last_applied("other") is None
    assert list(again.runs(CRM)) == [run]
    again.close()


def test_the_store_is_a_write_ahead_log(store: SqliteStore, path: Path) -> None:
    with sqlite3.connect(path) as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    other.close()


def test_a_store_of_a_newer_version_is_refused(store: SqliteStore, path: Path) -> None:
    store.close()
    with sqlite3.connect(path) as other:
        other.execute("UPDATE leadpolicy_store SET format = 2")
    other.close()
    with pytest.raises(StoreError, match=r"store format 2 and this version reads format 1; use"):
        SqliteStore(path)


def test_a_database_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "crm.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE leads (id TEXT)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="is a database of something else; name another file"):
        SqliteStore(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, and long enough to be read as one" * 30)
    with pytest.raises(StoreError, match=r"cannot be read: file is not a database; move it away"):
        SqliteStore(path)


def test_a_place_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be made"):
        SqliteStore(tmp_path / "file" / "store.db")


def test_a_locked_store_says_what_to_do(store: SqliteStore, path: Path) -> None:
    impatient = SqliteStore(path, wait_seconds=0.01)
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="database is locked; end the other run"):
            impatient.receive(CRM, [accepted("1")], AT)
        other.execute("ROLLBACK")
    other.close()
    assert impatient.receive(CRM, [accepted("1")], AT).new == 1
    impatient.close()
    impatient.close()
