"""The arguments of one call: read as terms, quoted texts, whole numbers or durations."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from leadpolicy.expr.durations import UNITS, duration_of
from leadpolicy.expr.nodes import Literal, Node, Place
from leadpolicy.expr.reading import BROKEN, Reading
from leadpolicy.expr.types import NUMERIC

_DURATION_HINT: Final = "write a duration, as in `days(90)` or `hours(24)`"


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the text form; `most` None means any number of arguments by position."""

    usage: str
    build: Callable[[Arguments], Node]
    least: int
    most: int | None
    keywords: frozenset[str] = frozenset()


class Arguments:
    """The arguments of a call, each read on demand; what cannot be read is reported."""

    def __init__(self, reading: Reading, call: ast.Call, name: str, usage: str) -> None:
        self.reading = reading
        self.call = call
        self.name = name
        self.usage = usage
        self.place: Place = reading.place(call)
        self.named = {item.arg: item.value for item in call.keywords if item.arg is not None}

    def __len__(self) -> int:
        return len(self.call.args)

    def fits(self, function: Function) -> bool:
        """Tell whether the number and the names of the arguments are right; report if not."""
        spread = [item for item in self.call.args if isinstance(item, ast.Starred)]
        strange = [item for item in self.call.keywords if item.arg not in function.keywords]
        for item in [*spread, *strange]:
            self.wrong(f"`{self.name}` has no such argument", item)
        few, many = len(self) < function.least, len(self) > (function.most or len(self))
        if few or many:
            self.wrong(f"`{self.name}` has too {'few' if few else 'many'} arguments", self.call)
        return not (spread or strange or few or many)

    def wrong(self, message: str, item: ast.AST, hint: str | None = None) -> Node:
        """Report a wrong argument, with the right use of the function as hint."""
        return self.reading.refuse("LP205", message, item, hint or f"write `{self.usage}`")

    def term(self, index: int) -> Node:
        """Read an argument as an expression."""
        return self.reading.read(self.call.args[index])

    def terms(self, start: int = 0) -> tuple[Node, ...]:
        """Read all arguments from an index on as expressions."""
        return tuple(self.reading.read(item) for item in self.call.args[start:])

    def text(self, index: int) -> str | None:
        """Read an argument as a quoted text."""
        return self.quoted(self.call.args[index])

    def quoted(self, item: ast.expr) -> str | None:
        """Read a part as a quoted text."""
        node = self.reading.read(item) if isinstance(item, ast.Constant) else None
        if node is BROKEN:
            return None
        if isinstance(node, Literal) and isinstance(node.value, str):
            return node.value
        self.wrong(f"`{self.name}` needs a quoted text here", item)
        return None

    def whole(self, index: int) -> int | None:
        """Read an argument as a whole number of 0 or more."""
        item = self.call.args[index]
        if isinstance(item, ast.Constant) and type(item.value) is int:
            return item.value
        self.wrong(f"`{self.name}` needs a whole number here", item)
        return None

    def number(self, item: ast.expr) -> Decimal | None:
        """Read a part as a number."""
        node = self.reading.read(item)
        if isinstance(node, Literal) and node.kind in NUMERIC and node.unit is None:
            return Decimal(str(node.value))
        if node is not BROKEN:
            self.wrong(f"`{self.name}` needs a number here", item)
        return None

    def duration(self, item: ast.expr) -> timedelta | None:
        """Read a part as a duration."""
        match item:
            case ast.Call(func=ast.Name(id=unit), args=[ast.Constant(value=int(amount))]) if (
                unit in UNITS and not item.keywords and not isinstance(amount, bool)
            ):
                duration = duration_of(amount, unit)
            case _:
                self.wrong(f"`{self.name}` needs a duration here", item, _DURATION_HINT)
                return None
        if duration is None:
            self.wrong("a duration is positive and at most a century", item, _DURATION_HINT)
        return duration

    def named_duration(self, name: str) -> timedelta | None:
        """Read a named argument as a duration; None without it."""
        item = self.named.get(name)
        return None if item is None else self.duration(item)

    def known_name(self, index: int, code: str, what: str, known: Collection[str]) -> str | None:
        """Read an argument as the quoted name of something declared; report unknown names."""
        name = self.text(index)
        if name is None or name in known:
            return name
        self.reading.unknown(code, what, name, known, self.call.args[index])
        return None
