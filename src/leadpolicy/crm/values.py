"""One form for each value, so that what a CRM holds can be compared with a decision."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from leadpolicy.crm.state import Column, FieldKind, Value

MAX_DIGITS: Final = 15
_WHOLE_LIMIT: Final = 2**63


def normalise(value: object, column: Column) -> Value:
    """Return a value in the one form its column has: text, int, bool, `Decimal`, UTC datetime.

    Empty text is None. Numbers are never rounded: more decimals than the column's scale, or more
    than 15 digits in all, are refused. Raises ValueError when the value does not fit.

    >>> normalise("12.50", Column("amount", FieldKind.NUMBER, scale=2))
    Traceback (most recent call last):
    ValueError: `amount` holds a number, not text
    >>> normalise(Decimal("12.5"), Column("amount", FieldKind.NUMBER, scale=2))
    Decimal('12.50')
    """
    if value is None or value == "":
        return None
    match column.kind:
        case FieldKind.TEXT | FieldKind.CHOICE:
            return _text(value, column)
        case FieldKind.WHOLE:
            return _whole(value, column)
        case FieldKind.NUMBER:
            return _number(value, column)
        case FieldKind.FLAG:
            return _flag(value, column)
        case FieldKind.MOMENT:
            return _moment(value, column)


def held(value: object, column: Column) -> object:
    """Return a value read from a CRM in its one form, or as it is when it does not fit."""
    try:
        return normalise(value, column)
    except ValueError:
        return value


_KINDS: Final = {
    FieldKind.TEXT: "text",
    FieldKind.WHOLE: "a whole number",
    FieldKind.NUMBER: "a number",
    FieldKind.FLAG: "a flag",
    FieldKind.MOMENT: "a moment",
    FieldKind.CHOICE: "a choice",
}
_TYPES: Final = {str: "text", bool: "a flag", int: "a whole number", float: "a float"}


def _misfit(value: object, column: Column) -> ValueError:
    found = _TYPES.get(type(value), type(value).__name__)
    return ValueError(f"`{column.name}` holds {_KINDS[column.kind]}, not {found}")


def _text(value: object, column: Column) -> str:
    if not isinstance(value, str):
        raise _misfit(value, column)
    if "\0" in value or not _is_unicode(value):
        raise ValueError(f"`{column.name}` holds a character that cannot be stored")
    if column.length is not None and len(value) > column.length:
        raise ValueError(f"`{column.name}` is longer than {column.length} characters")
    if column.codes and value not in column.codes:
        raise ValueError(f"`{column.name}` has no code `{value[:80]}`")
    return value


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _whole(value: object, column: Column) -> int:
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _misfit(value, column)
    if not -_WHOLE_LIMIT <= value < _WHOLE_LIMIT:
        raise ValueError(f"`{column.name}` is outside 64 bits")
    return value


def _number(value: object, column: Column) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise _misfit(value, column)
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise ValueError(f"`{column.name}` is not a finite number")
    if number.adjusted() >= MAX_DIGITS:
        raise ValueError(f"`{column.name}` has more than {MAX_DIGITS} digits")
    try:
        exact = number.quantize(Decimal(1).scaleb(-column.scale))
    except InvalidOperation:
        exact = None
    if exact is None or exact != number:
        raise ValueError(f"`{column.name}` has more than {column.scale} decimals")
    if len(exact.as_tuple().digits) > MAX_DIGITS:
        raise ValueError(f"`{column.name}` has more than {MAX_DIGITS} digits")
    return abs(exact) if exact == 0 else exact


def _flag(value: object, column: Column) -> bool:
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    raise _misfit(value, column)


def _moment(value: object, column: Column) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise _misfit(value, column) from None
    if not isinstance(value, datetime):
        raise _misfit(value, column)
    if value.tzinfo is None:
        raise ValueError(f"`{column.name}` is a time without a time zone")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"`{column.name}` lies outside the calendar") from None
