"""Values as Tryton writes them in JSON, both ways; instants are UTC on both sides."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

_INSTANT: Final = ("year", "month", "day", "hour", "minute", "second", "microsecond")
_CLASSES: Final[Mapping[str, Callable[[Mapping[str, Any]], object]]] = {
    "datetime": lambda data: datetime(**{name: data[name] for name in _INSTANT}, tzinfo=UTC),
    "date": lambda data: date(data["year"], data["month"], data["day"]),
    "time": lambda data: time(data["hour"], data["minute"], data["second"], data["microsecond"]),
    "timedelta": lambda data: timedelta(seconds=data["seconds"]),
    "Decimal": lambda data: Decimal(data["decimal"]),
    "bytes": lambda data: base64.b64decode(data["base64"]),
}


def dumps(value: object) -> bytes:
    """Return a value as JSON; instants need a time zone.

    >>> dumps(Decimal("0.10"))
    b'{"__class__":"Decimal","decimal":"0.10"}'
    """
    return json.dumps(value, default=_to_data, separators=(",", ":")).encode()


def loads(text: bytes) -> Any:
    """Return the value that JSON stands for; raises ValueError when it is none.

    >>> loads(b'{"__class__":"Decimal","decimal":"0.10"}')
    Decimal('0.10')
    """
    try:
        return json.loads(text, object_hook=_to_value)
    except (KeyError, TypeError, ArithmeticError) as error:
        raise ValueError("a value is not written as Tryton writes it") from error


def _to_value(data: dict[str, Any]) -> object:
    made = _CLASSES.get(data.get("__class__", ""))
    return data if made is None else made(data)


def _to_data(value: object) -> dict[str, object]:
    if isinstance(value, datetime) and value.tzinfo is not None:
        utc = value.astimezone(UTC)
        return {"__class__": "datetime", **{name: getattr(utc, name) for name in _INSTANT}}
    if isinstance(value, Decimal):
        return {"__class__": "Decimal", "decimal": str(value)}
    raise TypeError(f"a value of type {type(value).__name__} cannot be sent")
