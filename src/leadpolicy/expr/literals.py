"""Literals from Python values: exact, of one kind, and refused where they are ambiguous."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum

from leadpolicy.expr.nodes import Literal
from leadpolicy.expr.numbers import MAX_DIGITS, fits, plain
from leadpolicy.expr.types import Kind


def number_literal(value: object, unit: str | None = None) -> Literal:
    """Return an exact number; a float is taken as the decimal number it is written as.

    Raises TypeError for what is not a number, among it True and False, and ValueError for NaN,
    infinities and numbers of more than 28 digits.

    >>> number_literal(0.1).value
    Decimal('0.1')
    """
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise TypeError(f"a number is needed, not {shown(value)}")
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not exact.is_finite():
        raise ValueError(f"a number of a policy is finite, not {value}")
    if not fits(exact):
        raise ValueError(f"a number has at most {MAX_DIGITS} digits")
    if isinstance(value, int):
        return Literal(Kind.WHOLE, int(value), unit)
    return Literal(Kind.NUMBER, Decimal(plain(exact)), unit)


def factor(value: object) -> Decimal:
    """Return an exact factor; raises like `number_literal`."""
    return Decimal(str(number_literal(value).value))


def text_literal(value: object) -> Literal:
    """Return a text, or the code of an enumeration's member; raises TypeError for others."""
    return Literal(Kind.TEXT, plain_text(value))


def plain_text(value: object) -> str:
    """Return a text or the text of an enumeration's member as a plain `str`."""
    inner = value.value if isinstance(value, Enum) else value
    if not isinstance(inner, str):
        raise TypeError(f"a text is needed, not {shown(value)}")
    return str(inner)


def day_literal(value: object) -> Literal:
    """Return a calendar day; raises TypeError for what is not a date, among it moments."""
    if isinstance(value, datetime) or not isinstance(value, date):
        raise TypeError(f"a date is needed, not {shown(value)}")
    return Literal(Kind.DAY, value)


def moment_literal(value: object) -> Literal:
    """Return an instant in UTC.

    Raises TypeError for what is not a datetime and ValueError for one without time zone.
    """
    if not isinstance(value, datetime):
        raise TypeError(f"a datetime is needed, not {shown(value)}")
    if value.utcoffset() is None:
        raise ValueError(f"the moment {value.isoformat()} has no time zone: give it a `tzinfo`")
    return Literal(Kind.MOMENT, value.astimezone(UTC))


def shown(value: object) -> str:
    """Return how a message names a Python value: its kind and what it is."""
    name = type(value).__name__
    written = repr(value)
    return f"{name} `{written if len(written) <= 60 else written[:59] + '…'}`"
