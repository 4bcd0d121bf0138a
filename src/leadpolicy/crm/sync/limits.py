"""When the next call may go out: rate windows, and one gate that a throttled call closes."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from leadpolicy.crm.capabilities import RateWindow
from leadpolicy.crm.clock import Clock

_GUARD_SECONDS: Final = 0.05
_GUARD_SHARE: Final = 0.03
_FIRST, _LONGEST_BACKOFF = 0.5, 60.0


class Limits:
    """Keeps calls within the rate windows of a CRM.

    Each window remembers when its last calls went out. A short guard makes up for calls that
    travel at different speeds.
    """

    def __init__(self, rates: Sequence[RateWindow], clock: Clock) -> None:
        self._clock = clock
        self._logs = [(_span(rate), deque[float](maxlen=rate.calls)) for rate in rates]
        self._open_at = -math.inf

    def delay(self) -> float:
        """Return the seconds until a call may go out, 0 when it may now."""
        full = [log[0] + span for span, log in self._logs if len(log) == log.maxlen]
        return max(0.0, max([self._open_at, *full]) - self._clock.monotonic())

    def wait(self) -> None:
        """Wait until a call may go out."""
        while (seconds := self.delay()) > 0:
            self._clock.sleep(seconds)

    def log(self) -> None:
        """Note that a call goes out now."""
        now = self._clock.monotonic()
        for _, log in self._logs:
            log.append(now)

    def close(self, seconds: float) -> None:
        """Hold back every call for some seconds."""
        self._open_at = max(self._open_at, self._clock.monotonic() + seconds)


def _span(rate: RateWindow) -> float:
    return rate.seconds + min(_GUARD_SECONDS, rate.seconds * _GUARD_SHARE)


def wait_seconds(
    asked: float | None, tries: int, chance: Callable[[], float], longest: float = math.inf
) -> float:
    """Return how long to wait after the nth try: what the CRM asks for, or ever longer.

    What nobody can mean (negative, not a number) counts as not asked for.

    >>> wait_seconds(3.0, 1, lambda: 1.0), wait_seconds(1e9, 1, lambda: 1.0, longest=900.0)
    (3.0, 900.0)
    >>> [wait_seconds(None, n, lambda: 1.0) for n in (1, 2, 3)]
    [0.5, 1.0, 2.0]
    """
    if asked is not None and asked >= 0:
        return min(asked, longest)
    grown = min(_LONGEST_BACKOFF, _FIRST * 2.0 ** min(tries - 1, 30))
    return min(grown * (1 + chance()) / 2, longest)
