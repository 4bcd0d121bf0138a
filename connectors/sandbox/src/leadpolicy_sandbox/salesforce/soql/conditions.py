"""Conditions of a query, as tests of rows."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Protocol, TypeAlias

from leadpolicy_sandbox.salesforce.org.ids import full
from leadpolicy_sandbox.salesforce.org.results import OrgError
from leadpolicy_sandbox.salesforce.org.schema import FieldDef
from leadpolicy_sandbox.salesforce.soql import dates
from leadpolicy_sandbox.salesforce.soql.errors import refused
from leadpolicy_sandbox.salesforce.soql.nodes import (
    Comparison,
    Condition,
    Every,
    Given,
    Membership,
    Not,
    Operand,
    Query,
    Some,
    Span,
)
from leadpolicy_sandbox.salesforce.soql.scope import Read
from leadpolicy_sandbox.salesforce.soql.values import family, key

Test: TypeAlias = Callable[[Any], bool]
_ORDERS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_FITS: Final[Mapping[str, tuple[type, ...]]] = {
    "number": (Decimal,),
    "boolean": (bool,),
    "date": (date,),
    "datetime": (datetime,),
    "text": (str,),
    "id": (str,),
}


class Context(Protocol):
    """What conditions need to know of the query that they are in."""

    @property
    def text(self) -> str:
        """The text of the query."""

    def resolve(self, operand: Operand) -> tuple[FieldDef, Read, str]:
        """Return the type of an operand, how it is read, and its name."""

    def today(self) -> date:
        """Return the day on which the user is."""

    def midnight(self, day: date) -> datetime:
        """Return when a day begins where the user is."""

    def answers(self, query: Query) -> frozenset[Any]:
        """Return the values that a query within the query finds."""


def test_of(condition: Condition, context: Context) -> Test:
    """Return the test of a condition; raises `OrgError` for what cannot be compared."""
    match condition:
        case Every(parts):
            tests = [test_of(part, context) for part in parts]
            return lambda row: all(test(row) for test in tests)
        case Some(parts):
            tests = [test_of(part, context) for part in parts]
            return lambda row: any(test(row) for test in tests)
        case Not(part):
            test = test_of(part, context)
            return lambda row: not test(row)
        case Comparison():
            return _compared(condition, context)
        case Membership():
            return _member(condition, context)


def _compared(condition: Comparison, context: Context) -> Test:
    field, read, name = context.resolve(condition.left)
    if isinstance(condition.right, Span):
        return _in_span(condition, condition.right, field, read, name, context)
    value = _value(condition.right, field, name, condition.left, context)
    if condition.operator == "like":
        return _like(read, value)
    return _ordered(condition.operator, field, read, value)


def _ordered(sign: str, field: FieldDef, read: Read, value: Any) -> Test:
    same = key(field)
    wanted = same(value)
    if sign in _ORDERS:
        holds = _ORDERS[sign]

        def ordered(row: Any) -> bool:
            found = read(row)
            return found is not None and wanted is not None and holds(same(found), wanted)

        return ordered
    blank = _blank(field)
    equal = sign == "="
    return lambda row: (same(blank(read(row))) == wanted) is equal


def _blank(field: FieldDef) -> Callable[[Any], Any]:
    """Return what a value counts as: a checkbox is never blank, and empty text is."""
    if field.type == "boolean":
        return bool
    return lambda value: None if value == "" else value


def _like(read: Read, value: Any) -> Test:
    if value is None:
        return lambda row: read(row) is None
    pattern = re.compile(_pattern(value), re.IGNORECASE | re.DOTALL)

    def like(row: Any) -> bool:
        found = read(row)
        return found is not None and pattern.fullmatch(str(found)) is not None

    return like


def _pattern(value: str) -> str:
    r"""Return the regular expression of a LIKE text.

    >>> _pattern("a_b%"), _pattern("50\\%")
    ('a.b.*', '50%')
    """
    parts = re.findall(r"\\[%_]|.", value, flags=re.DOTALL)
    wild = {"%": ".*", "_": "."}
    return "".join(wild.get(part) or re.escape(part[-1]) for part in parts)


def _in_span(
    condition: Comparison, span: Span, field: FieldDef, read: Read, name: str, context: Context
) -> Test:
    if field.type not in {"date", "datetime"}:
        raise _wrong_type(field, name, condition.left, context)
    first, end = _edges(span, field, context)

    def test(row: Any) -> bool:
        value = read(row)
        if value is None:
            return condition.operator == "!="
        return _WITHIN[condition.operator](value, first, end)

    return test


def _edges(span: Span, field: FieldDef, context: Context) -> tuple[Any, Any]:
    first, end = dates.days(span.word, span.count, context.today())
    if field.type == "date":
        return first, end
    return context.midnight(first), context.midnight(end)


_WITHIN: Final[Mapping[str, Callable[[Any, Any, Any], bool]]] = {
    "=": lambda value, first, end: first <= value < end,
    "!=": lambda value, first, end: not first <= value < end,
    "<": lambda value, first, end: value < first,
    "<=": lambda value, first, end: value < end,
    ">": lambda value, first, end: value >= end,
    ">=": lambda value, first, end: value >= first,
}


def _member(condition: Membership, context: Context) -> Test:
    field, read, name = context.resolve(condition.left)
    within = condition.operator in {"in", "includes"}
    if condition.operator in {"includes", "excludes"}:
        return _several(condition, field, read, name, within, context)
    same = key(field)
    wanted = _wanted(condition, field, name, context)
    blank = _blank(field)
    return lambda row: (same(blank(read(row))) in wanted) is within


def _wanted(condition: Membership, field: FieldDef, name: str, context: Context) -> frozenset[Any]:
    same = key(field)
    if isinstance(condition.right, Query):
        return frozenset(same(value) for value in context.answers(condition.right))
    left = condition.left
    return frozenset(same(_value(one, field, name, left, context)) for one in condition.right)


def _several(
    condition: Membership, field: FieldDef, read: Read, name: str, within: bool, context: Context
) -> Test:
    """Return the test of a multi-select picklist; `a;b` asks for both."""
    if field.type != "multipicklist" or isinstance(condition.right, Query):
        message = f"includes or excludes operator only valid on multipicklist field: {name}"
        raise refused(context.text, condition.left.at, "INVALID_FIELD", message)
    choices = [
        frozenset(str(_value(one, field, name, condition.left, context)).casefold().split(";"))
        for one in condition.right
    ]

    def test(row: Any) -> bool:
        chosen = frozenset(str(read(row) or "").casefold().split(";"))
        return any(choice <= chosen for choice in choices) is within

    return test


def _value(given: Given, field: FieldDef, name: str, left: Operand, context: Context) -> Any:
    if isinstance(given, Span):
        message = f"unexpected token: '{given.word}'"
        raise refused(context.text, given.at, "MALFORMED_QUERY", message)
    value, kind = given.value, family(field)
    if value is None:
        return False if kind == "boolean" else None
    if type(value) not in _FITS[kind]:
        raise _wrong_type(field, name, left, context)
    if kind == "id" and field.type == "id" and full(str(value)) is None:
        message = f"invalid ID field: {value}"
        raise refused(context.text, left.at, "INVALID_QUERY_FILTER_OPERATOR", message)
    return value


def _wrong_type(field: FieldDef, name: str, left: Operand, context: Context) -> OrgError:
    quoted = family(field) in {"text", "id"}
    kind = {"text": "string", "datetime": "dateTime"}.get(family(field), field.type)
    message = (
        f"value of filter criterion for field '{name}' must be of type {kind} and should "
        f"{'' if quoted else 'not '}be enclosed in quotes"
    )
    return refused(context.text, left.at, "INVALID_FIELD", message)
