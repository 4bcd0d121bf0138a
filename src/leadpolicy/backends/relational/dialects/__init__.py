"""The databases that policies are compiled for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from leadpolicy.backends.relational.dialects.base import Dialect
from leadpolicy.backends.relational.dialects.duckdb import DuckDb
from leadpolicy.backends.relational.dialects.mysql import MySql
from leadpolicy.backends.relational.dialects.postgres import Postgres
from leadpolicy.backends.relational.dialects.sqlite import Sqlite

DialectName: TypeAlias = Literal["sqlite", "postgres", "duckdb", "mysql"]

DIALECTS: Final[Mapping[DialectName, Dialect]] = {
    "sqlite": Sqlite(),
    "postgres": Postgres(),
    "duckdb": DuckDb(),
    "mysql": MySql(),
}
"""Every database by name; `mysql` is MariaDB too."""
