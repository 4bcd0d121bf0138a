"""Databases with leads in them, for what is decided by queries; each test has its own tables."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from leadpolicy.backends.relational import Compiled, ConsentTable, Layout, SignalTable, marked_words
from leadpolicy.backends.relational.dialects import DialectName
from leadpolicy.engine.inputs import ConsentEvent
from leadpolicy.expr.facts import Facts, Signal
from leadpolicy.expr.folding import email_domain, fold
from leadpolicy.expr.types import Kind, Value, ValueType
from leadpolicy.policy.checked import CheckedPolicy

DIALECTS: Final[tuple[DialectName, ...]] = ("sqlite", "duckdb", "postgres", "mysql")
LONG_AGO: Final = datetime(1900, 1, 1, tzinfo=UTC)
_BEFORE: Final = datetime(1899, 1, 1, tzinfo=UTC)
_AFTER: Final = datetime(2200, 1, 1, tzinfo=UTC)
_KEY: Final = "VARCHAR(100)"
_CODE: Final = "VARCHAR(80)"

_TYPES: Final[Mapping[DialectName, Mapping[Kind, str]]] = {
    "sqlite": {
        Kind.FLAG: "INTEGER",
        Kind.WHOLE: "INTEGER",
        Kind.NUMBER: "NUMERIC",
        Kind.DAY: "TEXT",
        Kind.MOMENT: "TEXT",
    },
    "duckdb": {
        Kind.FLAG: "BOOLEAN",
        Kind.WHOLE: "BIGINT",
        Kind.NUMBER: "DECIMAL(18, 4)",
        Kind.DAY: "DATE",
        Kind.MOMENT: "TIMESTAMPTZ",
    },
    "postgres": {
        Kind.FLAG: "BOOLEAN",
        Kind.WHOLE: "INTEGER",
        Kind.NUMBER: "NUMERIC",
        Kind.DAY: "DATE",
        Kind.MOMENT: "TIMESTAMPTZ",
    },
    "mysql": {
        Kind.FLAG: "BOOLEAN",
        Kind.WHOLE: "INT",
        Kind.NUMBER: "DECIMAL(18, 4)",
        Kind.DAY: "DATE",
        Kind.MOMENT: "DATETIME(6)",
    },
}


def column_type(dialect: DialectName, kind: Kind) -> str:
    """Return the type with which a test stores a kind of value."""
    return _TYPES[dialect].get(kind, "TEXT")


@dataclass
class Database:
    """A connection, and how a value is written in it."""

    dialect: DialectName
    connection: Any
    mark: str

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement as it is, and return its rows."""
        cursor = self.connection.cursor()
        cursor.execute(statement)
        return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

    def create(self, table: str, columns: Mapping[str, str]) -> None:
        """Create an empty table in the place of one with this name."""
        self.run(f"DROP TABLE IF EXISTS {self.name(table)}")
        written = ", ".join(f"{self.name(name)} {kind}" for name, kind in columns.items())
        self.run(f"CREATE TABLE {self.name(table)} ({written})")

    def insert(self, table: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Insert rows that have the same columns."""
        if rows:
            names = ", ".join(map(self.name, rows[0]))
            marks = ", ".join(self.mark for _ in rows[0])
            statement = f"INSERT INTO {self.name(table)} ({names}) VALUES ({marks})"
            values = [[self.stored(value) for value in row.values()] for row in rows]
            self.connection.cursor().executemany(statement, values)

    def name(self, written: str) -> str:
        """Return a name in the quotes of the database."""
        return f"`{written}`" if self.dialect == "mysql" else f'"{written}"'

    def stored(self, value: object) -> object:
        """Return a value as the database takes it."""
        match value:
            case frozenset():
                return ";".join(sorted(value)) or ";"
            case Decimal() if self.dialect == "sqlite":
                return str(value)
            case datetime() if self.dialect == "mysql":
                return value.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
            case date():
                return value.isoformat()
            case _:
                return value


@contextmanager
def opened(dialect: DialectName) -> Iterator[Database]:
    """Return a database that is empty, and gone afterwards; skip where there is no server."""
    makers = {"sqlite": _sqlite, "duckdb": _duckdb, "postgres": _postgres, "mysql": _mysql}
    yield from makers[dialect]()


def _sqlite() -> Iterator[Database]:
    connection = sqlite3.connect(":memory:")
    yield Database("sqlite", connection, "?")
    connection.close()


def _duckdb() -> Iterator[Database]:
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    yield Database("duckdb", connection, "?")
    connection.close()


def _postgres() -> Iterator[Database]:
    import psycopg

    url = os.environ.get("LEADPOLICY_TEST_POSTGRES_URL")
    if not url:
        pytest.skip(
            "set LEADPOLICY_TEST_POSTGRES_URL to a PostgreSQL database"
            " (server: `apt-get install postgresql`, driver: `pip install psycopg[binary]`)"
        )
    scheme, _, rest = url.partition("://")
    schema = f"relational_{uuid4().hex[:12]}"
    with psycopg.connect(f"{scheme.partition('+')[0]}://{rest}", autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        connection.execute(f"SET search_path TO {schema}")
        connection.execute("SET timezone TO 'Pacific/Auckland'")
        yield Database("postgres", connection, "%s")
        connection.execute(f"DROP SCHEMA {schema} CASCADE")


def _mysql() -> Iterator[Database]:
    url = os.environ.get("LEADPOLICY_TEST_MARIADB_URL")
    if not url:
        pytest.skip(
            "set LEADPOLICY_TEST_MARIADB_URL to a MariaDB or MySQL database"
            " (server: `apt-get install mariadb-server`, driver: `pip install pymysql`)"
        )
    import pymysql

    parts, name = urlsplit(url), f"relational_{uuid4().hex[:12]}"
    connection = pymysql.connect(
        host=parts.hostname,
        port=parts.port or 3306,
        user=parts.username,
        password=parts.password or "",
        autocommit=True,
    )
    database = Database("mysql", connection, "%s")
    database.run(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    database.run(f"USE {name}")
    yield database
    database.run(f"DROP DATABASE {name}")
    connection.close()


# --------------------------------------------------------------------------------------- leads
def layout_of(checked: CheckedPolicy) -> Layout:
    """Return a layout in which every column is named like what it holds."""
    signals = checked.vocabulary.signals
    texts = {name: name for name, kind in checked.vocabulary.attributes.items() if _is_text(kind)}
    for signal, types in signals.items():
        texts |= {f"{signal}.{name}": name for name, kind in types.items() if _is_text(kind)}
    return Layout(
        attributes={name: name for name in checked.vocabulary.attributes},
        folded={label: f"{name}__folded" for label, name in texts.items()},
        words={label: f"{name}__words" for label, name in texts.items()},
        domains={label: f"{name}__domain" for label, name in texts.items()},
        signals=SignalTable(
            properties={signal: {name: name for name in types} for signal, types in signals.items()}
        ),
        consents=ConsentTable(),
    )


def _is_text(kind: ValueType) -> bool:
    return kind.kind is Kind.TEXT


def with_helpers(
    types: Mapping[str, ValueType], values: Mapping[str, Value | None]
) -> dict[str, Any]:
    """Return a value for each column, among them the helper columns of texts."""
    found: dict[str, Any] = {}
    for name, kind in types.items():
        value = found[name] = values.get(name)
        if _is_text(kind):
            text = value if isinstance(value, str) else None
            found[f"{name}__folded"] = None if text is None else fold(text)
            found[f"{name}__words"] = None if text is None else marked_words(text)
            found[f"{name}__domain"] = None if text is None else email_domain(text)
    return found


def column_types(dialect: DialectName, types: Mapping[str, ValueType]) -> dict[str, str]:
    """Return the type of each column, among them the helper columns of texts."""
    found: dict[str, str] = {}
    for name, kind in types.items():
        found[name] = column_type(dialect, kind.kind)
        if _is_text(kind):
            found |= {f"{name}__{form}": "TEXT" for form in ("folded", "words", "domain")}
    return found


@dataclass(frozen=True)
class Stored:
    """What a database holds about one lead."""

    attributes: Mapping[str, Value | None]
    signals: Sequence[Signal] = ()
    events: Sequence[ConsentEvent] = field(default=())


def stored(known: Facts) -> Stored:
    """Return facts as a database holds them: behind each status there is one that it replaced."""
    events = [
        ConsentEvent(purpose, channel, *what)
        for (purpose, channel), status in known.consents.items()
        for what in ((status, LONG_AGO), ("objected", _BEFORE), ("objected", _AFTER))
    ]
    return Stored(known.attributes, known.signals, events)


def store(database: Database, checked: CheckedPolicy, leads: Mapping[str, Stored]) -> None:
    """Create the tables of a policy in the layout of `layout_of`, and store leads by key."""
    dialect, vocabulary = database.dialect, checked.vocabulary
    attributes, moment = vocabulary.attributes, column_type(dialect, Kind.MOMENT)
    database.create("leads", {"id": _KEY, **column_types(dialect, attributes)})
    rows = [{"id": key, **with_helpers(attributes, lead.attributes)} for key, lead in leads.items()]
    database.insert("leads", rows)
    properties = {n: kind for types in vocabulary.signals.values() for n, kind in types.items()}
    own = {"lead_id": _KEY, "type": _CODE, "occurred_at": moment}
    database.create("signals", own | column_types(dialect, properties))
    database.insert(
        "signals", [row for key in leads for row in _signals(key, leads[key], properties)]
    )
    codes = dict.fromkeys(("purpose", "channel", "status"), _CODE)
    database.create("consents", {"lead_id": _KEY, **codes, "recorded_at": moment})
    database.insert("consents", [row for key in leads for row in _events(key, leads[key])])


def _signals(
    key: str, lead: Stored, properties: Mapping[str, ValueType]
) -> Iterator[dict[str, object]]:
    for signal in lead.signals:
        own = {"lead_id": key, "type": signal.type, "occurred_at": signal.occurred_at}
        yield own | with_helpers(properties, signal.properties)


def _events(key: str, lead: Stored) -> Iterator[dict[str, object]]:
    for event in lead.events:
        pair = {"purpose": event.purpose, "channel": event.channel}
        yield {"lead_id": key, **pair, "status": event.status, "recorded_at": event.at}


def usable(checked: CheckedPolicy, known: Facts) -> Facts:
    """Return the facts without the signals whose gate is closed."""

    def is_open(signal: str) -> bool:
        gate = checked.policy.signals[signal].gate
        if gate is None:
            return True
        spec = checked.policy.gates[gate]
        return known.consents.get((spec.purpose, spec.channel.value)) in spec.accepted()

    return replace(known, signals=tuple(s for s in known.signals if is_open(s.type)))


def decided(database: Database, compiled: Compiled, at: datetime) -> dict[str, dict[str, object]]:
    """Return what the query of a policy says about each lead, by key."""
    types = {item.name: item.type for item in compiled.checked.outputs}
    rows = [
        dict(zip(compiled.columns, row, strict=True)) for row in database.run(compiled.select(at))
    ]
    return {
        str(row.pop("key")): {
            name: read_back(value, types[name]) if name in types else value
            for name, value in row.items()
        }
        for row in rows
    }


def read_back(value: object, kind: ValueType) -> object:
    """Return a value of a result in the form in which the reference evaluator gives it."""
    if value is None or kind.kind not in {Kind.FLAG, Kind.NUMBER}:
        return value
    return bool(value) if kind.kind is Kind.FLAG else Decimal(str(value))
