"""When German business happens: weekdays, office hours, summer and Christmas."""

from __future__ import annotations

from bisect import bisect
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

BERLIN: Final = ZoneInfo("Europe/Berlin")

_WEEKDAYS: Final = (1.0, 1.15, 1.1, 1.0, 0.7, 0.07, 0.08)
_FIXED_HOLIDAYS: Final = {(1, 1), (5, 1), (10, 3), (12, 24), (12, 25), (12, 26), (12, 31)}
_OFFICE_HOURS: Final = (7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18)
_OFFICE_WEIGHTS: Final = (0.3, 1.0, 1.8, 2.2, 2.0, 0.8, 1.2, 1.9, 1.8, 1.4, 0.8, 0.3)
_OFF_HOURS: Final = (19, 20, 21, 22)
_OFF_HOURS_SHARE: Final = 0.06


def busyness(day: date) -> float:
    """Return how busy a calendar day is, 1.0 being a plain Monday.

    >>> busyness(date(2026, 3, 2)), busyness(date(2026, 12, 25)), busyness(date(2026, 8, 3))
    (1.0, 0.03, 0.6)
    """
    if (day.month, day.day) in _FIXED_HOLIDAYS:
        return 0.03
    weight = _WEEKDAYS[day.weekday()]
    if (day.month, day.day) >= (12, 20) or (day.month, day.day) <= (1, 6):
        return weight * 0.25
    if (7, 20) <= (day.month, day.day) <= (8, 31):
        return weight * 0.6
    return weight


class Season:
    """The days between two instants, ready to draw moments from by how busy they are."""

    def __init__(self, since: datetime, until: datetime) -> None:
        self.since = since
        self.until = until
        first = since.astimezone(BERLIN).date()
        count = (until.astimezone(BERLIN).date() - first).days + 1
        self._days = [first + timedelta(days=offset) for offset in range(count)]
        self._weights = list(accumulate(busyness(day) for day in self._days))

    def day(self, rng: Random) -> date:
        """Draw a day, busy days more often."""
        place = bisect(self._weights, rng.random() * self._weights[-1])
        return self._days[min(place, len(self._days) - 1)]


def moment(rng: Random, day: date) -> datetime:
    """Return an instant on that day in Berlin, mostly in office hours, as UTC."""
    if rng.random() < _OFF_HOURS_SHARE:
        hour = rng.choice(_OFF_HOURS)
    else:
        hour = rng.choices(_OFFICE_HOURS, _OFFICE_WEIGHTS)[0]
    clock = time(hour, rng.randrange(60), rng.randrange(60), tzinfo=BERLIN)
    return datetime.combine(day, clock).astimezone(UTC)


def business_moment(rng: Random, after: datetime, *, days: float) -> datetime:
    """Return an instant in office hours about so many days after another, never before it."""
    target = (after + timedelta(days=days)).astimezone(BERLIN)
    day = target.date()
    while busyness(day) < 0.1:
        day += timedelta(days=1)
    if day == target.date() and 8 <= target.hour < 18:
        return target.astimezone(UTC)
    if day == target.date() and target.hour >= 18:
        day = _next_working_day(day)
    clock = time(rng.randrange(8, 12), rng.randrange(60), rng.randrange(60), tzinfo=BERLIN)
    return datetime.combine(day, clock).astimezone(UTC)


def _next_working_day(day: date) -> date:
    day += timedelta(days=1)
    while busyness(day) < 0.1:
        day += timedelta(days=1)
    return day
