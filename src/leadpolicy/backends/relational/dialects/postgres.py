"""PostgreSQL: numeric arithmetic, and the collation "C" whatever the database is set up with."""

from __future__ import annotations

from sqlglot import exp

from leadpolicy.backends.relational import ast
from leadpolicy.backends.relational.ast import Tree
from leadpolicy.backends.relational.dialects.base import Dialect


class Postgres(Dialect):
    """PostgreSQL 12 or later: flags are boolean, days date, moments timestamptz."""

    name = "postgres"
    longest_name = 63

    def whole(self, column: Tree) -> Tree:
        """Take the number as numeric, which has no end."""
        return self.wide(column)

    def decimal(self, column: Tree, scale: int) -> Tree:
        """Move the point in numeric arithmetic."""
        moved = ast.infix(exp.Mul, self.wide(column), ast.number(10**scale))
        return ast.call("ROUND", moved)

    def text(self, column: Tree) -> Tree:
        """Compare by characters, not by the rules of a language."""
        plain = exp.Collate(this=ast.cast(column, "text"), expression=ast.name("C"))
        return super().text(plain)

    def wide(self, value: Tree) -> Tree:
        """Take the number as numeric."""
        return ast.cast(value, "decimal")

    def quotient(self, value: Tree, by: Tree) -> Tree:
        """Divide numerics exactly."""
        return ast.call("DIV", value, by)

    def found(self, value: Tree, needle: str) -> Tree:
        """Search from the start."""
        return ast.call("STRPOS", value, self.text_literal(needle))

    def ticks(self, moment: Tree) -> Tree:
        """Count from the epoch, which is exact as numeric."""
        seconds = exp.Extract(this=exp.Var(this="EPOCH"), expression=moment)
        return ast.infix(exp.Mul, seconds, ast.number(1_000_000))
