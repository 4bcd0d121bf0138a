"""PostgreSQL: constraints, triggers, stored computed columns, comments and column privileges."""
# ruff: noqa: S608 (names are quoted here, and bodies are made by this connector)

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Final

import sqlalchemy as sa

from leadpolicy.crm.connector import PartKind
from leadpolicy.crm.state import Permission, Rule
from leadpolicy_generic.binding import Source
from leadpolicy_generic.databases.base import (
    FIRM,
    Database,
    Relational,
    is_enforced_by_constraint,
)
from leadpolicy_generic.databases.privileges import forget, permission, permit
from leadpolicy_generic.statements import run

_CONSTRAINT: Final = sa.text(
    "SELECT pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint')"
    " FROM pg_constraint WHERE conrelid = CAST(:leads AS regclass) AND conname = :name"
)
_TRIGGER: Final = sa.text(
    "SELECT pg_get_triggerdef(t.oid), p.prosrc, t.tgtype, t.tgenabled = 'O' AND t.tgqual IS NULL"
    " FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
    " WHERE t.tgrelid = CAST(:leads AS regclass) AND t.tgname = :name"
)
_SPOKEN: Final = re.compile(
    r"WHERE NOT \((.*)\)\) THEN\n +RAISE EXCEPTION USING ERRCODE = 'check_violation',"
    r" MESSAGE = '((?:[^']|'')*)',",
    re.DOTALL,
)
_TYPES: Final = {"INSERT": 4, "UPDATE": 16}
_BEFORE_EACH_ROW: Final = 1 | 2
_OWNS: Final = sa.text(
    "SELECT pg_has_role(relowner, 'USAGE'), pg_get_userbyid(relowner)"
    " FROM pg_class WHERE oid = CAST(:leads AS regclass)"
)
_CREATES: Final = sa.text(
    "SELECT has_schema_privilege(relnamespace, 'CREATE'), relnamespace::regnamespace::text"
    " FROM pg_class WHERE oid = CAST(:leads AS regclass)"
)
_ROLE: Final = sa.text(
    "SELECT rolsuper, pg_has_role(rolname, c.relowner, 'USAGE')"
    " FROM pg_roles, pg_class c WHERE rolname = :role AND c.oid = CAST(:leads AS regclass)"
)
_THROUGH: Final = sa.text(
    "SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END"
    " FROM pg_class c, aclexplode(c.relacl) a, pg_roles r"
    " WHERE c.oid = CAST(:leads AS regclass) AND r.rolname = :role AND a.grantee <> r.oid"
    " AND a.privilege_type IN ('UPDATE', 'INSERT')"
    " AND (a.grantee = 0 OR pg_has_role(r.oid, a.grantee, 'USAGE')) LIMIT 1"
)


