"""The store: what is remembered between runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from leadpolicy.crm.points import Probe, unprobed
from leadpolicy.crm.store.contract import Applied, Received, Run, Store, StoreError

if TYPE_CHECKING:
    from leadpolicy.crm.store.postgres import PostgresStore
    from leadpolicy.crm.store.sqlite import SqliteStore

__all__ = [
    "Applied",
    "PostgresStore",
    "Received",
    "Run",
    "SqliteStore",
    "Store",
    "StoreError",
    "open_store",
]

_POSTGRES = ("postgresql", "postgres", "postgresql+psycopg")


def open_store(place: Path | str, *, probe: Probe = unprobed) -> Store:
    """Open a store in an SQLite file, or in PostgreSQL for a URL such as `postgresql://…`.

    Raises `StoreError` for a URL of anything else and for what cannot be opened.
    """
    scheme, found, rest = str(place).partition("://")
    if found and scheme in _POSTGRES:
        return _postgres()(str(place), probe=probe)
    if found and scheme != "sqlite":
        raise StoreError(
            f"no store can be kept in `{scheme}`",
            "name a file, or a database with `postgresql://…`",
        )
    return _sqlite()(rest.removeprefix("/") if found else place, probe=probe)


def _sqlite() -> type[SqliteStore]:
    from leadpolicy.crm.store.sqlite import SqliteStore

    return SqliteStore


def _postgres() -> type[PostgresStore]:
    try:
        from leadpolicy.crm.store.postgres import PostgresStore
    except ImportError as error:
        hint = "call `pip install 'leadpolicy[postgres]'`"
        raise StoreError("a store in PostgreSQL needs `psycopg`", hint) from error
    return PostgresStore


_LAZY = {"SqliteStore": _sqlite, "PostgresStore": _postgres}


def __getattr__(name: str) -> object:
    if name in _LAZY:
        return _LAZY[name]()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
