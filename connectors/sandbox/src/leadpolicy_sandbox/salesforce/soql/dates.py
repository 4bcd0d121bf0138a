"""Date literals such as `LAST_N_DAYS:30`, as the days that they span; weeks begin on Sunday."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

_DAYS: Final = {"YESTERDAY": -1, "TODAY": 0, "TOMORROW": 1}
_UNIT: Final = "DAY|WEEK|MONTH|QUARTER|YEAR|FISCAL_QUARTER|FISCAL_YEAR"
_ONE: Final = re.compile(rf"(LAST|THIS|NEXT)_(?!DAY)({_UNIT})")
_MANY: Final = re.compile(rf"(LAST|NEXT)_N_({_UNIT})S")
_AGO: Final = re.compile(rf"N_({_UNIT})S_AGO")
_NINETY: Final = re.compile(r"(LAST|NEXT)_90_DAYS")
_MONTHS: Final = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}


def is_span(word: str, *, counted: bool) -> bool:
    """Tell whether a word, with a count or without, is a date literal.

    >>> is_span("last_week", counted=False), is_span("last_week", counted=True)
    (True, False)
    """
    text = word.upper()
    if counted:
        return bool(_MANY.fullmatch(text) or _AGO.fullmatch(text))
    return text in _DAYS or bool(_ONE.fullmatch(text) or _NINETY.fullmatch(text))


def days(word: str, count: int, today: date) -> tuple[date, date]:
    """Return the first day of a date literal and the first day after it.

    >>> first, end = days("THIS_QUARTER", 0, date(2026, 5, 20))
    >>> first.isoformat(), end.isoformat()
    ('2026-04-01', '2026-07-01')
    """
    if word in _DAYS:
        first = today + timedelta(_DAYS[word])
        return first, first + timedelta(1)
    if found := _NINETY.fullmatch(word):
        return _several(found[1], "DAY", 90, today)
    if found := _MANY.fullmatch(word):
        return _several(found[1], _plain(found[2]), count, today)
    if found := _AGO.fullmatch(word):
        unit = _plain(found[1])
        return _shifted(unit, today, -count), _shifted(unit, today, 1 - count)
    way, _, unit = word.partition("_")
    step = {"LAST": -1, "THIS": 0, "NEXT": 1}[way]
    return _shifted(_plain(unit), today, step), _shifted(_plain(unit), today, step + 1)


def _several(way: str, unit: str, count: int, today: date) -> tuple[date, date]:
    if way == "NEXT":
        return _shifted(unit, today, 1), _shifted(unit, today, 1 + count)
    end = 1 if unit == "DAY" else 0
    return _shifted(unit, today, -count), _shifted(unit, today, end)


def _plain(unit: str) -> str:
    return unit.removeprefix("FISCAL_")


def _shifted(unit: str, today: date, steps: int) -> date:
    """Return the first day of the unit that is so many units away from today's."""
    if unit == "DAY":
        return today + timedelta(steps)
    if unit == "WEEK":
        return today - timedelta(today.isoweekday() % 7) + timedelta(weeks=steps)
    size = _MONTHS[unit]
    month = (today.year * 12 + today.month - 1) // size * size + steps * size
    return date(month // 12, month % 12 + 1, 1)
