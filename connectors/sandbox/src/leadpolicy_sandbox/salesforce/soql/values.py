"""Values of fields: the families they belong to, how they compare and how they go over the wire."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias

from leadpolicy_sandbox.salesforce.org.ids import full
from leadpolicy_sandbox.salesforce.org.schema import FieldDef

Key: TypeAlias = Callable[[Any], Any]
NUMBERS: Final = frozenset({"int", "long", "double", "currency", "percent"})
IDS: Final = frozenset({"id", "reference"})
_WHOLE: Final = frozenset({"int", "long"})


def family(field: FieldDef) -> str:
    """Return `number`, `boolean`, `date`, `datetime`, `id` or `text`."""
    if field.type in NUMBERS:
        return "number"
    if field.type in IDS:
        return "id"
    return field.type if field.type in {"boolean", "date", "datetime"} else "text"


def key(field: FieldDef) -> Key:
    """Return what makes values of a field equal to those that Salesforce holds for equal."""
    kind = family(field)
    if kind == "id":
        return _id
    if kind == "text" and not field.case_sensitive:
        return _folded
    return _same


def rank(field: FieldDef) -> Key:
    """Return what values of a field are sorted by, blanks apart: picklists by their own order."""
    if field.type == "picklist" and field.values:
        places = {value.name: place for place, value in enumerate(field.values)}
        return lambda value: (places.get(value, len(places)), str(value).casefold())
    return _folded if family(field) == "text" else _same


def _same(value: Any) -> Any:
    return value


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _id(value: Any) -> Any:
    return full(value) or value if isinstance(value, str) else value


def on_wire(value: Any, kind: str = "") -> Any:
    """Return a stored value as JSON has it; `kind` is the type of its field.

    >>> on_wire(Decimal("23"), "double"), on_wire(Decimal("23"), "int")
    (23.0, 23)
    >>> on_wire(datetime(2026, 3, 2, 8, 0, tzinfo=UTC))
    '2026-03-02T08:00:00.000+0000'
    """
    if isinstance(value, Decimal):
        return int(value) if kind in _WHOLE else float(value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


def moment(value: datetime) -> str:
    """Return a moment as the API writes it, in UTC with milliseconds."""
    utc = value.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}+0000"