class Postgresql(Database):
    """A server with roles."""

    relational: ClassVar[Relational | None] = "postgres"
    max_concurrency: ClassVar[int] = 4
    parts: ClassVar[frozenset[PartKind]] = frozenset(PartKind)
    keeps_comments: ClassVar[bool] = True

    def comment(self, connection: sa.Connection, leads: Source, name: str, text: str) -> None:
        """Keep a comment beside a column."""
        column = self.quoted(leads.schema, leads.table, name)
        run(connection, f"COMMENT ON COLUMN {column} IS {self.literal(text)}")

    # ------------------------------------------------------------------------------ rules
    def rule(
        self, connection: sa.Connection, leads: Source, rule: Rule, columns: Sequence[str]
    ) -> Rule | None:
        """Return a rule; a constraint in the words of the server, a trigger as it was made."""
        asked = {"leads": self.table(leads), "name": rule.name}
        if is_enforced_by_constraint(rule):
            row = connection.execute(_CONSTRAINT, asked).first()
            if row is None:
                return None
            body = str(row[0]).removesuffix(" NOT VALID")
            return replace(rule, body=body, message=str(row[1] or ""))
        row = connection.execute(_TRIGGER, asked).first()
        return None if row is None else self._from_trigger(rule, columns, *row)

    def _from_trigger(
        self, rule: Rule, columns: Sequence[str], made: str, source: str, kind: int, is_plain: bool
    ) -> Rule:
        spoken = _SPOKEN.search(source)
        wanted = _BEFORE_EACH_ROW | sum(_TYPES[event] for event in self.events(rule))
        if spoken is not None and is_plain and kind == wanted:
            found = replace(rule, body=spoken[1], message=spoken[2].replace("''", "'"))
            if self._source(found, self.used(found.body, columns)) == source:
                return found
        state = "" if is_plain else " (not asked)"
        return replace(rule, body=f"{made}{state}\n{source}")

    def add_rule(
        self, connection: sa.Connection, leads: Source, rule: Rule, columns: Sequence[str]
    ) -> None:
        """Make a constraint, or a trigger with its function."""
        self.drop_rule(connection, leads, rule)
        if is_enforced_by_constraint(rule):
            self._add_constraint(connection, leads, rule)
        else:
            self._add_trigger(connection, leads, rule, self.used(rule.body, columns))

    def _add_constraint(self, connection: sa.Connection, leads: Source, rule: Rule) -> None:
        """Leads that stand are not looked at: what they hold may be from an older policy."""
        body = rule.body if rule.body.startswith(FIRM) else f"CHECK ({rule.body})"
        name = self.quoted(rule.name)
        run(
            connection,
            f"ALTER TABLE {self.table(leads)} ADD CONSTRAINT {name} {body} NOT VALID",
        )
        message = self.literal(rule.message)
        run(connection, f"COMMENT ON CONSTRAINT {name} ON {self.table(leads)} IS {message}")

    def _add_trigger(
        self, connection: sa.Connection, leads: Source, rule: Rule, used: Sequence[str]
    ) -> None:
        function, events = self.quoted(leads.schema, rule.name), " OR ".join(self.events(rule))
        source = self.literal(self._source(rule, used))
        head = f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql"
        run(connection, f"{head} AS {source}")
        run(
            connection,
            f"CREATE TRIGGER {self.quoted(rule.name)} BEFORE {events} ON {self.table(leads)}"
            f" FOR EACH ROW EXECUTE FUNCTION {function}()",
        )

    def _source(self, rule: Rule, used: Sequence[str]) -> str:
        names = [self.quoted(name) for name in used]
        changed = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in names)
        return (
            f"BEGIN\n  IF TG_OP = 'INSERT' OR {changed} THEN\n"
            f"    IF EXISTS (SELECT 1 FROM ({self.checked_row(rule.body, used)}) AS lead\n"
            f"        WHERE NOT ({rule.body})) THEN\n"
            f"      RAISE EXCEPTION USING ERRCODE = 'check_violation',"
            f" MESSAGE = {self.literal(rule.message or rule.name)},"
            f" CONSTRAINT = {self.literal(rule.name)};\n"
            "    END IF;\n  END IF;\n  RETURN NEW;\nEND"
        )

    def drop_rule(self, connection: sa.Connection, leads: Source, rule: Rule) -> None:
        """Remove a constraint, or a trigger with its function."""
        table, name = self.table(leads), self.quoted(rule.name)
        if is_enforced_by_constraint(rule):
            run(connection, f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
            return
        run(connection, f"DROP TRIGGER IF EXISTS {name} ON {table}")
        run(connection, f"DROP FUNCTION IF EXISTS {self.quoted(leads.schema, rule.name)}()")

    # ------------------------------------------------------------------------ permissions
    def permission(
        self, connection: sa.Connection, leads: Source, wanted: Permission, role: str, column: str
    ) -> Permission | None:
        """Return what the role may do with the column."""
        return permission(connection, self.table(leads), wanted, role, column)

    def permit(
        self, connection: sa.Connection, leads: Source, wanted: Permission, role: str, column: str
    ) -> None:
        """Let the role read the column, and write it or not."""
        permit(connection, self.table(leads), wanted, role, column)

    def forget(self, connection: sa.Connection, leads: Source, role: str, column: str) -> None:
        """Take back what the role was given for the column."""
        forget(connection, self.table(leads), role, column)

    # ----------------------------------------------------------------------------- rights
    def may_alter(self, connection: sa.Connection, leads: Source) -> str | None:
        """Return that the login does not own the table, or None."""
        owns, owner = connection.execute(_OWNS, {"leads": self.table(leads)}).one()
        return None if owns else f"table `{leads.name}` belongs to the role `{owner}`"

    def may_create(self, connection: sa.Connection, leads: Source) -> str | None:
        """Return that the login may create nothing in the schema, or None."""
        may, schema = connection.execute(_CREATES, {"leads": self.table(leads)}).one()
        return None if may else f"the login may create nothing in the schema `{schema}`"

    def may_permit(self, connection: sa.Connection, leads: Source, role: str) -> str | None:
        """Return that the login may not grant, or that the role is bound by nothing."""
        found = connection.execute(_ROLE, {"leads": self.table(leads), "role": role}).first()
        if found is None:
            return f"the server has no role `{role}`"
        if any(found):
            return f"the role `{role}` owns the table or all databases; nothing binds it"
        through = connection.execute(_THROUGH, {"leads": self.table(leads), "role": role}).scalar()
        if through is not None:
            return f"the role `{role}` may write the table through {through}"
        return self.may_alter(connection, leads)
