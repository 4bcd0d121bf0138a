"""Real databases with the same tables: an SQLite file and, where they are given, two servers."""

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

import pytest
import sqlalchemy as sa

from leadpolicy.crm.apply import ApplyReport, apply
from leadpolicy.crm.plan import Plan, propose
from leadpolicy.crm.state import DesiredState
from leadpolicy.crm.store import Store, open_store
from leadpolicy_generic.connector import GenericConnector

Binding: TypeAlias = dict[str, dict[str, Any]]
Prepare: TypeAlias = Callable[[GenericConnector, DesiredState], ApplyReport]
Look: TypeAlias = Callable[[GenericConnector, DesiredState], Plan]

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
TABLES = """
CREATE TABLE {schema}leads (id {key} PRIMARY KEY, name {text}, "company size" {text}, note {text});
CREATE TABLE {schema}signals (
    id {key} PRIMARY KEY, lead_id {key} NOT NULL, type {text}, occurred_at {text}, asset {text},
    ip {text});
CREATE TABLE {schema}consents (
    id {key} PRIMARY KEY, lead_id {key} NOT NULL, purpose {text}, channel {text}, status {text},
    at {text});
"""


MOMENTS = {"sqlite": "TEXT", "postgresql": "TIMESTAMP WITH TIME ZONE", "mariadb": "TIMESTAMP(6)"}


@dataclass
class Crm:
    """A database on which a test can run statements of its own; `{schema}` stands for the place."""

    url: str
    schema: str
    engine: sa.Engine
    opened: list[GenericConnector] = field(default_factory=list)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @property
    def binding(self) -> Binding:
        return {
            "leads": {
                "table": f"{self.schema}leads",
                "key": "id",
                "missing": ["", "unknown"],
                "attributes": {
                    "employees": {"column": "company size", "codes": {"1-9": 5}},
                    "note": "note",
                },
            },
            "signals": {
                "table": f"{self.schema}signals",
                "key": "id",
                "lead": "lead_id",
                "type": {"column": "type", "codes": {"click": "newsletter_click"}},
                "occurred_at": "occurred_at",
                "properties": {"asset": "asset"},
            },
            "consents": {
                "table": f"{self.schema}consents",
                "lead": "lead_id",
                "purpose": "purpose",
                "channel": "channel",
                "status": "status",
                "at": "at",
            },
        }

    @property
    def is_postgresql(self) -> bool:
        return self.engine.dialect.name == "postgresql"

    @property
    def is_mariadb(self) -> bool:
        return self.engine.dialect.name == "mariadb"

    def words(self, script: str) -> str:
        """Return a script in the words of the database; names in it are quoted by `"`."""
        text = "MEDIUMTEXT" if self.is_mariadb else "TEXT"
        key = "VARCHAR(80)" if self.is_mariadb else "TEXT"
        script = script.replace("{schema}", self.schema).replace("{text}", text)
        script = script.replace("{key}", key).replace("{moment}", MOMENTS[self.engine.dialect.name])
        return script.replace('"', "`") if self.is_mariadb else script

    def run(self, script: str, **parameters: object) -> None:
        with self.engine.begin() as connection:
            if self.is_sqlite:  # so that the connection learns how others changed the tables
                connection.execute(sa.text("SELECT COUNT(*) FROM sqlite_master"))
            for statement in self.words(script).split(";\n"):
                if statement.strip():
                    connection.execute(sa.text(statement), parameters)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with self.engine.connect() as connection:
            found = connection.execute(sa.text(self.words(query)))
            return [tuple(row) for row in found]

    def add_leads(self, *keys: str) -> None:
        for key in keys:
            self.run("INSERT INTO {schema}leads (id) VALUES (:key)", key=key)

    def dump(self) -> dict[str, tuple[list[tuple[str, str]], list[tuple[object, ...]]]]:
        """Return every table with its columns and rows."""
        inspector = sa.inspect(self.engine)
        schema = self.schema.rstrip(".") or None
        return {
            name: (
                [(c["name"], str(c["type"])) for c in inspector.get_columns(name, schema=schema)],
                sorted(self.rows('SELECT * FROM {schema}"' + name + '"'), key=repr),
            )
            for name in inspector.get_table_names(schema=schema)
        }

    def open(
        self, binding: Mapping[str, object] | None = None, **options: object
    ) -> GenericConnector:
        """Return a connector that is closed with the test."""
        return self.keep(GenericConnector(self.url, binding or self.binding, options))

    def keep(self, connector: GenericConnector) -> GenericConnector:
        self.opened.append(connector)
        return connector

    def close(self) -> None:
        for connector in self.opened:
            connector.close()
        self.engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def crm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Crm]:
    """Return a CRM with empty tables."""
    match request.param:
        case "sqlite":
            yield from _sqlite(tmp_path)
        case "postgresql":
            yield from _postgresql()
        case _:
            yield from _mariadb()


