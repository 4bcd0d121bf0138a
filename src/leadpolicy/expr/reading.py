"""What every part of the parser shares: the text, its places, the problems found, the limits."""

from __future__ import annotations

import ast
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Final

from leadpolicy.diagnostics import did_you_mean
from leadpolicy.expr.nodes import Literal, Node, Place
from leadpolicy.expr.problems import Problem
from leadpolicy.expr.tokens import MAX_NESTING, shortened
from leadpolicy.expr.types import Kind, ValueType, Vocabulary

MAX_NODES: Final = 2_000
MAX_PROBLEMS: Final = 50

BROKEN: Final = Literal(Kind.TEXT, "")
"""Stands where a part could not be read; recognised by identity, never handed out."""


class GivenUpError(Exception):
    """Reading has stopped early; the problem that says why is already recorded."""


class Reading(ABC):
    """One text being read: `scope` are the properties of the signal at hand, inside `where`."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self.text = text
        self.vocabulary = vocabulary
        self.scope: tuple[str, Mapping[str, ValueType]] | None = None
        self.problems: dict[Problem, None] = {}
        self._lines = _Lines(text)
        self._nodes = 0
        self._depth = 0

    @abstractmethod
    def convert(self, item: ast.expr) -> Node:
        """Return the node for a part of the text, or BROKEN after a report."""

    def read(self, item: ast.expr) -> Node:
        """Return the node for a part of the text, within the limits of size and depth."""
        self._nodes += 1
        self._depth += 1
        if self._nodes > MAX_NODES:
            raise self.give_up(f"the text has more than {MAX_NODES} parts", item)
        if self._depth > MAX_NESTING:
            raise self.give_up(f"the text is nested more than {MAX_NESTING} levels deep", item)
        node = self.convert(item)
        self._depth -= 1
        return node

    def give_up(self, message: str, item: ast.expr) -> GivenUpError:
        """Record that the text exceeds a limit, and return the exception that ends reading."""
        self.problems[Problem("LP210", message, self.place(item))] = None
        return GivenUpError(message)

    def place(self, first: ast.AST, last: ast.AST | None = None) -> Place:
        """Return the characters from the start of one part to the end of it or of another."""
        return self._lines.place(first, last or first)

    def source(self, item: ast.expr) -> str:
        """Return the text of a part as it was written."""
        start, end = self.place(item)
        return self.text[start:end]

    def refuse(self, code: str, message: str, item: ast.AST, hint: str | None = None) -> Node:
        """Record a problem and return what stands for the unreadable part."""
        self.problems[Problem(code, message, self.place(item), hint)] = None
        if len(self.problems) >= MAX_PROBLEMS:
            raise GivenUpError
        return BROKEN

    def unknown(self, code: str, what: str, name: str, known: Iterable[str], item: ast.AST) -> Node:
        """Record that a name is unknown, with the nearest known one as hint."""
        message = f"unknown {what} `{shortened(name)}`"
        return self.refuse(code, message, item, did_you_mean(name, known))


class _Lines:
    """Turns the lines and UTF-8 columns of Python's parser into character offsets.

    The parser sees the text behind a line of its own, which holds an opening bracket.
    """

    def __init__(self, text: str) -> None:
        ends = [found.end() for found in re.finditer(r"\r\n|\r|\n", text)]
        self._starts = [0, *ends]
        self._text = text

    def place(self, first: ast.AST, last: ast.AST) -> Place:
        start = self._offset(getattr(first, "lineno", 2), getattr(first, "col_offset", 0))
        end = self._offset(getattr(last, "end_lineno", 2), getattr(last, "end_col_offset", 0))
        return (start, end)

    def _offset(self, line: int, column: int) -> int:
        if line < 2:
            return 0
        if line - 2 >= len(self._starts):
            return len(self._text)
        start = self._starts[line - 2]
        encoded = self._text[start : start + column].encode()
        return start + len(encoded[:column].decode(errors="ignore"))
