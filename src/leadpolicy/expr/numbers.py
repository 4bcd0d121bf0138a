"""Exact numbers: how long they are when written out, and how a term is negated."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final

from leadpolicy.expr.nodes import Literal, Node, Place, Scaled
from leadpolicy.expr.types import NUMERIC

MAX_DIGITS: Final = 28
MINUS_ONE: Final = Decimal(-1)


def fits(value: Decimal) -> bool:
    """Tell whether a number is finite and has at most 28 digits when written out.

    >>> fits(Decimal("12.50")), fits(Decimal("1E+28")), fits(Decimal("NaN"))
    (True, False, False)
    """
    if not value.is_finite() or abs(value.adjusted()) > MAX_DIGITS:
        return False
    whole, _, decimals = plain(value.copy_abs()).partition(".")
    return len(whole.lstrip("0")) + len(decimals) <= MAX_DIGITS


def plain(value: Decimal) -> str:
    """Write a finite number without exponent and without zeros at its end.

    >>> plain(Decimal("1E+3")), plain(Decimal("0.50")), plain(Decimal("-0.0"))
    ('1000', '0.5', '0')
    """
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").removesuffix(".")
    return "0" if text == "-0" else text


def negated(node: Node, place: Place | None = None) -> Node:
    """Return minus a term: numbers and factors change their sign, other terms get factor -1."""
    match node:
        case Literal(value=int() | Decimal() as value) if node.kind in NUMERIC:
            opposite = value.copy_negate() if isinstance(value, Decimal) else -value
            return replace(node, value=opposite, place=place)
        case Scaled():
            return replace(node, factor=node.factor.copy_negate(), place=place)
        case _:
            return Scaled(node, MINUS_ONE, place=place)