@pytest.fixture
def sqlite_crm(tmp_path: Path) -> Iterator[Crm]:
    """Return a CRM in an SQLite file."""
    yield from _sqlite(tmp_path)


@pytest.fixture
def postgresql_crm() -> Iterator[Crm]:
    """Return a CRM in a schema of a PostgreSQL server."""
    yield from _postgresql()


@pytest.fixture
def mariadb_crm() -> Iterator[Crm]:
    """Return a CRM in a database of a MariaDB server."""
    yield from _mariadb()


def _hasten(raw: object, _record: object) -> None:
    """Let SQLite not wait for the disk: no test pulls the plug."""
    if isinstance(raw, sqlite3.Connection):
        raw.execute("PRAGMA synchronous = OFF")


@pytest.fixture(autouse=True, scope="session")
def _hastened() -> Iterator[None]:
    sa.event.listen(sa.Engine, "connect", _hasten)
    yield
    sa.event.remove(sa.Engine, "connect", _hasten)


def _sqlite(folder: Path) -> Iterator[Crm]:
    path = folder / "crm.db"
    path.touch()
    engine = sa.create_engine(f"sqlite:///{path}")
    crm = Crm(str(path), "", engine)
    crm.run(TABLES)
    yield crm
    crm.close()


def _postgresql() -> Iterator[Crm]:
    url = os.environ.get("LEADPOLICY_TEST_POSTGRES_URL")
    if not url:
        pytest.skip(
            "set LEADPOLICY_TEST_POSTGRES_URL to a PostgreSQL database"
            " (server: `apt-get install postgresql`,"
            " driver: `pip install 'leadpolicy-generic[postgres]'`)"
        )
    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
    schema = f"lead_test_{uuid4().hex[:12]}"
    crm = Crm(url, f"{schema}.", engine)
    crm.run(f"CREATE SCHEMA {schema}")
    try:
        crm.run(TABLES)
        yield crm
    finally:
        crm.close()
        with engine.begin() as connection:
            connection.execute(sa.text(f"DROP SCHEMA {schema} CASCADE"))
        engine.dispose()


def _mariadb() -> Iterator[Crm]:
    url = os.environ.get("LEADPOLICY_TEST_MARIADB_URL")
    if not url:
        pytest.skip(
            "set LEADPOLICY_TEST_MARIADB_URL to a MariaDB server"
            " (server: `apt-get install mariadb-server`,"
            " driver: `pip install 'leadpolicy-generic[mariadb]'`)"
        )
    server = sa.make_url(url).set(drivername="mariadb+pymysql")
    own = server.set(database=f"lead_test_{uuid4().hex[:12]}")
    root = sa.create_engine(server)
    with root.begin() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {own.database} CHARACTER SET utf8mb4"))
    engine = sa.create_engine(own)
    crm = Crm(own.render_as_string(hide_password=False), "", engine)
    try:
        crm.run(TABLES)
        yield crm
    finally:
        crm.close()
        with root.begin() as connection:
            connection.execute(sa.text(f"DROP DATABASE {own.database}"))
        root.dispose()


@pytest.fixture
def store() -> Iterator[Store]:
    """Return an empty store."""
    store = open_store(":memory:")
    yield store
    store.close()


@pytest.fixture
def prepare(store: Store) -> Prepare:
    """Return a function that brings a CRM to a desired state."""

    def bring(connector: GenericConnector, desired: DesiredState) -> ApplyReport:
        return apply(propose(connector, desired, store), connector, store, at=AT)

    return bring


@pytest.fixture
def look(store: Store) -> Look:
    """Return a function that plans."""

    def propose_now(connector: GenericConnector, desired: DesiredState) -> Plan:
        return propose(connector, desired, store)

    return propose_now
