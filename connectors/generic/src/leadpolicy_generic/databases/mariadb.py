"""MariaDB 10.5 and later: constraints, triggers, stored computed columns and comments.

Its definitions of data end the transaction they stand in, so that each is made to be repeated.
"""
# ruff: noqa: S608 (names are quoted here, and bodies are made by this connector)

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Final

import sqlalchemy as sa

from leadpolicy.crm.connector import ConnectorError, PartKind
from leadpolicy.crm.state import Rule
from leadpolicy_generic.binding import Source
from leadpolicy_generic.databases.base import (
    FIRM,
    Database,
    Relational,
    is_enforced_by_constraint,
)
from leadpolicy_generic.statements import run

_SESSION: Final = (
    "SET SESSION time_zone = '+00:00', sql_mode ="
    " 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'"
)
_CHECK: Final = sa.text(
    "SELECT check_clause FROM information_schema.check_constraints"
    " WHERE constraint_schema = COALESCE(:schema, DATABASE()) AND table_name = :leads"
    " AND constraint_name = :name"
)
_TRIGGER: Final = sa.text(
    "SELECT action_statement FROM information_schema.triggers"
    " WHERE trigger_schema = COALESCE(:schema, DATABASE()) AND event_object_table = :leads"
    " AND trigger_name = :name AND action_timing = 'BEFORE' AND event_manipulation = :event"
)
_ACCOUNTS: Final = sa.text(
    "SELECT CURRENT_USER() UNION SELECT CONCAT(role_name, '@')"
    " FROM information_schema.enabled_roles WHERE role_name IS NOT NULL"
)
_RIGHTS: Final = sa.text(
    "SELECT grantee, privilege_type FROM information_schema.user_privileges"
    " UNION SELECT grantee, privilege_type FROM information_schema.schema_privileges"
    " WHERE COALESCE(:schema, DATABASE()) LIKE table_schema"
    " UNION SELECT grantee, privilege_type FROM information_schema.table_privileges"
    " WHERE table_schema = COALESCE(:schema, DATABASE()) AND table_name = :leads"
)
_SPOKEN: Final = re.compile(
    r"WHERE NOT \((.*)\)\) THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '((?:[^']|'')*)';",
    re.DOTALL,
)
_COMMENT: Final = re.compile(r" COMMENT '(?:[^'\\]|''|\\.)*'")
_UNCHECKED: Final = "SET SESSION check_constraint_checks = {on}, foreign_key_checks = {on}"


