"""Two real databases with the same tables: an SQLite file and, where one is given, PostgreSQL."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

import pytest
import sqlalchemy as sa

from leadpolicy.crm.apply import ApplyReport, apply
from leadpolicy.crm.plan import propose
from leadpolicy.crm.state import DesiredState
from leadpolicy.crm.store import SqliteStore
from leadpolicy_generic.connector import GenericConnector

Binding: TypeAlias = dict[str, dict[str, Any]]
Prepare: TypeAlias = Callable[[GenericConnector, DesiredState, datetime], ApplyReport]

TABLES = """
CREATE TABLE {schema}leads (id TEXT PRIMARY KEY, name TEXT, "company size" TEXT, note TEXT);
CREATE TABLE {schema}signals (
    id TEXT PRIMARY KEY, lead_id TEXT NOT NULL, type TEXT, occurred_at TEXT, asset TEXT, ip TEXT);
CREATE TABLE {schema}consents (
    id TEXT PRIMARY KEY, lead_id TEXT NOT NULL, purpose TEXT, status TEXT, at TEXT);
"""


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
                "status": "status",
                "at": "at",
            },
        }

    def run(self, script: str, **parameters: object) -> None:
        with self.engine.begin() as connection:
            for statement in script.format(schema=self.schema).split(";\n"):
                if statement.strip():
                    connection.execute(sa.text(statement), parameters)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with self.engine.connect() as connection:
            found = connection.execute(sa.text(query.format(schema=self.schema)))
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
                sorted(self.rows(f'SELECT * FROM {{schema}}"{name}"'), key=repr),
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


@pytest.fixture(params=["sqlite", "postgresql"])
def crm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Crm]:
    """Return a CRM with empty tables."""
    if request.param == "sqlite":
        yield from _sqlite(tmp_path)
    else:
        yield from _postgresql()


@pytest.fixture
def sqlite_crm(tmp_path: Path) -> Iterator[Crm]:
    """Return a CRM in an SQLite file."""
    yield from _sqlite(tmp_path)


@pytest.fixture
def postgresql_crm() -> Iterator[Crm]:
    """Return a CRM in a schema of a PostgreSQL server."""
    yield from _postgresql()


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
        crm.run(f"DROP SCHEMA {schema} CASCADE")
        crm.close()


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    """Return an empty store."""
    store = SqliteStore(":memory:")
    yield store
    store.close()


@pytest.fixture
def prepare(store: SqliteStore) -> Prepare:
    """Return a function that brings a CRM to a desired state."""

    def bring(connector: GenericConnector, desired: DesiredState, at: datetime) -> ApplyReport:
        return apply(propose(connector, desired), connector, store, at=at)

    return bring
