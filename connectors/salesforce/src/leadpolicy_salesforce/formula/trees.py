"""Formulas as trees: fields, written values, calls and operators, and their text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, TypeAlias

from leadpolicy.expr.numbers import plain


@dataclass(frozen=True, slots=True)
class Name:
    """A field by its API name; `size` is the compiled size of one that is itself computed."""

    api: str
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A value as it is written: a number, a text in quotes, TRUE, FALSE or NULL."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments."""

    function: str
    arguments: tuple[Tree, ...] = ()


@dataclass(frozen=True, slots=True)
class Infix:
    """Two or more operands with one operator between them."""

    operator: str
    operands: tuple[Tree, ...]


Tree: TypeAlias = Name | Written | Call | Infix

NULL: Final = Written("NULL")
ZERO: Final = Written("0")
ONE: Final = Written("1")
BLANK: Final = Written('""')


class UnwritableError(ValueError):
    """A text of the policy cannot stand in a formula."""


def call(function: str, *arguments: Tree) -> Call:
    """Return the call of a function."""
    return Call(function, arguments)


def infix(left: Tree, operator: str, right: Tree) -> Infix:
    """Return two operands with an operator between them."""
    return Infix(operator, (left, right))


def flag(value: bool) -> Written:
    """Return TRUE or FALSE."""
    return Written("TRUE" if value else "FALSE")


def number(value: int | Decimal) -> Written:
    """Return a number, exact and without exponent.

    >>> number(Decimal("1E+3")).text, number(-7).text
    ('1000', '-7')
    """
    return Written(plain(Decimal(value)))


def text(value: str) -> Written:
    r"""Return a text in double quotes; raises `UnwritableError` for control characters.

    >>> print(text('10" \\ 12"').text)
    "10\" \\ 12\""
    """
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in value):
        raise UnwritableError("a text in a formula has no line breaks or control characters")
    return Written('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"')


def day(value: date) -> Call:
    """Return a calendar day."""
    return call("DATE", *(Written(str(part)) for part in (value.year, value.month, value.day)))


def moment(value: datetime) -> Call:
    """Return an instant, which formulas write in UTC."""
    return call("DATETIMEVALUE", text(value.strftime("%Y-%m-%d %H:%M:%S")))


def every(items: Iterable[Tree]) -> Tree:
    """Return that all items hold."""
    return _joined("AND", items)


def some(items: Iterable[Tree]) -> Tree:
    """Return that one item holds."""
    return _joined("OR", items)


def _joined(function: str, items: Iterable[Tree]) -> Tree:
    found: list[Tree] = []
    for item in items:
        is_same = isinstance(item, Call) and item.function == function
        found += parts(item) if is_same else (item,)
    return found[0] if len(found) == 1 else Call(function, tuple(found))


def negated(item: Tree) -> Tree:
    """Return that an item does not hold."""
    if isinstance(item, Call) and item.function == "NOT":
        return item.arguments[0]
    return call("NOT", item)


def added(items: Sequence[Tree]) -> Tree:
    """Return a sum; nothing added up is 0."""
    kept = tuple(item for item in items if item != ZERO)
    return Infix("+", kept) if len(kept) > 1 else kept[0] if kept else ZERO


def nested(branches: Sequence[tuple[Tree, Tree]], otherwise: Tree) -> Tree:
    """Return the value beside the first condition that holds, otherwise the last one."""
    for test, value in reversed(branches):
        otherwise = call("IF", test, value, otherwise)
    return otherwise


def written(tree: Tree) -> str:
    """Return the text of a formula, on one line."""
    return "".join(_pieces(tree))


def _pieces(tree: Tree) -> Iterator[str]:
    match tree:
        case Name(api=api):
            yield api
        case Written(text=found):
            yield found
        case Call(function=function, arguments=arguments):
            yield f"{function}("
            for place, argument in enumerate(arguments):
                yield "," * (place > 0)
                yield from _pieces(argument)
            yield ")"
        case Infix(operator=operator, operands=operands):
            yield from _chained(operator, operands)


def _chained(operator: str, operands: Sequence[Tree]) -> Iterator[str]:
    for place, operand in enumerate(operands):
        piece = "".join(_pieces(operand))
        subtracts = operator == "+" and place > 0 and piece.startswith("-")
        if isinstance(operand, Infix) and not _binds_tighter(operand.operator, operator):
            piece, subtracts = f"({piece})", False
        if place > 0:
            yield " - " if subtracts else f" {operator} "
        yield piece[1:] if subtracts else piece


def _binds_tighter(inner: str, outer: str) -> bool:
    """Tell whether brackets can be left out: around arithmetic beside a comparison."""
    return outer in _COMPARISONS and inner in _ARITHMETIC


_ARITHMETIC: Final = frozenset({"+", "-", "*", "/"})
_COMPARISONS: Final = frozenset({"=", "<>", "<", "<=", ">", ">="})


def parts(tree: Tree) -> tuple[Tree, ...]:
    """Return the trees directly inside one."""
    match tree:
        case Call(arguments=arguments):
            return arguments
        case Infix(operands=operands):
            return operands
        case _:
            return ()
