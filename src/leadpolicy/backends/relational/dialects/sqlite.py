"""SQLite: no dates and no decimals, only texts and whole numbers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlglot import exp

from leadpolicy.backends.relational import ast
from leadpolicy.backends.relational.ast import Tree
from leadpolicy.backends.relational.dialects.base import EPOCH, TICK, Dialect


class Sqlite(Dialect):
    """SQLite 3.35 or later: flags are 0 and 1, days and moments ISO 8601 texts.

    An empty text counts as missing in a column of any kind. A moment without an offset is in UTC;
    moments are compared as microseconds since 1970.
    """

    name = "sqlite"
    longest_name = 200
    deepest = 50  # its parser keeps 100 symbols up to version 3.45, some of them for one level

    def stored(self, column: Tree) -> Tree:
        """Take an empty text for nothing; its collation stays outside."""
        return ast.call("NULLIF", column, ast.text(""))

    def text(self, column: Tree) -> Tree:
        """Take an empty text for nothing."""
        return self.stored(column)

    def whole(self, column: Tree) -> Tree:
        """Take the number as a whole one."""
        return ast.cast(self.stored(column), "bigint")

    def decimal(self, column: Tree, scale: int) -> Tree:
        """Move the point, and leave binary fractions by rounding."""
        moved = ast.infix(exp.Mul, self.stored(column), ast.number(10**scale))
        return ast.cast(ast.call("ROUND", moved), "bigint")

    def moment(self, column: Tree) -> Tree:
        """Count the microseconds from 1970: the seconds by the calendar, then their fraction."""
        found = self.stored(column)
        seconds = ast.call("STRFTIME", ast.text("%s"), self._without_fraction(found))
        seconds = ast.cast(seconds, "bigint")
        in_ticks = ast.infix(exp.Mul, seconds, ast.number(10**6))
        return ast.infix(exp.Add, in_ticks, self._fraction(found))

    def _without_fraction(self, found: Tree) -> Tree:
        """Return the first 19 characters with the offset, which is the last one or six."""
        seconds, last = self.part(found, ast.number(1), 19), self.part(found, ast.number(-6), 1)
        offset = ast.case(
            [(ast.one_of(last, [ast.text("+"), ast.text("-")]), self.part(found, ast.number(-6)))],
            ast.text(""),
        )
        return exp.DPipe(this=seconds, expression=offset)

    def _fraction(self, found: Tree) -> Tree:
        """Return the microseconds behind a point, 0 where there is none."""
        point = ast.infix(exp.EQ, self.part(found, ast.number(20), 1), ast.text("."))
        digits = self.part(found, ast.number(21), 6)
        share = ast.cast(exp.DPipe(this=ast.text("0."), expression=digits), "real")
        ticks = ast.call("ROUND", ast.infix(exp.Mul, share, ast.number(10**6)))
        return ast.case([(point, ast.cast(ticks, "bigint"))], ast.number(0))

    def day_literal(self, value: date) -> Tree:
        """Write a day as it is stored."""
        return ast.text(value.isoformat())

    def moment_literal(self, value: datetime) -> Tree:
        """Count the microseconds from 1970."""
        return ast.number((value - EPOCH) // TICK)

    def quotient(self, value: Tree, by: Tree) -> Tree:
        """Divide whole numbers."""
        return exp.Div(this=ast.bracketed(value), expression=ast.bracketed(by), typed=True)

    def lowest(self, items: Iterable[Tree]) -> Tree:
        """Return the lowest of known values."""
        return ast.call("MIN", *items)

    def highest(self, items: Iterable[Tree]) -> Tree:
        """Return the highest of known values."""
        return ast.call("MAX", *items)

    def found(self, value: Tree, needle: str) -> Tree:
        """Search from the start."""
        return ast.call("INSTR", value, self.text_literal(needle))

    def starts(self, value: Tree, start: str) -> Tree:
        """Return the first characters of a text."""
        return self.part(value, ast.number(1), len(start))

    def ends(self, value: Tree, end: str) -> Tree:
        """Return the last characters of a text."""
        return self.part(value, ast.number(-len(end)))

    def ticks(self, moment: Tree) -> Tree:
        """Moments are counted already."""
        return moment

    def shown_number(self, value: Tree, scale: int) -> Tree:
        """Return the nearest real number, which is all that SQLite has."""
        unit = exp.Literal.number(f"{10**scale}.0")
        return exp.Div(this=ast.bracketed(value), expression=unit, typed=True)
