"""What the operators between two values mean, by the types of the values."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, DecimalException
from typing import Any, Final, TypeAlias

from leadpolicy_sandbox.formula.model import EvaluationError, FormulaError, Type, Value
from leadpolicy_sandbox.formula.registry import WORDS, Part

Work: TypeAlias = Callable[[Any, Any], Value]

_NUMBERS: Final = Context(prec=39, rounding=ROUND_HALF_UP)
_POWERS: Final = Context(prec=18, rounding=ROUND_HALF_UP)
_HIGHEST_POWER: Final = 64
_ORDER: Final[dict[str, Work]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_TIMES: Final = ("date", "datetime")


def combine(sign: str, one: Part, other: Part, position: int) -> tuple[Type, Work]:
    """Return the type and the meaning of an operator between two parts, or refuse it."""
    found = _MAKERS[sign](sign, one.type, other.type)
    if found is None:
        raise FormulaError(
            f"Incorrect parameter type for operator '{sign}'. "
            f"Expected {WORDS[one.type]}, received {WORDS[other.type]}",
            position,
        )
    return found


def _equality(sign: str, one: Type, other: Type) -> tuple[Type, Work] | None:
    if one != other and "null" not in {one, other}:
        return None
    wanted = sign == "="
    if "text" in {one, other}:
        return "boolean", lambda a, b: ((a or "") == (b or "")) is wanted
    return "boolean", _known(lambda a, b: (a == b) is wanted)


def _order(sign: str, one: Type, other: Type) -> tuple[Type, Work] | None:
    types = {one, other} - {"null"}
    if len(types) > 1 or not types <= {"number", *_TIMES}:
        return None
    return "boolean", _known(_ORDER[sign])


def _addition(sign: str, one: Type, other: Type) -> tuple[Type, Work] | None:
    types = {one, other} - {"null"}
    if types == {"text"}:
        return _concatenation(sign, one, other)
    if types <= {"number"}:
        return "number", _known(_NUMBERS.add)
    if one in _TIMES and other in {"number", "null"}:
        return one, _known(_later)
    if other in _TIMES and one in {"number", "null"}:
        return other, _known(lambda a, b: _later(b, a))
    return None


def _subtraction(_sign: str, one: Type, other: Type) -> tuple[Type, Work] | None:
    if {one, other} <= {"number", "null"}:
        return "number", _known(_NUMBERS.subtract)
    if one in _TIMES and other in {"number", "null"}:
        return one, _known(lambda a, b: _later(a, -b))
    if one == other and one in _TIMES:
        return "number", _known(_days_between)
    return None


def _concatenation(_sign: str, one: Type, other: Type) -> tuple[Type, Work] | None:
    if {one, other} <= {"text", "null"}:
        return "text", lambda a, b: (a or "") + (b or "")
    return None


def _numeric(work: Work) -> Callable[[str, Type, Type], tuple[Type, Work] | None]:
    def make(_sign: str, one: Type, other: Type) -> tuple[Type, Work] | None:
        return ("number", _known(work)) if {one, other} <= {"number", "null"} else None

    return make


def _known(work: Work) -> Work:
    return lambda a, b: None if a is None or b is None else work(a, b)


def _later(moment: date, days: Decimal) -> date:
    try:
        if isinstance(moment, datetime):
            seconds = (days * 86400).quantize(Decimal(1), ROUND_HALF_UP)
            return moment + timedelta(seconds=int(seconds))
        return moment + timedelta(days=int(days))
    except OverflowError:
        raise EvaluationError("the date is out of range") from None


def _days_between(one: date, other: date) -> Decimal:
    between = one - other
    seconds = Decimal(between // timedelta(microseconds=1)) / 1_000_000
    return _NUMBERS.divide(seconds, Decimal(86400))


def _quotient(one: Decimal, other: Decimal) -> Decimal:
    if not other:
        raise EvaluationError("division by zero")
    return _NUMBERS.divide(one, other)


def _power(one: Decimal, other: Decimal) -> Decimal:
    """Raise to a whole power, with 18 digits; the platform knows no other powers."""
    whole = int(other)
    if whole != other or (one and one.adjusted() * whole > _HIGHEST_POWER):
        raise EvaluationError("Out of range argument to POWER() function")
    try:
        return _POWERS.power(one, whole) if whole else Decimal(1)
    except DecimalException:
        raise EvaluationError("Out of range argument to POWER() function") from None


_MAKERS: Final = {
    "=": _equality,
    "<>": _equality,
    **dict.fromkeys(_ORDER, _order),
    "+": _addition,
    "-": _subtraction,
    "&": _concatenation,
    "*": _numeric(_NUMBERS.multiply),
    "/": _numeric(_quotient),
    "^": _numeric(_power),
}
