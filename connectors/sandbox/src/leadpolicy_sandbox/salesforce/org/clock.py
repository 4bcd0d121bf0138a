"""What time it is in the org: real time, shifted or stopped as a rehearsal needs it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def utc_now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


class Clock:
    """A source of time that can be shifted by `skew` and stopped by `freeze`."""

    def __init__(self, source: Callable[[], datetime] | None = None) -> None:
        self._source = source or utc_now
        self._frozen: datetime | None = None
        self.skew = timedelta()

    def freeze(self, moment: datetime | None) -> None:
        """Stop at a moment with a time zone; None lets time run again."""
        self._frozen = moment

    def now(self) -> datetime:
        """Return the org's moment in UTC, to the microsecond."""
        return (self._frozen or self._source()).astimezone(UTC) + self.skew

    def second(self) -> datetime:
        """Return the org's moment as records keep it, to the second."""
        return self.now().replace(microsecond=0)
