"""Instants: shifted without leaving the calendar, and the starts of days in a time zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TypeVar

FIRST = datetime.min.replace(tzinfo=UTC) + timedelta(days=2)
LAST = datetime.max.replace(tzinfo=UTC) - timedelta(days=2)
"""The outermost instants that every time zone can write."""

T = TypeVar("T", date, datetime)


def shifted(moment: T, by: timedelta) -> T | None:
    """Return a day or instant shifted; None where it would leave the calendar."""
    try:
        return moment + by
    except OverflowError:
        return None


def required(at: object, name: str) -> datetime:
    """Return an instant in UTC; raises ValueError for anything but an aware instant."""
    if not isinstance(at, datetime) or at.utcoffset() is None:
        shown = at.isoformat() if isinstance(at, date) else type(at).__name__
        raise ValueError(f"`{name}` needs an instant with a time zone, not {shown}")
    if not FIRST <= at <= LAST:
        raise ValueError(f"`{name}` lies outside the calendar: {at.isoformat()}")
    return at.astimezone(UTC)


def day_starts(day: date, zone: tzinfo) -> Iterator[datetime]:
    """Yield every instant at which a day can begin in a time zone, in UTC.

    A day begins where the clock shows midnight, once or twice, or where the clock is put on or
    back around it; some of these instants may lie inside the day or before it.

    >>> from zoneinfo import ZoneInfo
    >>> [str(start) for start in day_starts(date(2026, 3, 30), ZoneInfo("Europe/Berlin"))]
    ['2026-03-29 22:00:00+00:00']
    """
    midnight = datetime.combine(day, time.min, tzinfo=zone)
    starts = {midnight.replace(fold=fold).astimezone(UTC) for fold in (0, 1)}
    starts.update(_clock_change(min(starts) - _NIGHT, max(starts) + _NIGHT, zone))
    yield from sorted(starts)


_NIGHT = timedelta(hours=12)
_SECOND = timedelta(seconds=1)


def _clock_change(start: datetime, end: datetime, zone: tzinfo) -> Iterator[datetime]:
    """Yield the instant between two others at which the offset of the zone changes."""
    before = start.astimezone(zone).utcoffset()
    if before == end.astimezone(zone).utcoffset():
        return
    while end - start > _SECOND:
        middle = start + (end - start) // (2 * _SECOND) * _SECOND
        if middle.astimezone(zone).utcoffset() == before:
            start = middle
        else:
            end = middle
    yield end
