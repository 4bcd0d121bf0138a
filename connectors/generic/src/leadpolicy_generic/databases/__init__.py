"""The databases: each module says what one of them can do and how it is told to."""

from __future__ import annotations

from functools import cache

from leadpolicy_generic.databases.base import Database
from leadpolicy_generic.databases.mariadb import MariaDb
from leadpolicy_generic.databases.postgresql import Postgresql
from leadpolicy_generic.databases.sqlite import Sqlite

__all__ = ["Database", "database_of"]


@cache
def database_of(name: str) -> Database:
    """Return the database that SQLAlchemy knows by a name; one that is not listed has no extras."""
    known: dict[str, type[Database]] = {
        "sqlite": Sqlite,
        "postgresql": Postgresql,
        "mariadb": MariaDb,
        "mysql": MariaDb,
    }
    return known.get(name, Database)()
