"""A CRM in one file, which goes on when a process ends and remembers every effect."""

from __future__ import annotations

import pickle
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from leadpolicy.crm.capabilities import Stream
from leadpolicy.crm.connector import DecisionRow, Event, EventKind, Outcome, Presence
from leadpolicy.crm.memory import MemoryConnector
from leadpolicy.testing.contract.clock import START
from leadpolicy.testing.contract.sandbox import Effect

DAILY_CALLS: Final = 10_000


@dataclass(slots=True)
class Books:
    """Everything the CRM holds: parts and leads in `memory`, and what happened to them."""

    memory: MemoryConnector = field(default_factory=MemoryConnector)
    effects: list[Effect] = field(default_factory=list)
    appended: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    events: dict[Stream, list[Event]] = field(default_factory=lambda: {s: [] for s in Stream})
    expired: dict[Stream, int] = field(default_factory=lambda: dict.fromkeys(Stream, 0))
    gone: dict[str, Presence] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)
    consents: dict[str, dict[tuple[str, str], str]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    locked: Counter[str] = field(default_factory=Counter)
    forbidden: set[str] = field(default_factory=set)
    jobs: dict[str, list[DecisionRow]] = field(default_factory=dict)
    answers: dict[str, list[Outcome]] = field(default_factory=dict)
    aborted: set[str] = field(default_factory=set)
    revoked: bool = False
    left: int = DAILY_CALLS
    skew: float = 0.0
    ticks: int = 0
    stopped: bool = False

    def now(self) -> datetime:
        """Return the CRM's own time, which moves with everything that happens."""
        self.ticks += not self.stopped
        return START + timedelta(seconds=self.ticks + self.skew)

    def tell(
        self,
        stream: Stream,
        key: str,
        kind: EventKind,
        by: str,
        values: Mapping[str, object] | None = None,
        at: datetime | None = None,
    ) -> None:
        """Add an event to a stream."""
        told = self.events[stream]
        number = f"{stream.value}-{len(told)}"
        told.append(Event(number, key, kind, at or self.now(), by, values or {}))

    def keep(self, row: DecisionRow, by: str) -> bool:
        """Write a lead, remember the effect, and tell whether anything changed."""
        lead = self.memory.leads[row.key]
        changed = any(lead.get(name) != value for name, value in row.values.items())
        lead.update(row.values)
        self.effects.append(Effect(row.key, dict(row.values)))
        self.tell(Stream.CHANGES, row.key, EventKind.CHANGED, by)
        return changed


class Ledger:
    """The file that holds the books; one caller at a time reads and writes them."""

    def __init__(self, path: Path) -> None:
        self.path: Final = path
        with closing(self._connect()) as file:
            file.execute("CREATE TABLE IF NOT EXISTS books (content BLOB)")

    def _connect(self) -> sqlite3.Connection:
        file = sqlite3.connect(self.path, isolation_level=None, timeout=30)
        file.execute("PRAGMA synchronous=OFF")
        return file

    @contextmanager
    def opened(self) -> Iterator[Books]:
        """Yield the books and keep what was changed in them, unless an error is raised."""
        with closing(self._connect()) as file:
            file.execute("BEGIN IMMEDIATE")
            found = file.execute("SELECT content FROM books").fetchone()
            # Nobody but this class writes the file.
            books = pickle.loads(found[0]) if found else Books()  # noqa: S301
            yield books
            file.execute("DELETE FROM books")
            file.execute("INSERT INTO books VALUES (?)", (pickle.dumps(books),))
            file.execute("COMMIT")
