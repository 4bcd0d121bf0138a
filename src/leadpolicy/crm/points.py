"""The points of a run at which its process may end, so that tests can end it right there."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TypeAlias


class Point(StrEnum):
    """Where a run is; a kill at any of them loses nothing and doubles nothing."""

    CLAIMED = "claimed"
    """Rows are claimed and their intent is committed; nothing is sent."""
    ANSWERED = "answered"
    """The CRM has answered; nothing of the answer is committed."""
    SETTLING = "settling"
    """Inside the local transaction that keeps the answer."""
    SETTLED = "settled"
    """The answer is committed."""
    PULLED = "pulled"
    """A page has been read; nothing of it is committed."""
    RECEIVING = "receiving"
    """Inside the local transaction that keeps a page and its cursor."""
    RECEIVED = "received"
    """The page and its cursor are committed."""
    INTENDED = "intended"
    """The intent to change one part is committed; the CRM is not asked yet."""
    CHANGED = "changed"
    """The CRM has made the change; that is not committed."""
    NOTED = "noted"
    """The change is noted as made."""
    CONFIRMED = "confirmed"
    """The CRM was read back; the version is not committed as applied."""
    APPLIED = "applied"
    """The version is committed as applied."""


Probe: TypeAlias = Callable[[Point], object]


def unprobed(_point: Point) -> None:
    """Go on."""
