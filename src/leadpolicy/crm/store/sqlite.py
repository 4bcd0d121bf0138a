"""What is remembered between runs: the feedback received, what was applied, and each run."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from leadpolicy.crm.connector import CrmError, FeedbackRow

FORMAT: Final = 1


class StoreError(CrmError):
    """The store cannot be used."""


@dataclass(frozen=True, slots=True)
class Applied:
    """A version of a policy that was applied to a CRM."""

    policy: str
    version: str
    content_hash: str
    at: datetime
    changes: int


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a sync: `counts` by name, `error` empty when it came to its end."""

    policy: str
    version: str
    content_hash: str
    at: datetime
    counts: Mapping[str, int]
    error: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """How many leads had feedback that is new or changed, known already, or emptied since."""

    new: int = 0
    unchanged: int = 0
    withdrawn: int = 0


class Store(Protocol):
    """What is remembered about each CRM, by its target address."""

    def receive(self, target: str, rows: Iterable[FeedbackRow], at: datetime) -> Received:
        """Take in the feedback of every lead that has any, all of it or none.

        Feedback that is known already leaves no trace. Feedback of leads that nobody knows is
        kept. Leads that had feedback and are not among the rows have withdrawn it.
        """

    def feedback(self, target: str) -> Iterator[FeedbackRow]:
        """Yield the latest feedback by key of lead; withdrawn feedback has no values."""

    def record_applied(self, target: str, applied: Applied) -> None:
        """Remember that a policy was applied."""

    def last_applied(self, target: str) -> Applied | None:
        """Return what was applied last, or None."""

    def record_run(self, target: str, run: Run) -> None:
        """Remember a run."""

    def runs(self, target: str) -> Iterator[Run]:
        """Yield the runs, oldest first."""

    def close(self) -> None:
        """Let go of the store; closing twice is harmless."""


