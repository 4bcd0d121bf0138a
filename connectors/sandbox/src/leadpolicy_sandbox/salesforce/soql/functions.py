"""Functions of one value, such as `toLabel(Status)` and `CALENDAR_MONTH(CreatedDate)`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from leadpolicy_sandbox.salesforce.org.schema import FieldDef
from leadpolicy_sandbox.salesforce.soql.scope import Read

AGGREGATES: Final = frozenset({"COUNT", "COUNT_DISTINCT", "MIN", "MAX", "SUM", "AVG"})
_PARTS: Final[Mapping[str, Callable[[date], int]]] = {
    "CALENDAR_MONTH": lambda day: day.month,
    "CALENDAR_QUARTER": lambda day: (day.month + 2) // 3,
    "CALENDAR_YEAR": lambda day: day.year,
    "FISCAL_MONTH": lambda day: day.month,
    "FISCAL_QUARTER": lambda day: (day.month + 2) // 3,
    "FISCAL_YEAR": lambda day: day.year,
    "DAY_IN_MONTH": lambda day: day.day,
    "DAY_IN_WEEK": lambda day: day.isoweekday() % 7 + 1,
    "DAY_IN_YEAR": lambda day: day.timetuple().tm_yday,
    "WEEK_IN_MONTH": lambda day: (day.day + 6) // 7,
    "WEEK_IN_YEAR": lambda day: (day.timetuple().tm_yday + 6) // 7,
    "HOUR_IN_DAY": lambda day: day.hour if isinstance(day, datetime) else 0,
}
KNOWN: Final = frozenset(_PARTS) | {"TOLABEL", "DAY_ONLY", "CONVERTTIMEZONE", "CONVERTCURRENCY"}
"""Functions of one value, in upper case."""


def applied(name: str, field: FieldDef, read: Read, zone: ZoneInfo) -> tuple[FieldDef, Read]:
    """Return the type and the reader of a known function of a field.

    Parts of a moment are those of UTC, unless `convertTimezone` stands within.
    """
    if name == "TOLABEL":
        labels = {value.name: value.label for value in field.values}
        return FieldDef(field.name, "string", field.label), _mapped(read, labels)
    if name == "CONVERTTIMEZONE":
        return field, lambda row: _local(read(row), zone)
    if name == "CONVERTCURRENCY":
        return field, read
    if name == "DAY_ONLY":
        return FieldDef(field.name, "date", field.label), lambda row: _day(read(row))
    part = _PARTS[name]

    def number(row: Any) -> Decimal | None:
        value = read(row)
        return None if value is None else Decimal(part(value))

    return FieldDef(field.name, "int", field.label), number


def _mapped(read: Read, labels: Mapping[str, str]) -> Read:
    def label(row: Any) -> Any:
        value = read(row)
        return labels.get(value, value)

    return label


def _local(value: Any, zone: ZoneInfo) -> Any:
    return value.astimezone(zone) if isinstance(value, datetime) else value


def _day(value: Any) -> Any:
    return value.date() if isinstance(value, datetime) else value
