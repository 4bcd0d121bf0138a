"""The horizon: until when a decision holds if nothing new becomes known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Final

MOST_LOOKS: Final = 2_000
"""So many instants are looked at; then the last one stands for those after it."""


def first_change(
    candidates: Iterator[datetime],
    deadlines: Iterable[datetime],
    at: datetime,
    differs: Callable[[datetime], bool],
) -> datetime | None:
    """Return the first instant after `at` at which something differs; None if nothing ever does.

    `candidates` come in order. Where nothing differs at `MOST_LOOKS` of them although more would
    follow, the last one looked at is returned: nothing changes before it, and perhaps not at it.
    """
    pending = sorted(item for item in deadlines if item > at)
    instants = _each_once(merge(candidates, pending))
    looked: datetime | None = None
    for instant in islice(instants, MOST_LOOKS):
        if differs(instant):
            return instant
        looked = instant
    return None if next(instants, None) is None else looked


def _each_once(instants: Iterable[datetime]) -> Iterator[datetime]:
    last: datetime | None = None
    for instant in instants:
        if instant != last:
            yield instant
            last = instant
