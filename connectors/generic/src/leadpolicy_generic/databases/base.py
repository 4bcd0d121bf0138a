"""What every database has in common; those with more to offer say so in modules of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Literal, TypeAlias

import sqlalchemy as sa

from leadpolicy.crm.connector import PartKind, UnsupportedError
from leadpolicy.crm.state import Column, Permission, Rule, RuleKind, Team
from leadpolicy_generic.binding import Source
from leadpolicy_generic.statements import run

Relational: TypeAlias = Literal["sqlite", "postgres", "mysql"]
Roles: TypeAlias = Mapping[Team, str]

FIRM = "FOREIGN KEY"
"""How the body of a rule begins that is a reference to a table of reasons."""
BEFORE = "before "
"""What the name of a column begins with, in a body, that stands for its value before a change."""


class Database:
    """A database that SQLAlchemy knows: columns and tables of reasons, and nothing of its own."""

    quote: ClassVar[str] = '"'
    relational: ClassVar[Relational | None] = None
    max_concurrency: ClassVar[int] = 1
    late_effect_seconds: ClassVar[float] = 5.0
    parts: ClassVar[frozenset[PartKind]] = frozenset(
        {PartKind.COLUMN, PartKind.TABLE, PartKind.REASON}
    )
    keeps_comments: ClassVar[bool] = False
    comment_limit: ClassVar[int | None] = None
    asks_whole_rows: ClassVar[bool] = True
    stores_formulas: ClassVar[str] = "STORED"

    def prepare(self, engine: sa.Engine) -> None:
        """Set up every connection of an engine."""

    def quoted(self, *names: str | None) -> str:
        """Return a name as it is written in a statement, with its schema before it."""
        mark = self.quote
        return ".".join(mark + n.replace(mark, mark * 2) + mark for n in names if n is not None)

    def table(self, source: Source) -> str:
        """Return the name of a table."""
        return self.quoted(source.schema, source.table)

    def literal(self, text: str) -> str:
        """Return a text as a literal."""
        return "'" + text.replace("'", "''") + "'"

    # ---------------------------------------------------------------------------- columns
    def comment(self, connection: sa.Connection, leads: Source, name: str, text: str) -> None:
        """Keep a comment beside a column."""

    def formula(self, connection: sa.Connection, leads: Source, name: str, rendered: str) -> str:
        """Return the formula of a column as the database gives it back."""
        return rendered

    def drop_column(self, connection: sa.Connection, leads: Source, name: str) -> None:
        """Remove a column with what it holds."""
        run(connection, f"ALTER TABLE {self.table(leads)} DROP COLUMN {self.quoted(name)}")

    # ------------------------------------------------------------------------------ rules
    def rule(
        self, connection: sa.Connection, leads: Source, rule: Rule, columns: Sequence[str]
    ) -> Rule | None:
        """Return a rule as it stands, None where it does not.

        A rule that is not as it was made has all that stands under its name for a body.
        """
        return None

    def add_rule(
        self, connection: sa.Connection, leads: Source, rule: Rule, columns: Sequence[str]
    ) -> None:
        """Make a rule; what stands under its name is replaced."""
        raise UnsupportedError(f"rule `{rule.name}`: this database is given no rules")

    def drop_rule(self, connection: sa.Connection, leads: Source, rule: Rule) -> None:
        """Remove a rule if it stands."""

    # -------------------------------------------------------------------- words of bodies
    def differ(self, left: str, right: str) -> str:
        """Return that two values are not the same, nothing being the same as nothing."""
        return f"{left} IS DISTINCT FROM {right}"

    def trimmed(self, column: str) -> str:
        """Return a column as text without blanks at its ends."""
        return f"TRIM(CAST({column} AS TEXT))"

    def exact(self, column: str) -> str:
        """Return a column as text that is compared letter by letter."""
        return self.trimmed(column)

    def one_of(self, column: str, literals: Sequence[str]) -> str:
        """Return that a column holds one of some values, or nothing."""
        return f"{column} IN ({', '.join(literals)})"

    def within(self, column: str, lowest: str | None, highest: str | None) -> str | None:
        """Return that a number lies within limits, None where there are none."""
        tests = [f"{column} >= {lowest}" if lowest is not None else ""]
        tests += [f"{column} <= {highest}" if highest is not None else ""]
        return " AND ".join(test for test in tests if test) or None

    def refers(self, column: str, schema: str | None, table: str, referred: str) -> str:
        """Return the body of a rule that a column refers to a table of reasons."""
        return (
            f"{FIRM} ({self.quoted(column)}) REFERENCES"
            f" {self.quoted(schema, table)} ({self.quoted(referred)})"
        )

    # ------------------------------------------------------------------------ permissions
    def permission(
        self, connection: sa.Connection, leads: Source, wanted: Permission, role: str, column: str
    ) -> Permission | None:
        """Return what a role may do with a column, None where it may not even read it."""
        return None

    def permit(
        self, connection: sa.Connection, leads: Source, wanted: Permission, role: str, column: str
    ) -> None:
        """Let a role read a column, and write it or not."""
        raise UnsupportedError("this database has no permissions for columns")

    def forget(self, connection: sa.Connection, leads: Source, role: str, column: str) -> None:
        """Take back what a role was given for one column."""

    # ----------------------------------------------------------------------------- rights
    def may_alter(self, connection: sa.Connection, leads: Source) -> str | None:
        """Return why the login may not alter the table of leads, or None."""
        return None

    def may_create(self, connection: sa.Connection, leads: Source) -> str | None:
        """Return why the login may not create tables beside the leads, or None."""
        return self.may_alter(connection, leads)

    def may_enforce(self, connection: sa.Connection, leads: Source) -> str | None:
        """Return why the login may not give the table of leads a rule, or None."""
        return self.may_alter(connection, leads) or self.may_create(connection, leads)

    def may_permit(self, connection: sa.Connection, leads: Source, role: str) -> str | None:
        """Return why the login may not say what a role may do, or None."""
        return None

    # ------------------------------------------------------------------- parts of triggers
    def used(self, body: str, columns: Iterable[str]) -> list[str]:
        """Return the columns that a body speaks of."""
        return [
            name
            for name in columns
            if self.quoted(name) in body or self.quoted(BEFORE + name) in body
        ]

    def checked_row(self, body: str, columns: Iterable[str]) -> str:
        """Return a query for one row with the columns of a body, as they are and as they were."""
        named = [(f"NEW.{self.quoted(n)}", n) for n in columns if self.quoted(n) in body]
        former = ((f"OLD.{self.quoted(n)}", BEFORE + n) for n in columns)
        named += [(value, n) for value, n in former if self.quoted(n) in body]
        return "SELECT " + ", ".join(f"{value} AS {self.quoted(name)}" for value, name in named)

    def events(self, rule: Rule) -> tuple[Literal["INSERT", "UPDATE"], ...]:
        """Return when a rule is asked; where a lead comes from is known in an update alone."""
        return ("UPDATE",) if rule.kind is RuleKind.TRANSITION else ("INSERT", "UPDATE")


def is_enforced_by_constraint(rule: Rule) -> bool:
    """Tell whether a rule holds for every row at all times, so that a constraint can say it."""
    return rule.kind is RuleKind.CHECK


def comment_of(column: Column, limit: int | None = None) -> str:
    """Return what is kept beside a column: its label and its description.

    >>> from leadpolicy.crm.state import FieldKind
    >>> comment_of(Column("lp_fit", FieldKind.WHOLE, label="Fit"))
    'Fit'
    """
    words = "\n".join(text for text in (column.label, column.description) if text)
    return words if limit is None else words[:limit]
