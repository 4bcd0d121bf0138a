"""DuckDB: whole numbers of 128 bits."""

from __future__ import annotations

from sqlglot import exp

from leadpolicy.backends.relational import ast
from leadpolicy.backends.relational.ast import Tree
from leadpolicy.backends.relational.dialects.base import Dialect


class DuckDb(Dialect):
    """DuckDB 1.0 or later: flags are boolean, days date, moments timestamptz."""

    name = "duckdb"
    longest_name = 200

    def whole(self, column: Tree) -> Tree:
        """Take the number as one of 128 bits."""
        return self.wide(column)

    def decimal(self, column: Tree, scale: int) -> Tree:
        """Move the point of a decimal."""
        kept = ast.cast(column, f"decimal(30, {scale})")
        moved = ast.infix(exp.Mul, kept, ast.number(10**scale))
        return self.wide(moved)

    def text(self, column: Tree) -> Tree:
        """Take enumerations as texts."""
        return super().text(ast.cast(column, "text"))

    def wide(self, value: Tree) -> Tree:
        """Take the number as one of 128 bits."""
        return ast.cast(value, "int128")

    def quotient(self, value: Tree, by: Tree) -> Tree:
        """Divide whole numbers."""
        return ast.infix(exp.IntDiv, value, by)

    def found(self, value: Tree, needle: str) -> Tree:
        """Search from the start."""
        return ast.call("STRPOS", value, self.text_literal(needle))

    def ticks(self, moment: Tree) -> Tree:
        """Count from the epoch."""
        return self.wide(ast.call("EPOCH_US", moment))
