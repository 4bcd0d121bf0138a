"""Stores for tests, in an SQLite file and in PostgreSQL, that can be opened again and again."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import cast
from uuid import uuid4

import pytest

from leadpolicy.crm.capabilities import Stream
from leadpolicy.crm.rows import Event, EventKind, Page
from leadpolicy.crm.store import open_store
from leadpolicy.crm.store.contract import Holder, Lock, Message, Settled, Verdict
from leadpolicy.crm.store.sql_store import SqlStore

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
CRM = "https://crm.example/leads"
ANNA = Holder("anna", "machine-of-anna", 4711)
BEN = Holder("ben", "machine-of-ben", 815)

_numbers = count()


@dataclass
class Place:
    """Where a store lies; each `open` is another process's view of it."""

    url: str
    opened: list[SqlStore] = field(default_factory=list)

    def open(self) -> SqlStore:
        store = cast("SqlStore", open_store(self.url))
        self.opened.append(store)
        return store

    def close(self) -> None:
        for store in self.opened:
            store.close()


@contextmanager
def sqlite_place(folder: Path) -> Iterator[Place]:
    place = Place(str(folder / "made" / "on demand" / "store.db"))
    yield place
    place.close()


@contextmanager
def postgres_place() -> Iterator[Place]:
    url = os.environ.get("LEADPOLICY_TEST_POSTGRES_URL")
    if not url:
        pytest.skip(
            "set LEADPOLICY_TEST_POSTGRES_URL to a PostgreSQL database"
            " (server: `apt-get install postgresql`, driver: `pip install 'leadpolicy[postgres]'`)"
        )
    schema = f"store_test_{uuid4().hex[:12]}"
    place = Place(f"{url}{'&' if '?' in url else '?'}schema={schema}")
    yield place
    place.close()
    from leadpolicy.crm.store.postgres import PostgresDriver

    last = PostgresDriver(place.url)
    last.run(f"DROP SCHEMA {schema} CASCADE")
    last.close()


def sync_lock(store: SqlStore, holder: Holder = ANNA) -> Lock:
    """Take the lock from whoever holds it."""
    return store.acquire(CRM, "sync", holder, AT, take_over=True)


def message(key: str, digest: str = "one", payload: str = "{}") -> Message:
    return Message(key, digest, payload)


def done(seqs: Iterable[int]) -> list[Settled]:
    return [Settled(seq, Verdict.DONE) for seq in seqs]


def event(key: str, kind: EventKind, *, after: int = 0, by: str = "", **values: object) -> Event:
    """Return an event that happened some seconds after AT, with an id of its own."""
    return Event(f"event-{next(_numbers)}", key, kind, AT + timedelta(seconds=after), by, values)


def page(*events: Event, cursor: str = "c", stream: Stream = Stream.CHANGES) -> Page:
    return Page(stream, events, cursor)
