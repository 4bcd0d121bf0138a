"""Time that passes only when somebody waits, shared by every process of an experiment.

Waiting costs nothing, so that an hour of backing off is tested in no time, and nothing depends on
how fast a machine is.
"""

from __future__ import annotations

import mmap
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

_START: Final = datetime(2026, 3, 2, 8, tzinfo=UTC).timestamp()
_SIZE: Final = 8


class SharedTime:
    """Seconds in a small file, which every process that opens it sees at once."""

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDWR)
        try:
            self._map = mmap.mmap(descriptor, _SIZE)
        finally:
            os.close(descriptor)
        self._cell = memoryview(self._map).cast("d")

    @classmethod
    def create(cls, path: Path) -> SharedTime:
        """Make the file; its time begins on a Monday morning."""
        path.write_bytes(bytes(_SIZE))
        time = cls(path)
        time.reach(_START)
        return time

    @property
    def seconds(self) -> float:
        """The time as seconds since 1970 (UTC)."""
        return self._cell[0]

    def reach(self, seconds: float) -> None:
        """Let the time be at least this; it never goes back."""
        self._cell[0] = max(self._cell[0], seconds)

    def pass_by(self, seconds: float) -> None:
        """Let some seconds pass."""
        self.reach(self._cell[0] + seconds)

    def close(self) -> None:
        """Let go of the file."""
        self._cell.release()
        self._map.close()


class LabClock:
    """A clock over shared time whose wall clock may be wrong by `skew` seconds."""

    def __init__(self, time: SharedTime, skew: float = 0.0) -> None:
        self._time = time
        self.skew = skew

    def now(self) -> datetime:
        """Return the instant that this machine believes in, in UTC."""
        instant = datetime.fromtimestamp(self._time.seconds, UTC)
        return instant + timedelta(seconds=self.skew)

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return self._time.seconds

    def sleep(self, seconds: float) -> None:
        """Let the time pass, at once."""
        if seconds > 0:
            self._time.pass_by(seconds)
