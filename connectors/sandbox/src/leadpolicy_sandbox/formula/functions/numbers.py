"""Functions on numbers, which are decimals."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
    InvalidOperation,
)
from typing import Final

from leadpolicy_sandbox.formula.model import Call, EvaluationError, Value
from leadpolicy_sandbox.formula.registry import Part, Site, expect, simple, special, strict

_SHOWN: Final = Context(prec=33, rounding=ROUND_HALF_UP)
_WIDE: Final = Context(prec=200)


@special("-", 1, 1)
def _minus(call: Call, parts: list[Part], _site: Site) -> Part:
    expect(parts[0], "number", function="-")
    return Part("number", call, strict(lambda value: -value, [parts[0].run], blanks=False))


@special("+", 1, 1)
def _plus(call: Call, parts: list[Part], _site: Site) -> Part:
    expect(parts[0], "number", function="+")
    return Part("number", call, parts[0].run)


@simple("ABS", "number", result="number")
def absolute(value: Decimal) -> Decimal:
    return abs(value)


@simple("MIN", "number", result="number", more=True)
def least(*values: Decimal) -> Decimal:
    return min(values)


@simple("MAX", "number", result="number", more=True)
def most(*values: Decimal) -> Decimal:
    return max(values)


def _whole(value: Decimal, rounding: str) -> Decimal:
    return _SHOWN.plus(value).to_integral_value(rounding)


@simple("FLOOR", "number", result="number")
def toward_zero(value: Decimal) -> Decimal:
    return _whole(value, ROUND_DOWN)


@simple("CEILING", "number", result="number")
def away_from_zero(value: Decimal) -> Decimal:
    return _whole(value, ROUND_UP)


@simple("MFLOOR", "number", result="number")
def downward(value: Decimal) -> Decimal:
    return _whole(value, ROUND_FLOOR)


@simple("MCEILING", "number", result="number")
def upward(value: Decimal) -> Decimal:
    return _whole(value, ROUND_CEILING)


@simple("ROUND", "number", "number", result="number")
def rounded(value: Decimal, places: Decimal) -> Decimal:
    return _to_places(value, places, ROUND_HALF_UP)


@simple("TRUNC", "number", "number", result="number", optional=1)
def truncated(value: Decimal, places: Decimal = Decimal(0)) -> Decimal:
    return _to_places(value, places, ROUND_DOWN)


def _to_places(value: Decimal, places: Decimal, rounding: str) -> Decimal:
    wanted = max(-128, min(127, int(places)))
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and -exponent <= wanted:
        return value
    if wanted < 0 and value.adjusted() + 1 + wanted <= 0:
        return Decimal(0)  # the platform does not round 7 up to 10
    return value.quantize(Decimal(1).scaleb(-wanted), rounding, _WIDE)


@simple("MOD", "number", "number", result="number")
def remainder(value: Decimal, divisor: Decimal) -> Decimal:
    if not divisor:
        raise EvaluationError("division by zero")
    return _WIDE.remainder(value, divisor)


def _by_float(work: Callable[[float], float]) -> Callable[[Decimal], Decimal]:
    def run(value: Decimal) -> Decimal:
        try:
            return Decimal(repr(work(float(value))))
        except (ValueError, OverflowError, InvalidOperation):
            raise EvaluationError(f"there is no result for {value}") from None

    return run


square_root = simple("SQRT", "number", result="number")(_by_float(math.sqrt))
exponential = simple("EXP", "number", result="number")(_by_float(math.exp))
natural_log = simple("LN", "number", result="number")(_by_float(math.log))
decimal_log = simple("LOG", "number", result="number")(_by_float(math.log10))


@simple("PI", result="number")
def pi() -> Value:
    return Decimal(repr(math.pi))
