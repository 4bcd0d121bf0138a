"""Start trytond in a way that suits tests, which log in and call thousands of times.

Passwords are hashed cheaply, and connections to the database are used again. The database tells
another time than the machine while a file says so, whose path is the first argument: by how many
seconds the clock is wrong, or `stopped`.
"""

from __future__ import annotations

import runpy
import sqlite3
import sys
from collections import defaultdict
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache, partial, partialmethod
from pathlib import Path

from pwdlib.hashers import argon2
from trytond.backend.sqlite import database  # type: ignore[import-untyped]


def hash_cheaply() -> None:
    hasher = argon2.Argon2Hasher
    cheap = partialmethod(hasher.__init__, time_cost=1, memory_cost=64, parallelism=1)
    hasher.__init__ = cheap  # type: ignore[method-assign,assignment]


def keep_connections() -> None:
    """Let the next transaction have the connection that one before it no longer needs."""
    free: defaultdict[str, list[sqlite3.Connection]] = defaultdict(list)
    connect, put = database.Database.connect, database.Database.put_connection

    def take(self: database.Database) -> database.Database:
        with suppress(IndexError):
            self._conn = self._conn or free[self.name].pop()
        return connect(self)

    def give(self: database.Database, connection: sqlite3.Connection | None = None) -> None:
        put(self, connection)
        kept, self._conn = self._conn, None
        if kept is not None and not kept.in_transaction:
            free[self.name].append(kept)

    database.sqlite.connect = partial(sqlite3.connect, check_same_thread=False)
    database.Database.connect, database.Database.put_connection = take, give


def follow(clock: Path) -> None:
    """Let the database ask a file how wrong its clock is."""
    right = database.now

    @cache
    def stopped(_since: int) -> str:
        return str(right())

    def now() -> str:
        if not clock.exists():
            return str(right())
        text = clock.read_text()
        if text == "stopped":
            return stopped(clock.stat().st_mtime_ns)
        shifted = datetime.fromisoformat(right()) + timedelta(seconds=float(text or 0))
        return shifted.isoformat(" ")

    database.now = now


if __name__ == "__main__":
    hash_cheaply()
    keep_connections()
    follow(Path(sys.argv[1]))
    sys.argv = sys.argv[2:]
    runpy.run_path(sys.argv[0], run_name="__main__")
