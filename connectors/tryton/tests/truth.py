"""What a company's leads hold, read from the file of the database and not by way of the server."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from leadpolicy.crm.state import Column, FieldKind

TITLE = "leadpolicy decision"
TABLES = ("sale_opportunity", "sale_opportunity__history")
_READ: Mapping[FieldKind, Callable[[str], object]] = {
    FieldKind.WHOLE: int,
    FieldKind.NUMBER: Decimal,
    FieldKind.FLAG: "yes".__eq__,
    FieldKind.MOMENT: datetime.fromisoformat,
}


@dataclass(frozen=True)
class Truth:
    """The opportunities of one company and their notes, as the guide says they are written."""

    file: Path
    company: int

    @cached_property
    def _file(self) -> sqlite3.Connection:
        """The open file, which is kept, for the schema is large."""
        opened = sqlite3.connect(self.file, timeout=60, isolation_level=None)
        opened.row_factory = sqlite3.Row
        return opened

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def run(self, statement: str, *values: object) -> list[dict[str, Any]]:
        """Carry out a statement and return its rows."""
        return [dict(row) for row in self._file.execute(statement, values)]

    def leads(self) -> dict[str, dict[str, Any]]:
        """Return the leads by their reference."""
        rows = self.run("SELECT * FROM sale_opportunity WHERE company = ?", self.company)
        return {row["reference"]: row for row in rows}

    def id(self, key: str) -> int:
        """Return Tryton's id of a lead."""
        return int(self.leads()[key]["id"])

    def copy(self, pattern: Mapping[str, Any], keys: Sequence[str]) -> None:
        """Put leads into the company that are like one which was there, as an import does."""
        now = datetime.now(UTC).replace(tzinfo=None).isoformat(" ")
        values = {name: value for name, value in pattern.items() if name != "id"}
        names = ", ".join(values)
        holes = ", ".join("?" for _ in values)
        for key in keys:
            row = {**values, "reference": key, "create_date": now}
            self.run(f"INSERT INTO sale_opportunity ({names}) VALUES ({holes})", *row.values())
        remember = f"INSERT INTO sale_opportunity__history (id, {names}) "
        new = f"SELECT id, {names} FROM sale_opportunity WHERE company = ? AND create_date = ?"
        self.run(remember + new, self.company, now)

    def held(
        self, keys: Sequence[str], columns: Sequence[Column], names: Mapping[str, str]
    ) -> dict[str, dict[str, object]]:
        """Return what leads hold in some columns; `names` says what stands for each."""
        leads, lines = self.leads(), dict[str, dict[str, str]]()
        for key, note in self.notes():
            lines.setdefault(key, {}).update(note)
        return {
            key: {c.name: _value(leads[key], lines.get(key, {}), names[c.name], c) for c in columns}
            for key in keys
            if key in leads
        }

    def notes(self) -> list[tuple[str, dict[str, str]]]:
        """Return the reference of the lead and the lines of every decision, oldest first."""
        keys = {f"sale.opportunity,{lead['id']}": key for key, lead in self.leads().items()}
        rows = self.run("SELECT resource, message FROM ir_note ORDER BY id")
        ours = (row for row in rows if row["resource"] in keys)
        return [(keys[row["resource"]], _lines(row["message"])) for row in ours]

    def sweep(self) -> None:
        """Remove every lead of the company with all that belongs to it, and failed logins."""
        self.run("DELETE FROM res_user_login_attempt")
        resources = "SELECT 'sale.opportunity,' || id FROM sale_opportunity WHERE company = ?"
        self.run(f"DELETE FROM ir_note WHERE resource IN ({resources})", self.company)
        for table in TABLES:
            self.run(f"DELETE FROM {table} WHERE company = ?", self.company)

    def has_rules(self, pattern: str) -> bool:
        """Tell whether there is a rule on records with a name like this."""
        return bool(self.run("SELECT 1 FROM ir_rule_group WHERE name LIKE ? LIMIT 1", pattern))


def _value(
    lead: Mapping[str, Any], lines: Mapping[str, str], standing: str, column: Column
) -> object:
    head, dot, name = standing.partition(".")
    if dot and head == "notes":
        return typed(lines.get(name, ""), column)
    untouched = standing == "state" and lead[standing] == "lead"
    return None if untouched else lead[standing]


def _lines(message: str) -> dict[str, str]:
    title, *lines = message.split("\n")
    assert title == TITLE, f"a note that is no decision: {message!r}"
    parts = (line.partition(":") for line in lines)
    return {name: text.removeprefix(" ") for name, _, text in parts}


def typed(text: str, column: Column) -> object:
    """Return what a line says in the kind of its column."""
    if not text:
        return None
    if column.kind in _READ:
        return _READ[column.kind](text)
    return json.loads(text) if text.startswith('"') else text
