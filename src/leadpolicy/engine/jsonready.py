"""Values as JSON-ready data: decimals and sets without loss, instants in ISO 8601."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TypeAlias

from leadpolicy.expr.types import Value

Plain: TypeAlias = bool | int | str | list[str] | None


def plain(value: Value | None) -> Plain:
    """Return a value as JSON holds it: decimals as text, codes sorted, instants in UTC.

    >>> plain(Decimal("1.50")), plain(frozenset({"b", "a"})), plain(None)
    ('1.5', ['a', 'b'], None)
    >>> plain(datetime(2026, 11, 1, 9, tzinfo=UTC))
    '2026-11-01T09:00:00Z'
    """
    match value:
        case Decimal():
            return decimal_text(value)
        case datetime():
            return instant(value)
        case date():
            return value.isoformat()
        case frozenset():
            return sorted(value)
        case _:
            return value


def instant(moment: datetime) -> str:
    """Return an aware instant in ISO 8601, in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def decimal_text(value: Decimal) -> str:
    """Return a decimal without an exponent and without zeros at its end.

    >>> decimal_text(Decimal("1E+2")), decimal_text(Decimal("-0.0"))
    ('100', '0')
    """
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text
