"""A clock on which waiting takes almost no time."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Final

from leadpolicy.crm.clock import Clock

START: Final = datetime(2026, 11, 2, 9, tzinfo=UTC)
_YIELD: Final = 0.002


class QuickClock:
    """A clock that moves only when somebody sleeps; each sleep lets other threads run."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._elapsed = 0.0
        self._lock: Final = threading.Lock()

    def now(self) -> datetime:
        """Return the present instant of this clock in UTC."""
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        """Return the seconds slept so far."""
        return self._elapsed

    def sleep(self, seconds: float) -> None:
        """Move the clock."""
        if seconds > 0:
            with self._lock:
                self._elapsed += seconds
            time.sleep(min(seconds, _YIELD))


class JumpyClock:
    """A clock whose wall can be set forwards and backwards while its seconds go on."""

    def __init__(self, inner: Clock) -> None:
        self._inner: Final = inner
        self._offset = timedelta()

    def now(self) -> datetime:
        """Return what the wall shows."""
        return self._inner.now() + self._offset

    def monotonic(self) -> float:
        """Return the seconds of the clock behind."""
        return self._inner.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait by the clock behind."""
        self._inner.sleep(seconds)

    def jump(self, hours: float) -> None:
        """Set the wall clock forwards, or backwards below 0."""
        self._offset += timedelta(hours=hours)