_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS leadpolicy_store (format INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS feedback (
    seq INTEGER PRIMARY KEY, target TEXT NOT NULL, lead TEXT NOT NULL,
    fingerprint TEXT NOT NULL, content TEXT NOT NULL, received_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS feedback_by_lead ON feedback (target, lead, seq);
CREATE TABLE IF NOT EXISTS applied (
    seq INTEGER PRIMARY KEY, target TEXT NOT NULL, policy TEXT NOT NULL, version TEXT NOT NULL,
    content_hash TEXT NOT NULL, at TEXT NOT NULL, changes INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS runs (
    seq INTEGER PRIMARY KEY, target TEXT NOT NULL, policy TEXT NOT NULL, version TEXT NOT NULL,
    content_hash TEXT NOT NULL, at TEXT NOT NULL, counts TEXT NOT NULL, error TEXT NOT NULL);
"""
_LATEST: Final = (
    "SELECT lead, fingerprint, content FROM feedback f WHERE target = ? AND seq ="
    " (SELECT max(seq) FROM feedback WHERE target = f.target AND lead = f.lead) ORDER BY lead"
)
_LATEST_OF_ONE: Final = (
    "SELECT fingerprint FROM feedback WHERE target = ? AND lead = ? ORDER BY seq DESC LIMIT 1"
)
_ADD: Final = (
    "INSERT INTO feedback (target, lead, fingerprint, content, received_at) VALUES (?, ?, ?, ?, ?)"
)


class SqliteStore:
    """A store in one SQLite file, made on first use.

    Raises `StoreError` when the file is something else, damaged, locked, or was written by a
    newer version.
    """

    def __init__(self, path: Path | str, *, wait_seconds: float = 5.0) -> None:
        self.path: Final = Path(path)
        with _as_store_error(self.path):
            self._make_folder()
            self._db = sqlite3.connect(self.path, timeout=wait_seconds, isolation_level=None)
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    def _make_folder(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"the store `{self.path}` cannot be made: {error.strerror}"
            raise StoreError(message, "name another file") from error

    def _prepare(self) -> None:
        names = {row[0] for row in self._db.execute("SELECT name FROM sqlite_schema")}
        if names and "leadpolicy_store" not in names:
            raise StoreError(f"`{self.path}` is a database of something else", "name another file")
        if not names:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._create()
        found = self._db.execute("SELECT max(format) FROM leadpolicy_store").fetchone()[0]
        if found != FORMAT:
            raise StoreError(
                f"`{self.path}` has store format {found} and this version reads format {FORMAT}",
                "use the version of leadpolicy that wrote it, or a newer one",
            )

    def _create(self) -> None:
        with self._transaction():
            for statement in _SCHEMA.split(";\n"):
                self._db.execute(statement)
            self._db.execute(
                "INSERT INTO leadpolicy_store SELECT ?"
                " WHERE NOT EXISTS (SELECT 1 FROM leadpolicy_store)",
                (FORMAT,),
            )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with _as_store_error(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.rollback()
                raise
            self._db.execute("COMMIT")

    def receive(self, target: str, rows: Iterable[FeedbackRow], at: datetime) -> Received:
        """Take in the feedback of every lead that has any; see `Store.receive`."""
        new = unchanged = 0
        seen: set[str] = set()
        with self._transaction():
            for row in rows:
                seen.add(row.key)
                if self._add(target, row, at):
                    new += 1
                else:
                    unchanged += 1
            gone = [row.key for row in self.feedback(target) if row.values and row.key not in seen]
            for key in gone:
                self._add(target, FeedbackRow(key), at)
        return Received(new, unchanged, len(gone))

    def _add(self, target: str, row: FeedbackRow, at: datetime) -> bool:
        known = self._db.execute(_LATEST_OF_ONE, (target, row.key)).fetchone()
        if known is not None and known[0] == row.fingerprint:
            return False
        content = (row.fingerprint, row.to_json())
        self._db.execute(_ADD, (target, row.key, *content, at.isoformat()))
        return True

    def feedback(self, target: str) -> Iterator[FeedbackRow]:
        """Yield the latest feedback by key of lead, moments and decimals as text."""
        with _as_store_error(self.path):
            for lead, _, content in self._db.execute(_LATEST, (target,)):
                yield FeedbackRow(lead, json.loads(content))

    def record_applied(self, target: str, applied: Applied) -> None:
        """Remember that a policy was applied."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO applied (target, policy, version, content_hash, at, changes)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (target, *_identity(applied), applied.changes),
            )

    def last_applied(self, target: str) -> Applied | None:
        """Return what was applied last, or None."""
        with _as_store_error(self.path):
            row = self._db.execute(
                "SELECT policy, version, content_hash, at, changes FROM applied"
                " WHERE target = ? ORDER BY seq DESC LIMIT 1",
                (target,),
            ).fetchone()
        if row is None:
            return None
        policy, version, content_hash, moment, changes = row
        return Applied(policy, version, content_hash, datetime.fromisoformat(moment), changes)

    def record_run(self, target: str, run: Run) -> None:
        """Remember a run."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO runs (target, policy, version, content_hash, at, counts, error)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (target, *_identity(run), json.dumps(dict(run.counts)), run.error),
            )

    def runs(self, target: str) -> Iterator[Run]:
        """Yield the runs, oldest first."""
        with _as_store_error(self.path):
            rows = self._db.execute(
                "SELECT policy, version, content_hash, at, counts, error FROM runs"
                " WHERE target = ? ORDER BY seq",
                (target,),
            )
            for policy, version, content_hash, moment, counts, error in rows:
                at = datetime.fromisoformat(moment)
                yield Run(policy, version, content_hash, at, json.loads(counts), error)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


def _identity(record: Applied | Run) -> tuple[str, str, str, str]:
    return (record.policy, record.version, record.content_hash, record.at.isoformat())


@contextmanager
def _as_store_error(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        hint = "end the other run or wait for it" if "locked" in str(error) else None
        raise StoreError(f"the store `{path}` cannot be used: {error}", hint) from error
    except sqlite3.DatabaseError as error:
        hint = "move it away; feedback that stands in the CRM is then received again"
        raise StoreError(f"the store `{path}` cannot be read: {error}", hint) from error
