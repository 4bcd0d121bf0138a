"""Functions on dates and moments."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final

from leadpolicy_sandbox.formula.model import Call, EvaluationError, Scope, Value
from leadpolicy_sandbox.formula.registry import Part, Site, expect, simple, special

_DATE: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_MOMENT: Final = re.compile(_DATE.pattern + r" (\d{1,2}):(\d{1,2}):(\d{1,2})")
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)


@special("TODAY", 0, 0)
def _today(call: Call, _parts: list[Part], _site: Site) -> Part:
    return Part("date", call, lambda scope: scope.now.astimezone(scope.zone).date())


@special("NOW", 0, 0)
def _now(call: Call, _parts: list[Part], _site: Site) -> Part:
    return Part("datetime", call, lambda scope: scope.now)


@simple("DATE", "number", "number", "number", result="date")
def make_date(year: Decimal, month: Decimal, day: Decimal) -> date:
    try:
        return date(int(year), int(month), int(day))
    except (ValueError, OverflowError):
        raise EvaluationError(f"there is no date {year}-{month}-{day}") from None


@special("DATEVALUE", 1, 1)
def _datevalue(call: Call, parts: list[Part], _site: Site) -> Part:
    expect(parts[0], "text", "date", "datetime", function="DATEVALUE")
    asked = parts[0].run

    def run(scope: Scope) -> Value:
        value = asked(scope)
        if isinstance(value, datetime):
            return value.astimezone(scope.zone).date()
        return _date_of(value) if isinstance(value, str) else value

    return Part("date", call, run)


def _date_of(text: str) -> date | None:
    if not text:
        return None
    found = _DATE.fullmatch(text.strip())
    if found is None:
        raise EvaluationError(f"'{text}' is not a date")
    return make_date(*map(Decimal, found.groups()))  # type: ignore[return-value]


@simple("DATETIMEVALUE", "text|date|datetime", result="datetime")
def to_moment(value: str | date | datetime) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not value:
        return None
    found = _MOMENT.fullmatch(value.strip())
    try:
        if found is not None:
            return datetime(*map(int, found.groups()), tzinfo=UTC)  # type: ignore[arg-type, misc]
    except ValueError:
        pass
    raise EvaluationError(f"'{value}' is not a date with a time")


@special("ADDMONTHS", 2, 2)
def _addmonths(call: Call, parts: list[Part], _site: Site) -> Part:
    expect(parts[0], "date", "datetime", function="ADDMONTHS")
    expect(parts[1], "number", function="ADDMONTHS")
    asked, months = parts[0].run, parts[1].run

    def run(scope: Scope) -> Value:
        value, count = asked(scope), months(scope)
        if isinstance(value, date) and isinstance(count, Decimal):
            return _months_later(value, int(count))
        return None

    return Part(parts[0].type, call, run)


def _months_later(value: date, months: int) -> date:
    """Add months; the last day of a month leads to the last day of another."""
    year, month = divmod(value.year * 12 + value.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    is_last = value.day == monthrange(value.year, value.month)[1]
    return value.replace(year=year, month=month + 1, day=last if is_last else min(value.day, last))


@simple("YEAR", "date", result="number")
def year_of(value: date) -> Decimal:
    return Decimal(value.year)


@simple("MONTH", "date", result="number")
def month_of(value: date) -> Decimal:
    return Decimal(value.month)


@simple("DAY", "date", result="number")
def day_of(value: date) -> Decimal:
    return Decimal(value.day)


@simple("WEEKDAY", "date", result="number")
def weekday_of(value: date) -> Decimal:
    return Decimal(value.isoweekday() % 7 + 1)


@simple("DAYOFYEAR", "date", result="number")
def day_of_year(value: date) -> Decimal:
    return Decimal(value.timetuple().tm_yday)


@simple("ISOWEEK", "date|datetime", result="number")
def iso_week(value: date) -> Decimal:
    return Decimal(value.isocalendar().week)


@simple("ISOYEAR", "date|datetime", result="number")
def iso_year(value: date) -> Decimal:
    return Decimal(value.isocalendar().year)


@simple("UNIXTIMESTAMP", "date|datetime", result="number")
def unix_time(value: date) -> Decimal:
    moment = value if isinstance(value, datetime) else to_moment(value)
    assert isinstance(moment, datetime)  # noqa: S101 - a date always has a midnight
    return Decimal((moment - _START) // timedelta(seconds=1))


@simple("FROMUNIXTIME", "number", result="datetime")
def from_unix_time(seconds: Decimal) -> datetime:
    return _START + timedelta(seconds=int(seconds))