class MariaDb(Database):
    """A server with roles; texts of the policy are kept byte for byte."""

    quote: ClassVar[str] = "`"
    relational: ClassVar[Relational | None] = "mysql"
    max_concurrency: ClassVar[int] = 4
    parts: ClassVar[frozenset[PartKind]] = frozenset(PartKind) - {PartKind.PERMISSION}
    keeps_comments: ClassVar[bool] = True
    comment_limit: ClassVar[int | None] = 1024

    def prepare(self, engine: sa.Engine) -> None:
        """Refuse values that do not fit, and read every instant in UTC."""

        def begin(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
            cursor = connection.cursor()
            cursor.execute(_SESSION)
            cursor.close()

        sa.event.listen(engine, "connect", begin)

    def literal(self, text: str) -> str:
        """Return a text as a literal, in which a backslash means something."""
        return super().literal(text.replace("\\", "\\\\"))

    def comment(self, connection: sa.Connection, leads: Source, name: str, text: str) -> None:
        """Keep a comment beside a column, which is stated anew as it stands."""
        table, own = self.table(leads), self.quoted(name)
        made = str(connection.exec_driver_sql(f"SHOW CREATE TABLE {table}").one()[1])
        lines = (line.strip().removesuffix(",") for line in made.splitlines())
        found = next((line for line in lines if line.startswith(f"{own} ")), None)
        if found is None:
            raise ConnectorError(f"table `{leads.name}` has no column `{name}`")
        plain, checked = _split_check(_COMMENT.sub("", found, count=1))
        told = f"{plain} COMMENT {self.literal(text)}{checked}"
        run(connection, f"ALTER TABLE {table} MODIFY COLUMN {told}")

    # ------------------------------------------------------------------------------ rules
    def rule(
        self, connection: sa.Connection, leads: Source, rule: Rule, columns: Sequence[str]
    ) -> Rule | None:
        """Return a rule; constraints and triggers come back as they were made."""
        if is_enforced_by_constraint(rule):
            stands = self._constraint(connection, leads, rule)
            return None if stands is None else replace(rule, body=stands)
        texts = {
            name: self._trigger(connection, leads, name, event)
            for name, (event, _) in self._triggers(rule, columns).items()
        }
        standing = {name: text for name, text in texts.items() if text is not None}
        if not standing:
            return None
        spoken = _SPOKEN.search(standing.get(rule.name, ""))
        if spoken is not None:
            found = replace(rule, body=spoken[1], message=_unquoted(spoken[2]))
            wanted = self._triggers(found, columns)
            if {name: text for name, (_, text) in wanted.items()} == standing:
                return found
        return replace(rule, body="\n".join(standing.values()))

    def _constraint(self, connection: sa.Connection, leads: Source, rule: Rule) -> str | None:
        """Return the body of a constraint in the words that the server always gives back."""
        if not rule.body.startswith(FIRM):
            found = connection.execute(_CHECK, self._asked(leads, rule.name)).scalar()
            return None if found is None else str(found)
        keys = sa.inspect(connection).get_foreign_keys(leads.table, schema=leads.schema)
        for key in keys:
            if key["name"] == rule.name:
                (own,), (referred,) = key["constrained_columns"], key["referred_columns"]
                return self.refers(own, key["referred_schema"], key["referred_table"], referred)
        return None

    def differ(self, left: str, right: str) -> str:
        """Compare in MariaDB's words."""
        return f"NOT ({left} <=> {right})"

    def trimmed(self, column: str) -> str:
        """Bring the text into the character set of the policy."""
        return f"TRIM(CAST({column} AS CHAR CHARACTER SET utf8mb4))"

    def exact(self, column: str) -> str:
        """Compare byte for byte, whatever the collation of the column."""
        return f"{self.trimmed(column)} COLLATE utf8mb4_bin"

    def one_of(self, column: str, literals: Sequence[str]) -> str:
        """Spell it as MariaDB gives it back."""
        if len(literals) == 1:
            return f"{column} = {literals[0]}"
        return f"{column} in ({','.join(literals)})"

    def within(self, column: str, lowest: str | None, highest: str | None) -> str | None:
        """Spell it as MariaDB gives it back."""
        if lowest is not None and highest is not None:
            return f"{column} between {lowest} and {highest}"
        return super().within(column, lowest, highest)

    def _asked(self, leads: Source, name: str) -> dict[str, str | None]:
        return {"schema": leads.schema, "leads": leads.table, "name": name}

    def _trigger(
        self, connection: sa.Connection, leads: Source, name: str, event: str
    ) -> str | None:
        asked = {**self._asked(leads, name), "event": event}
        found = connection.execute(_TRIGGER, asked).scalar()
        return None if found is None else str(found)

    def add_rule(
        self, connection: sa.Connection, leads: Source, rule: Rule, columns: Sequence[str]
    ) -> None:
        """Make a constraint or triggers."""
        if self.rule(connection, leads, rule, columns) == rule:
            return
        self.drop_rule(connection, leads, rule)
        if is_enforced_by_constraint(rule):
            self._add_constraint(connection, leads, rule)
            return
        for name, (event, text) in self._triggers(rule, columns).items():
            run(
                connection,
                f"CREATE TRIGGER {self.quoted(leads.schema, name)} BEFORE {event}"
                f" ON {self.table(leads)} FOR EACH ROW {text}",
            )

    def _add_constraint(self, connection: sa.Connection, leads: Source, rule: Rule) -> None:
        """Leads that stand are not looked at: what they hold may be from an older policy."""
        body = rule.body if rule.body.startswith(FIRM) else f"CHECK ({rule.body})"
        run(connection, _UNCHECKED.format(on=0))
        try:
            added = f"ADD CONSTRAINT {self.quoted(rule.name)} {body}"
            run(connection, f"ALTER TABLE {self.table(leads)} {added}")
        finally:
            run(connection, _UNCHECKED.format(on=1))

    def _triggers(self, rule: Rule, columns: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Return the event and the statement of each trigger of a rule, by name."""
        used = self.used(rule.body, columns)
        return {
            rule.name if event == "UPDATE" else f"{rule.name}__insert": (
                event,
                self._statement(rule, event, used),
            )
            for event in self.events(rule)
        }

    def _statement(self, rule: Rule, event: str, used: Sequence[str]) -> str:
        same = " AND ".join(f"OLD.{n} <=> NEW.{n}" for n in map(self.quoted, used))
        asked = f"NOT ({same}) AND " if event == "UPDATE" else ""
        row = self.checked_row(rule.body, used)
        return (
            f"BEGIN IF {asked}EXISTS (SELECT 1 FROM ({row}) AS lead WHERE NOT ({rule.body}))"
            f" THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT ="
            f" {self.literal((rule.message or rule.name)[:128])}; END IF; END"
        )

    def drop_rule(self, connection: sa.Connection, leads: Source, rule: Rule) -> None:
        """Remove a constraint or triggers."""
        table, name = self.table(leads), self.quoted(rule.name)
        if not is_enforced_by_constraint(rule):
            for event in self.events(rule):
                own = rule.name if event == "UPDATE" else f"{rule.name}__insert"
                run(connection, f"DROP TRIGGER IF EXISTS {self.quoted(leads.schema, own)}")
        elif rule.body.startswith(FIRM):
            run(connection, f"ALTER TABLE {table} DROP FOREIGN KEY IF EXISTS {name}")
        else:
            run(connection, f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")

    # ----------------------------------------------------------------------------- rights
    def may_alter(self, connection: sa.Connection, leads: Source) -> str | None:
        """Return that the login may not alter the table, or None."""
        return self._lacks(connection, leads, "ALTER")

    def may_create(self, connection: sa.Connection, leads: Source) -> str | None:
        """Return that the login may create and fill no tables, or None."""
        return self._lacks(connection, leads, "CREATE", "INSERT", "UPDATE")

    def may_enforce(self, connection: sa.Connection, leads: Source) -> str | None:
        """Return that the login may make no constraints and triggers, or None."""
        return self._lacks(connection, leads, "ALTER", "TRIGGER")

    def _lacks(self, connection: sa.Connection, leads: Source, *needed: str) -> str | None:
        """Compare what the login and its roles were given with what is needed."""
        own = {account.rstrip("@") for account in connection.execute(_ACCOUNTS).scalars()}
        asked = {"schema": leads.schema, "leads": leads.table}
        given = {
            str(right)
            for grantee, right in connection.execute(_RIGHTS, asked)
            if str(grantee).replace("'", "").rstrip("@") in own
        }
        lacks = ", ".join(right for right in needed if right not in given)
        return f"the login has no right to {lacks} here" if lacks else None


def _unquoted(literal: str) -> str:
    return literal.replace("''", "'").replace("\\\\", "\\")


def _split_check(definition: str) -> tuple[str, str]:
    """Return the definition of a column, and the condition that a person gave it."""
    place = definition.find(" CHECK (")
    return (definition, "") if place < 0 else (definition[:place], definition[place:])
