"""Clocks for code that must be told what time it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Anything that says what time it is."""

    def now(self) -> datetime:
        """Return the present instant, with a time zone."""
        ...


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that always shows the same instant; a naive `instant` raises `ValueError`.

    >>> from datetime import UTC, datetime
    >>> FixedClock(datetime(2026, 11, 1, tzinfo=UTC)).now().isoformat()
    '2026-11-01T00:00:00+00:00'
    """

    instant: datetime

    def __post_init__(self) -> None:
        if self.instant.utcoffset() is None:
            raise ValueError(f"`instant` needs a time zone: {self.instant.isoformat()}")

    def now(self) -> datetime:
        """Return the fixed instant."""
        return self.instant
