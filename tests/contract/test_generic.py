"""The kit passes for the connector to SQL databases, here on SQLite files."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

from leadpolicy.crm.connector import Connector
from leadpolicy.crm.state import Column, FieldKind
from leadpolicy.testing.contract import BaseHarness, BaseSandbox, Effect, contract_tests
from leadpolicy_generic.connector import GenericConnector

TABLES = """
CREATE TABLE leads (id TEXT PRIMARY KEY, name TEXT);
CREATE TABLE consents (id INTEGER PRIMARY KEY, lead_id TEXT, purpose TEXT, status TEXT, at TEXT);
CREATE TABLE refused (id TEXT PRIMARY KEY);
CREATE TABLE effects (number INTEGER PRIMARY KEY, id TEXT);
CREATE TRIGGER remember AFTER UPDATE ON leads BEGIN
    INSERT INTO effects (id) VALUES (new.id);
END;
CREATE TRIGGER rule BEFORE UPDATE ON leads
WHEN new.id IN (SELECT id FROM refused) BEGIN
    SELECT raise(ABORT, 'a rule says no');
END;
"""
BINDING: dict[str, object] = {
    "leads": {"table": "leads", "key": "id", "attributes": {"name": "name"}},
    "consents": {
        "table": "consents",
        "lead": "lead_id",
        "purpose": "purpose",
        "status": "status",
        "at": "at",
    },
}


class SqliteSandbox(BaseSandbox):
    """A database of a CRM in a file."""

    outlives = True

    def __init__(self, folder: Path) -> None:
        self.path = folder / "crm.db"
        with closing(sqlite3.connect(self.path)) as file:
            file.executescript(TABLES)

    def run(self, statement: str, *values: Any) -> list[Any]:
        with closing(sqlite3.connect(self.path, timeout=30)) as file, file:
            return file.execute(statement, values).fetchall()

    def open(self, url: str | None = None) -> Connector:
        return GenericConnector(url or str(self.path), BINDING)

    def seed(self, keys: Sequence[str]) -> None:
        for key in keys:
            self.run("INSERT INTO leads (id) VALUES (?)", key)

    def held(
        self, keys: Sequence[str], columns: Sequence[Column]
    ) -> Mapping[str, Mapping[str, object]]:
        standing = {str(row[1]) for row in self.run("PRAGMA table_info(leads)")}
        there = [column for column in columns if column.name in standing]
        names = ", ".join(["id", *(f'"{column.name}"' for column in there)])
        rows = self.run(f"SELECT {names} FROM leads")
        return {
            row[0]: {c.name: typed(value, c) for c, value in zip(there, row[1:], strict=True)}
            for row in rows
            if row[0] in keys
        }

    def history(self) -> Sequence[Effect]:
        return [Effect(row[0]) for row in self.run("SELECT id FROM effects ORDER BY number")]

    def edit(self, key: str, values: Mapping[str, object], by: str) -> None:
        for name, value in values.items():
            self.run(f'UPDATE leads SET "{name}" = ? WHERE id = ?', value, key)

    def remove(self, key: str) -> None:
        self.run("DELETE FROM leads WHERE id = ?", key)

    def restore(self, key: str) -> None:
        self.seed([key])

    def refuse(self, key: str) -> None:
        self.run("INSERT INTO refused VALUES (?)", key)


def typed(value: object, column: Column) -> object:
    """Return what the file holds in the type of its column: decimals are kept as text."""
    if column.kind is FieldKind.NUMBER and value is not None:
        return Decimal(str(value))
    return value


class SqliteHarness(BaseHarness):
    """Makes such files."""

    name = "generic"
    plugin = "leadpolicy_generic.plugin"

    def sandbox(self, folder: Path) -> SqliteSandbox:
        return SqliteSandbox(folder)


test_contract = contract_tests(SqliteHarness(), Path(__file__).with_name("generic.toml"))
