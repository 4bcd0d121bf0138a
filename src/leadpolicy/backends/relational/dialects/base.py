"""What the databases have in common; a subclass states only how one of them differs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar, Final

from sqlglot import exp

from leadpolicy.backends.relational import ast
from leadpolicy.backends.relational.ast import Tree

TICK: Final = timedelta(microseconds=1)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DIGITS: Final = 38


class Dialect(ABC):
    """How one kind of database reads columns, compares texts and divides whole numbers.

    A number is held in units of its last decimal, so that arithmetic is that of whole numbers.
    """

    name: ClassVar[str]
    longest_name: ClassVar[int]
    """Bytes that the name of a column may have."""
    deepest: ClassVar[int] = 250
    """Levels that the tree of an expression may have."""
    keeps_steps_apart: ClassVar[bool] = True
    """Whether a step of a query can be marked as worked out once."""

    # ---------------------------------------------------------------------------- columns
    def stored(self, column: Tree) -> Tree:
        """Return the value of a column, null where nothing is stored."""
        return column

    @abstractmethod
    def whole(self, column: Tree) -> Tree:
        """Return a column of whole numbers for arithmetic that does not overflow early."""

    @abstractmethod
    def decimal(self, column: Tree, scale: int) -> Tree:
        """Return a column of numbers in units of its last decimal."""

    def text(self, column: Tree) -> Tree:
        """Return a column of texts, null where it is empty."""
        return ast.call("NULLIF", column, ast.text(""))

    def day(self, column: Tree) -> Tree:
        """Return a column of calendar days."""
        return self.stored(column)

    def moment(self, column: Tree) -> Tree:
        """Return a column of instants."""
        return self.stored(column)

    # --------------------------------------------------------------------------- literals
    def text_literal(self, value: str) -> Tree:
        """Return a text of the policy."""
        return ast.text(value)

    def day_literal(self, value: date) -> Tree:
        """Return a calendar day of the policy."""
        return ast.cast(ast.text(value.isoformat()), "date")

    def moment_literal(self, value: datetime) -> Tree:
        """Return an instant in UTC."""
        return ast.cast(ast.text(value.isoformat(sep=" ")), "timestamptz")

    # -------------------------------------------------------------------------- arithmetic
    def wide(self, value: Tree) -> Tree:
        """Return a whole number of a type in which sums and products do not overflow."""
        return value

    @abstractmethod
    def quotient(self, value: Tree, by: Tree) -> Tree:
        """Return the quotient of whole numbers, cut off towards zero."""

    def remainder(self, value: Tree, by: Tree) -> Tree:
        """Return the remainder of whole numbers, with the sign of the value."""
        return ast.infix(exp.Mod, value, by)

    def lowest(self, items: Iterable[Tree]) -> Tree:
        """Return the lowest of known values."""
        return ast.call("LEAST", *items)

    def highest(self, items: Iterable[Tree]) -> Tree:
        """Return the highest of known values."""
        return ast.call("GREATEST", *items)

    def rounded(self, value: Tree, by: int) -> Tree:
        """Return a whole number divided by another one and rounded half away from zero.

        Adding the remainder pushes over the next whole quotient from half of it on.
        """
        unit = ast.number(by)
        return self.quotient(ast.infix(exp.Add, value, self.remainder(value, unit)), unit)

    # ------------------------------------------------------------------------------- texts
    def exact(self, value: Tree) -> Tree:
        """Return a text for tests that mind every character, letter case included."""
        return value

    @abstractmethod
    def found(self, value: Tree, needle: str) -> Tree:
        """Return the place of a text in another one, 0 where it is not there."""

    def starts(self, value: Tree, start: str) -> Tree:
        """Return the first characters of a text, as many as `start` has."""
        return ast.call("LEFT", self.exact(value), ast.number(len(start)))

    def ends(self, value: Tree, end: str) -> Tree:
        """Return the last characters of a text, as many as `end` has."""
        return ast.call("RIGHT", self.exact(value), ast.number(len(end)))

    def lowered(self, value: Tree) -> Tree:
        """Return a text of ASCII characters in lower case."""
        return ast.call("LOWER", value)

    def domain(self, value: Tree) -> Tree:
        """Return what follows the last @ of an ASCII text; the whole text where there is none."""
        rest = ast.call("REPLACE", value, ast.text("@"), ast.text(""))
        start = ast.call("LENGTH", ast.call("RTRIM", value, rest))
        return self.part(value, ast.infix(exp.Add, start, ast.number(1)))

    def part(self, value: Tree, start: Tree, length: int | None = None) -> Tree:
        """Return a part of a text, from a place counted from 1."""
        end = () if length is None else (ast.number(length),)
        return ast.call("SUBSTR", value, start, *end)

    def between(self, value: Tree, mark: str) -> Tree:
        """Return a text with a mark before and behind it."""
        front = exp.DPipe(this=ast.text(mark), expression=value)
        return exp.Paren(this=exp.DPipe(this=front, expression=ast.text(mark)))

    # -------------------------------------------------------------------------------- time
    @abstractmethod
    def ticks(self, moment: Tree) -> Tree:
        """Return the microseconds from 1970 to an instant."""

    def age(self, at: datetime, moment: Tree) -> Tree:
        """Return the microseconds from an instant to `at`."""
        return ast.infix(exp.Sub, ast.number((at - EPOCH) // TICK), self.ticks(moment))

    # ----------------------------------------------------------------------------- results
    def shown_text(self, value: Tree) -> Tree:
        """Return a text as a result."""
        return value

    def shown_whole(self, value: Tree) -> Tree:
        """Return a whole number as a result."""
        return ast.cast(value, "bigint")

    def shown_number(self, value: Tree, scale: int) -> Tree:
        """Return a number in units of its last decimal as a result."""
        whole = ast.cast(value, f"decimal({_DIGITS}, 0)")
        quotient = exp.Div(this=whole, expression=ast.number(10**scale), typed=True)
        return ast.cast(quotient, f"decimal({_DIGITS}, {scale})")

    def sql(self, tree: Tree, *, pretty: bool = False) -> str:
        """Return the text of a tree, in one line or laid out for people."""
        return tree.sql(dialect=self.name, pretty=pretty)
