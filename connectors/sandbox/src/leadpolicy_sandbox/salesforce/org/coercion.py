"""How values come in: from JSON, where types must fit, or as text, as in CSV and XML."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final, Literal, TypeAlias

from leadpolicy_sandbox.salesforce.org import ids
from leadpolicy_sandbox.salesforce.org.results import OrgError, SaveError
from leadpolicy_sandbox.salesforce.org.schema import FieldDef

Source: TypeAlias = Literal["json", "text"]
Given: TypeAlias = Mapping[str, object]

NUMBERS: Final = frozenset({"double", "currency", "percent", "int"})
_MOMENT: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,]\d+)?(Z|z|[+-]\d\d:?\d\d)?")
_INT_LIMIT: Final = 2**31
_WORDS: Final = {"int": "int", "boolean": "boolean", "date": "date", "datetime": "datetime"}


class MisfitError(Exception):
    """A value does not have the type of its field."""


def coerce(field: FieldDef, value: object, source: Source) -> Any:
    """Return a value in the form in which rows keep it; None for nothing.

    Text is trimmed, numbers are rounded to the field's scale, moments are UTC to the second.
    Raises OrgError with JSON_PARSER_ERROR for JSON of another type, MisfitError for text.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        return _PARSERS.get(field.type, _text)(field, value, source)
    except MisfitError:
        if source == "text":
            raise
        raise _parser_error(field, value) from None


def misfit(field: FieldDef, value: object) -> SaveError:
    """Return the refusal of one record whose value has another type."""
    shown = "" if value is None else value
    message = f"{field.label}: value not of required type: {shown}"
    return SaveError("INVALID_TYPE_ON_FIELD_IN_RECORD", message, (field.name,))


def _parser_error(field: FieldDef, value: object) -> OrgError:
    word = "double" if field.type in NUMBERS - {"int"} else _WORDS.get(field.type, "string")
    message = (
        f"Cannot deserialize instance of {word} from {_token(value)} "
        "or request may be missing a required field at [line:1, column:1]"
    )
    return OrgError(400, "JSON_PARSER_ERROR", message)


def _token(value: object) -> str:
    match value:
        case bool():
            return f"VALUE_{str(value).upper()} value {str(value).lower()}"
        case int():
            return f"VALUE_NUMBER_INT value {value}"
        case float() | Decimal():
            return f"VALUE_NUMBER_FLOAT value {value}"
        case dict():
            return "START_OBJECT value {"
        case list():
            return "START_ARRAY value ["
        case _:
            return f"VALUE_STRING value {value}"


def _text(_field: FieldDef, value: object, _source: Source) -> str:
    if not isinstance(value, str):
        raise MisfitError
    return value.strip()


def _flag(_field: FieldDef, value: object, source: Source) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "false": False}
    if source == "text":
        words |= {"1": True, "0": False}
    if isinstance(value, str) and value.strip().lower() in words:
        return words[value.strip().lower()]
    raise MisfitError


def _number(field: FieldDef, value: object, _source: Source) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise MisfitError
    try:
        number = Decimal(repr(value) if isinstance(value, float) else value)
    except InvalidOperation:
        raise MisfitError from None
    if not number.is_finite():
        raise MisfitError
    if field.type == "int" and number != number.to_integral_value():
        raise MisfitError
    if number.adjusted() > 30:
        return number
    return number.quantize(Decimal(1).scaleb(-field.scale), ROUND_HALF_UP) + 0


def _day(_field: FieldDef, value: object, source: Source) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise MisfitError
    text = value.strip()
    try:
        return date.fromisoformat(text[:10] if source == "text" else text)
    except ValueError:
        raise MisfitError from None


def _moment(_field: FieldDef, value: object, _source: Source) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(microsecond=0)
    match = _MOMENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise MisfitError
    zone = "+00:00" if match[2] in {None, "Z", "z"} else match[2]
    try:
        return datetime.fromisoformat(match[1] + zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise MisfitError from None


def _id(_field: FieldDef, value: object, _source: Source) -> str:
    if not isinstance(value, str):
        raise MisfitError
    return ids.full(value.strip()) or value.strip()


_PARSERS: Final[dict[str, Callable[[FieldDef, object, Source], Any]]] = {
    "boolean": _flag,
    "double": _number,
    "currency": _number,
    "percent": _number,
    "int": _number,
    "date": _day,
    "datetime": _moment,
    "id": _id,
    "reference": _id,
}


def outside(field: FieldDef, number: Decimal) -> bool:
    """Whether a number has more digits before the point than its field."""
    if field.type == "int":
        return not -_INT_LIMIT <= number < _INT_LIMIT or (
            field.digits > 0 and abs(number) >= Decimal(10) ** field.digits
        )
    return field.precision > 0 and abs(number) >= Decimal(10) ** (field.precision - field.scale)
