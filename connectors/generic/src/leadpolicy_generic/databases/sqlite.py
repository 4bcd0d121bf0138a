"""SQLite: rules as triggers, computed columns that are never stored, no teams and no comments."""
# ruff: noqa: S608 (names are quoted here, and bodies are made by this connector)

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Final

import sqlalchemy as sa
from sqlalchemy import exc

from leadpolicy.crm.connector import PartKind
from leadpolicy.crm.state import Rule
from leadpolicy_generic.binding import Source
from leadpolicy_generic.databases.base import Database, Relational
from leadpolicy_generic.statements import run

_COMPUTED: Final = r"[\"`\[]?{name}[\"`\]]?\s[^,()]*(?:\([^)]*\))?[^,()]*\bAS\s*\("
_TRIGGER: Final = re.compile(
    r"RAISE\(ABORT, '((?:[^']|'')*)'\) FROM \(.*?\) WHERE NOT \((.*)\); END\Z", re.DOTALL
)
_PIECE: Final = re.compile(r"'[^']*'|\"[^\"]*\"|[^'\"()]+|[()]")


class Sqlite(Database):
    """One file, one writer at a time."""

    relational: ClassVar[Relational | None] = "sqlite"
    late_effect_seconds: ClassVar[float] = 0.0
    parts: ClassVar[frozenset[PartKind]] = Database.parts | {PartKind.RULE}
    stores_formulas: ClassVar[str] = "VIRTUAL"
    asks_whole_rows: ClassVar[bool] = False

    def formula(self, connection: sa.Connection, leads: Source, name: str, rendered: str) -> str:
        """Return the formula as it was given, from the statement that made the column."""
        made = _text_of(connection, leads, "table", leads.table) or ""
        found = re.search(_COMPUTED.format(name=re.escape(name)), made, re.IGNORECASE)
        return rendered if found is None else _bracketed(made[found.end() :])

    def rule(
        self, connection: sa.Connection, leads: Source, rule: Rule, columns: Sequence[str]
    ) -> Rule | None:
        """Return a rule from its triggers, which SQLite keeps as they were made."""
        names = [_name(rule, event) for event in self.events(rule)]
        texts = {name: _text_of(connection, leads, "trigger", name) for name in names}
        standing = {name: text for name, text in texts.items() if text is not None}
        if not standing:
            return None
        spoken = _TRIGGER.search(standing.get(names[-1], ""))
        if spoken is not None:
            message, body = spoken[1].replace("''", "'"), spoken[2]
            found = replace(rule, message=message, body=body)
            if self._triggers(leads, found, columns) == standing:
                return found
        return replace(rule, body="\n".join(standing.values()))

    def add_rule(
        self, connection: sa.Connection, leads: Source, rule: Rule, columns: Sequence[str]
    ) -> None:
        """Make the triggers of a rule."""
        for name, statement in self._triggers(leads, rule, columns).items():
            if _text_of(connection, leads, "trigger", name) != statement:
                self._drop(connection, leads, name)
                run(connection, statement)

    def drop_rule(self, connection: sa.Connection, leads: Source, rule: Rule) -> None:
        """Remove the triggers of a rule."""
        for event in self.events(rule):
            self._drop(connection, leads, _name(rule, event))

    def _drop(self, connection: sa.Connection, leads: Source, name: str) -> None:
        run(connection, f"DROP TRIGGER IF EXISTS {self.quoted(leads.schema, name)}")

    def _triggers(self, leads: Source, rule: Rule, columns: Sequence[str]) -> dict[str, str]:
        return {
            _name(rule, event): self._trigger(leads, rule, event, self.used(rule.body, columns))
            for event in self.events(rule)
        }

    def _trigger(self, leads: Source, rule: Rule, event: str, used: Sequence[str]) -> str:
        when = event
        if event == "UPDATE":
            when = f"UPDATE OF {', '.join(map(self.quoted, used))}"
        changed = " OR ".join(f"OLD.{n} IS NOT NEW.{n}" for n in map(self.quoted, used))
        asked = f" WHEN {changed}" if event == "UPDATE" else ""
        name = self.quoted(leads.schema, _name(rule, event))
        return (
            f"CREATE TRIGGER {name} BEFORE {when} ON {self.quoted(leads.table)}{asked} BEGIN"
            f" SELECT RAISE(ABORT, {self.literal(rule.message or rule.name)})"
            f" FROM ({self.checked_row(rule.body, used)}) WHERE NOT ({rule.body}); END"
        )

    def differ(self, left: str, right: str) -> str:
        """Compare in SQLite's words."""
        return f"{left} IS NOT {right}"

    def refers(self, column: str, schema: str | None, table: str, referred: str) -> str:
        """Look into the table, because a reference cannot be added to a table that stands."""
        own, found = (
            self.quoted(column),
            f"SELECT {self.quoted(referred)} FROM {self.quoted(table)}",
        )
        return f"{own} IS NULL OR {own} IN ({found})"

    def may_alter(self, connection: sa.Connection, leads: Source) -> str | None:
        """Return that the file may not be written, which a change that is undone shows."""
        try:
            version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            connection.exec_driver_sql(f"PRAGMA user_version = {version}")
        except exc.OperationalError as error:
            if "readonly" in str(error.orig):
                return "the file or its folder may not be written"
        finally:
            connection.rollback()
        return None


def _name(rule: Rule, event: str) -> str:
    return rule.name if event == "UPDATE" else f"{rule.name}__insert"


def _bracketed(text: str) -> str:
    """Return what stands before the bracket that closes one before the text."""
    depth, taken = 1, []
    for piece in _PIECE.findall(text):
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if depth == 0:
            break
        taken.append(piece)
    return "".join(taken)


def _text_of(connection: sa.Connection, leads: Source, kind: str, name: str) -> str | None:
    catalogue = sa.table(
        "sqlite_master",
        sa.column("type"),
        sa.column("name"),
        sa.column("sql"),
        schema=leads.schema,
    )
    same_name = sa.func.lower(catalogue.c.name) == name.lower()
    query = sa.select(catalogue.c.sql).where(catalogue.c.type == kind, same_name)
    found = connection.execute(query).scalar()
    return None if found is None else str(found)
