"""MariaDB and MySQL: texts are compared byte by byte, which no collation changes."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlglot import exp

from leadpolicy.backends.relational import ast
from leadpolicy.backends.relational.ast import Tree
from leadpolicy.backends.relational.dialects.base import Dialect

_BYTES: Final = exp.DataType.build("binary")
_CHARACTERS: Final = exp.DataType(
    this=exp.DataType.Type.CHARACTER_SET, kind=exp.Var(this="utf8mb4")
)


class MySql(Dialect):
    """MariaDB 10.5 or MySQL 8.0 or later: flags are 0 and 1, moments datetime(6) in UTC."""

    name = "mysql"
    longest_name = 64
    keeps_steps_apart = False

    def whole(self, column: Tree) -> Tree:
        """Take the number as a decimal of 38 digits."""
        return self.wide(column)

    def decimal(self, column: Tree, scale: int) -> Tree:
        """Move the point of a decimal."""
        kept = ast.cast(column, f"decimal(38, {scale})")
        return self.wide(ast.infix(exp.Mul, kept, ast.number(10**scale)))

    def wide(self, value: Tree) -> Tree:
        """Take the number as a decimal of 38 digits."""
        return ast.cast(value, "decimal(38, 0)")

    def text(self, column: Tree) -> Tree:
        """Bring the column into the character set of the policy."""
        return super().text(self.shown_text(column))

    def text_literal(self, value: str) -> Tree:
        """Write as bytes what a server could read in another way."""
        plain = value.isascii() and value.isprintable() and "\\" not in value
        return ast.text(value) if plain else exp.HexString(this=value.encode().hex().upper())

    def moment_literal(self, value: datetime) -> Tree:
        """Write an instant without its offset."""
        written = value.replace(tzinfo=None).isoformat(sep=" ")
        return ast.cast(ast.text(written), "datetime(6)")

    def quotient(self, value: Tree, by: Tree) -> Tree:
        """Divide whole numbers."""
        return ast.infix(exp.IntDiv, value, by)

    def exact(self, value: Tree) -> Tree:
        """Return the bytes of a text."""
        is_bytes = isinstance(value, exp.HexString) or value.args.get("to") == _BYTES
        return value if is_bytes else exp.Cast(this=value, to=_BYTES.copy())

    def found(self, value: Tree, needle: str) -> Tree:
        """Search from the start."""
        return ast.call("LOCATE", self.text_literal(needle), self.exact(value))

    def starts(self, value: Tree, start: str) -> Tree:
        """Return the first bytes of a text."""
        return ast.call("LEFT", self.exact(value), ast.number(len(start.encode())))

    def ends(self, value: Tree, end: str) -> Tree:
        """Return the last bytes of a text."""
        return ast.call("RIGHT", self.exact(value), ast.number(len(end.encode())))

    def domain(self, value: Tree) -> Tree:
        """Return what follows the last @."""
        return ast.call("SUBSTRING_INDEX", value, ast.text("@"), ast.number(-1))

    def between(self, value: Tree, mark: str) -> Tree:
        """Return a text with a mark before and behind it."""
        return ast.call("CONCAT", ast.text(mark), value, ast.text(mark))

    def ticks(self, moment: Tree) -> Tree:
        """Count from the epoch."""
        epoch = ast.text("1970-01-01")
        return ast.call("TIMESTAMPDIFF", exp.Var(this="MICROSECOND"), epoch, moment)

    def shown_text(self, value: Tree) -> Tree:
        """Bring a text into one character set."""
        return exp.Cast(this=value, to=_CHARACTERS.copy())
