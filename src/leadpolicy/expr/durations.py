"""Durations: how a policy writes them in expressions and in documents.

A duration is a whole, positive number of minutes, at most a century. Months and years are not
durations, because their length depends on the calendar.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

UNITS: Final = {
    "weeks": timedelta(weeks=1),
    "days": timedelta(days=1),
    "hours": timedelta(hours=1),
    "minutes": timedelta(minutes=1),
}
"""The units of a duration, from the largest to the smallest."""

LONGEST: Final = timedelta(days=36_525)
_WRITTEN: Final = re.compile(r"\s*([0-9]{1,9})\s*(week|day|hour|minute)s?\s*")


def parse_duration(text: str) -> timedelta | None:
    """Read a duration such as `90 days` or `1 week`; None where the text is not one.

    >>> parse_duration("90 days")
    datetime.timedelta(days=90)
    >>> parse_duration("3 months") is None
    True
    """
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    return duration_of(int(found[1]), found[2] + "s")


def duration_of(amount: int, unit: str) -> timedelta | None:
    """Return an amount of `weeks`, `days` …; None if it is not positive or over a century."""
    length = UNITS[unit]
    if amount < 1 or amount > LONGEST // length:
        return None
    return amount * length


def checked_duration(value: object) -> timedelta:
    """Return a duration that a policy can have.

    Raises TypeError for what is not a timedelta and ValueError for one that is not a positive,
    whole number of minutes up to a century.
    """
    if not isinstance(value, timedelta):
        name = type(value).__name__
        raise TypeError(f"a duration such as `days(90)` is needed, not {name} `{value!r}`")
    if not timedelta(0) < value <= LONGEST or value % UNITS["minutes"]:
        raise ValueError(f"a duration is 1 minute to a century, in whole minutes, not {value}")
    return value


def in_largest_unit(duration: timedelta) -> tuple[int, str]:
    """Return the amount and the largest unit that express a duration exactly.

    Raises ValueError for a duration that is not a whole number of minutes.

    >>> in_largest_unit(timedelta(hours=48))
    (2, 'days')
    """
    for unit, length in UNITS.items():
        amount, rest = divmod(duration, length)
        if not rest and (amount or unit == "minutes"):
            return amount, unit
    raise ValueError(f"a duration is a whole number of minutes, not {duration}")


def format_duration(duration: timedelta) -> str:
    """Write a duration in its largest exact unit, as `parse_duration` reads it.

    Raises ValueError for a duration that is not a whole number of minutes.

    >>> format_duration(timedelta(days=1)), format_duration(timedelta(days=90))
    ('1 day', '90 days')
    """
    amount, unit = in_largest_unit(duration)
    return f"{amount} {unit[:-1] if amount == 1 else unit}"
