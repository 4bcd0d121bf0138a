"""SQLite: a store in one file beside everything else, made on first use."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

from leadpolicy.crm.points import Probe, unprobed
from leadpolicy.crm.store.contract import StoreError
from leadpolicy.crm.store.driver import Row
from leadpolicy.crm.store.sql_store import SqlStore

WAIT_SECONDS: Final = 30.0
_CACHE_KIB: Final = 65_536
_PAGE: Final = 16_384
_OLDEST: Final = (3, 35)
_LIST: Final = "= ANY(?)"


class SqliteStore(SqlStore):
    """A store in one SQLite file.

    Raises `StoreError` when the file is something else, damaged, or was written by a newer
    version. Others who write at the same moment are waited for, `wait_seconds` at most.
    """

    def __init__(
        self, path: Path | str, *, wait_seconds: float = WAIT_SECONDS, probe: Probe = unprobed
    ) -> None:
        self.path: Final = Path(path)
        super().__init__(SqliteDriver(self.path, wait_seconds), probe)


class SqliteDriver:
    """A connection to one SQLite file, with a write-ahead log."""

    types: Final = {
        "serial": "INTEGER PRIMARY KEY",
        "counter": "INTEGER PRIMARY KEY AUTOINCREMENT",
        "integer": "INTEGER",
        "text": "TEXT",
        "bytes": "BLOB",
        "compact": " WITHOUT ROWID",
    }
    alone: Final = True

    def __init__(self, path: Path, wait_seconds: float) -> None:
        self.place = str(path)
        self._wait_seconds = wait_seconds
        self._mutex = threading.RLock()
        if sqlite3.sqlite_version_info < _OLDEST:
            raise StoreError(
                f"SQLite {sqlite3.sqlite_version} is too old; 3.35 is the oldest that works"
            )
        _make_folder(path)
        with self._errors():
            self._db = sqlite3.connect(
                path, timeout=wait_seconds, isolation_level=None, check_same_thread=False
            )
            try:
                self._configure()
            except BaseException:
                self._db.close()
                raise

    def _configure(self) -> None:
        self._db.execute(f"PRAGMA page_size = {_PAGE}")
        self._db.execute("PRAGMA secure_delete = ON")
        self._db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._db.execute("PRAGMA cell_size_check = ON")
        self._db.execute("PRAGMA synchronous = NORMAL")
        if not self.tables():
            self._use_log()

    def _use_log(self) -> None:
        """Switch the log on; SQLite does not wait for others who do the same."""
        give_up = time.monotonic() + self._wait_seconds
        while True:
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > give_up:
                    raise
                time.sleep(0.01)
            else:
                return

    @contextmanager
    def transaction(self, *, durable: bool = False) -> Iterator[None]:
        """Do all or nothing; a durable one is on the disk when it ends."""
        with self._mutex:
            if durable:
                self.run("PRAGMA synchronous = FULL")
            try:
                self.run("BEGIN IMMEDIATE")
                try:
                    yield
                    self.run("COMMIT")
                finally:
                    self._roll_back_what_is_open()
            finally:
                if durable:
                    self.run("PRAGMA synchronous = NORMAL")

    def _roll_back_what_is_open(self) -> None:
        if self._db.in_transaction:
            self.run("ROLLBACK")

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        """Run a statement and return its rows."""
        with self._mutex, self._errors():
            return self._db.execute(*_spelled(statement, values)).fetchall()

    def run(self, statement: str, values: Sequence[object] = ()) -> int:
        """Run a statement and return how many rows it changed."""
        with self._mutex, self._errors():
            return self._db.execute(*_spelled(statement, values)).rowcount

    def run_many(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        """Run a statement once for each row of values."""
        with self._mutex, self._errors():
            self._db.executemany(statement, rows)

    def keep_others_out(self) -> None:
        """Do nothing: a transaction that writes is the only one."""

    def tables(self) -> set[str]:
        """Return the names of the tables."""
        names = self.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")
        return {name for (name,) in names if not name.startswith("sqlite_")}

    def forget(self) -> bool:
        """Write the file anew and cut its log; False when somebody who reads is in the way.

        Overwriting what is deleted is not enough: SQLite leaves copies where it moved rows within
        a page.
        """
        with self._mutex, self._errors():
            try:
                self._db.execute("VACUUM")
            except sqlite3.OperationalError as error:
                if not error.sqlite_errorname.startswith("SQLITE_BUSY"):
                    raise
                return False
            return not self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]

    def close(self) -> None:
        """Let go of the file; closing twice is harmless."""
        with self._mutex:
            self._db.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise _explained(error, self.place) from error
        except UnicodeEncodeError as error:
            raise StoreError(f"a text cannot be kept: {error}") from error
        except UnicodeDecodeError as error:
            raise _explained(sqlite3.DatabaseError("decode to UTF-8"), self.place) from error


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"the store `{path}` cannot be made: {error.strerror}"
        raise StoreError(message, "name another file") from error


def _spelled(statement: str, values: Sequence[object]) -> tuple[str, list[object]]:
    """Put each list in as single values, padded so that few statements are prepared."""
    flat: list[object] = []
    sizes = []
    for value in values:
        if isinstance(value, list):
            size = 1 << max(len(value) - 1, 0).bit_length()
            sizes.append(size)
            flat.extend(value)
            flat.extend([value[-1] if value else None] * (size - len(value)))
        else:
            flat.append(value)
    return _dialect(statement, tuple(sizes)), flat


@cache
def _dialect(statement: str, sizes: tuple[int, ...]) -> str:
    spelled = statement.replace(" FOR UPDATE", "")
    for size in sizes:
        spelled = spelled.replace(_LIST, f"IN ({', '.join('?' * size)})", 1)
    return spelled


_EXPLANATIONS: Final = {
    "SQLITE_FULL": (
        "the disk of the store `{}` is full",
        "free space and run again; nothing is sent before its intent is on the disk",
    ),
    "SQLITE_READONLY": ("the store `{}` is read-only", "make it writable, or name another file"),
    "SQLITE_CANTOPEN": (
        "the store `{}` cannot be opened",
        "look whether the folder exists and may be written, or name another file",
    ),
    "SQLITE_BUSY": (
        "somebody else writes to the store `{}`",
        "end the other run or wait for it",
    ),
    "SQLITE_CORRUPT": (
        "the store `{}` is damaged",
        "put a backup in its place, or move it away; parts in the CRM are then taken over with"
        " `leadpolicy import`",
    ),
    "SQLITE_NOTADB": ("`{}` is not a store", "name another file"),
}


def _explained(error: sqlite3.Error, place: str) -> StoreError:
    name = str(getattr(error, "sqlite_errorname", "")) or "SQLITE_"
    if "decode to UTF-8" in str(error):
        name = "SQLITE_CORRUPT"
    for prefix, (message, hint) in _EXPLANATIONS.items():
        if name.startswith(prefix):
            return StoreError(f"{message.format(place)}: {error}", hint)
    return StoreError(f"the store `{place}` cannot be used: {error}")
