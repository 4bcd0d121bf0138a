"""What time it is, and waiting: the only place where a sync meets the clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits; the wall clock may jump, the monotonic one may not."""

    def now(self) -> datetime:
        """Return the present instant in UTC."""

    def monotonic(self) -> float:
        """Return seconds since some moment; only differences mean something."""

    def sleep(self, seconds: float) -> None:
        """Wait; nothing at all for 0 and less."""


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """Return the present instant in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds since the machine started, as far as it tells."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        if seconds > 0:
            time.sleep(seconds)
