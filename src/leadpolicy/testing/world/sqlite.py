"""The demo CRM as an SQLite file, and the sales team that fills its feedback columns."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from operator import attrgetter
from os import PathLike
from pathlib import Path
from typing import Final

from leadpolicy.testing.world.rows import FeedbackRow, Row, Tables, columns_of

_SCHEMA: Final = (
    """
    CREATE TABLE leads (
        id TEXT NOT NULL PRIMARY KEY,
        first_name TEXT,
        last_name TEXT,
        email TEXT,
        job_title TEXT,
        company TEXT,
        employees INTEGER,
        industry TEXT,
        country TEXT,
        budget_confirmed TEXT,
        budget_released TEXT,
        need_clarity TEXT,
        preference_stability TEXT,
        buying_centre TEXT,
        project_timing TEXT,
        empty_required_fields INTEGER NOT NULL,
        opportunity_open INTEGER,
        customer INTEGER,
        campaign TEXT,
        created_at TEXT NOT NULL
    )""",
    """
    CREATE TABLE signals (
        id TEXT NOT NULL PRIMARY KEY,
        lead_id TEXT NOT NULL REFERENCES leads (id),
        type TEXT NOT NULL,
        occurred_at TEXT NOT NULL,
        recorded_at TEXT NOT NULL,
        source TEXT NOT NULL,
        asset TEXT
    )""",
    """
    CREATE TABLE consents (
        id TEXT NOT NULL PRIMARY KEY,
        lead_id TEXT NOT NULL REFERENCES leads (id),
        purpose TEXT NOT NULL,
        channel TEXT NOT NULL,
        status TEXT NOT NULL,
        at TEXT NOT NULL,
        source TEXT NOT NULL
    )""",
    "CREATE INDEX leads_by_email ON leads (email)",
    "CREATE INDEX signals_by_lead ON signals (lead_id, occurred_at)",
    "CREATE INDEX consents_by_lead ON consents (lead_id, at)",
)


@dataclass(frozen=True, slots=True)
class FeedbackColumns:
    """Where the sales team types its feedback; `at` and `by` are left alone when None."""

    verdict: str = "sales_feedback"
    reason: str = "rejection_reason"
    at: str | None = None
    by: str | None = None

    def pairs(self) -> list[tuple[str, str]]:
        """Return which column takes which field of a feedback row."""
        places = {"verdict": self.verdict, "reason": self.reason, "at": self.at, "by": self.by}
        return [(column, source) for source, column in places.items() if column is not None]


def write(path: str | PathLike[str], tables: Tables) -> None:
    """Create the CRM file in one transaction; an existing file raises `FileExistsError`."""
    if Path(path).exists():
        raise FileExistsError(f"`{path}` exists already; choose another name or remove it first")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        for statement in _SCHEMA:
            connection.execute(statement)
        for table, rows in tables.items():
            _fill(connection, table, rows)
        connection.execute("COMMIT")


def _fill(connection: sqlite3.Connection, table: str, rows: Sequence[Row]) -> None:
    columns = columns_of(table)
    marks = ", ".join("?" * len(columns))
    insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608
    connection.executemany(insert, map(attrgetter(*columns), rows))


def enter_feedback(
    path: str | PathLike[str],
    feedback: Iterable[FeedbackRow],
    columns: FeedbackColumns,
    *,
    table: str,
    key: str,
) -> int:
    """Type feedback into the deployed columns and return how many leads now differ.

    A missing file raises `FileNotFoundError`, columns that nobody deployed `LookupError`.
    """
    if not Path(path).exists():
        raise FileNotFoundError(f"there is no CRM at `{path}`; write it first")
    pairs = columns.pairs()
    fields = attrgetter(*(source for _, source in pairs))
    with closing(sqlite3.connect(path)) as connection, connection:
        _check_columns(connection, table, [column for column, _ in pairs])
        update = _update(table, key, [column for column, _ in pairs])
        changed = 0
        for row in feedback:
            values = fields(row)
            changed += connection.execute(update, (*values, row.lead_id, *values)).rowcount
        return changed


def _check_columns(connection: sqlite3.Connection, table: str, wanted: Sequence[str]) -> None:
    found = [row[1] for row in connection.execute(f"PRAGMA table_info({_quoted(table)})")]
    absent = [column for column in wanted if column not in found]
    if absent:
        names = ", ".join(f"`{column}`" for column in absent)
        raise LookupError(
            f"table `{table}` has no column {names}; deploy the policy first (`leadpolicy apply`)"
        )


def _update(table: str, key: str, columns: Sequence[str]) -> str:
    names = [_quoted(column) for column in columns]
    assignments = ", ".join(f"{name} = ?" for name in names)
    differs = " OR ".join(f"{name} IS NOT ?" for name in names)
    return (
        f"UPDATE {_quoted(table)} SET {assignments} "  # noqa: S608 (names are quoted)
        f"WHERE {_quoted(key)} = ? AND ({differs})"
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
