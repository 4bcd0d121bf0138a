"""A store whose file was damaged says so or gives what was written, and never sends else."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.crm.capabilities import Stream
from leadpolicy.crm.rows import EventKind
from leadpolicy.crm.store import Applied, Run, SqliteStore, StoreError
from leadpolicy.crm.store.contract import FencedError, LockedError, Owned, Remembered
from stores import ANNA, AT, CRM, event, message, page, sync_lock

KEYS = [f"lead-{number}" for number in range(60)]


@cache
def whole() -> bytes:
    """Return the bytes of a store that has something of everything."""
    with folder() as path:
        with closing(SqliteStore(path)) as store:
            lock = sync_lock(store)
            store.enqueue(lock, [message(key, "d", f'{{"of": "{key}"}}') for key in KEYS], AT)
            told = [event(key, EventKind.FEEDBACK, verdict="accepted") for key in KEYS]
            odd = event("lead-1", EventKind.FEEDBACK, verdict="x")
            store.take_in(lock, page(*told, odd), AT, skip={odd.id: "foreign"})
            store.remember(lock, [Remembered(key, AT, "d") for key in KEYS])
            store.note(lock, "column a", Owned("column a", {"kind": "text"}))
            store.record_applied(lock, Applied("p", "1", "h", AT, 1, desired={"columns": []}))
            store.record_run(CRM, Run("p", "1", "h", AT, {"written": 1}))
            store.release(lock)
        return path.read_bytes()


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name) / "store.db"


def use(path: Path) -> None:
    """Read everything and send what waits."""
    with closing(SqliteStore(path)) as store:
        reads: list[Callable[[], object]] = [
            lambda: list(store.feedback(CRM)),
            lambda: list(store.dead_letters(CRM)),
            lambda: list(store.foreign(CRM)),
            lambda: list(store.due(CRM, AT)),
            lambda: list(store.touched(CRM)),
            lambda: list(store.remembered(CRM, KEYS)),
            lambda: list(store.history(CRM)),
            lambda: list(store.runs(CRM)),
            lambda: store.deployment(CRM),
            lambda: store.backlog(CRM, AT),
            lambda: store.cursor(CRM, Stream.CHANGES),
        ]
        for read in reads:
            with said_if_damaged():
                read()
        with said_if_damaged():
            send(store)


@contextmanager
def said_if_damaged() -> Iterator[None]:
    try:
        yield
    except (StoreError, LockedError, FencedError) as error:
        assert str(error)


def send(store: SqliteStore) -> None:
    lock = store.acquire(CRM, "sync", ANNA, AT)
    for _ in KEYS:
        batch = store.claim(lock, 7, AT)
        if batch is None:
            return
        assert batch.rows
        for row in batch.rows:
            assert row.payload == f'{{"of": "{row.key}"}}'
    raise AssertionError("there is always another batch")


@given(st.lists(st.tuples(st.integers(min_value=0), st.integers(1, 255)), min_size=1, max_size=40))
@settings(max_examples=examples(60))
def test_flipped_bytes_are_noticed_or_change_nothing(flips: list[tuple[int, int]]) -> None:
    damaged = bytearray(whole())
    for place, bits in flips:
        damaged[place * 7_919 % len(damaged)] ^= bits
    with folder() as path, said_if_damaged():
        path.write_bytes(damaged)
        use(path)


@given(st.integers(min_value=1))
@settings(max_examples=examples(20))
def test_a_file_that_was_cut_is_noticed_or_changes_nothing(length: int) -> None:
    with folder() as path, said_if_damaged():
        path.write_bytes(whole()[: length % len(whole())])
        use(path)


def test_a_page_of_zeros_is_noticed() -> None:
    with folder() as path:
        path.write_bytes(whole()[:4_096] + bytes(len(whole()) - 4_096))
        with pytest.raises(StoreError, match=r"is damaged: .*; put a backup in its place"):
            SqliteStore(path).deployment(CRM)
