"""Ids of records: 15 characters in which case counts, or 18 that also hold without it."""

from __future__ import annotations

import re
from typing import Final

_ID: Final = re.compile(r"[A-Za-z0-9]{15}([A-Z0-5]{3})?", re.ASCII | re.IGNORECASE)
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def long_id(text: str) -> str | None:
    """Return an Id with its 18 characters, or None for what can be none.

    >>> long_id("00Q000000000001")
    '00Q000000000001EAA'
    >>> long_id("nobody") is None
    True
    """
    if not _ID.fullmatch(text):
        return None
    short = text[:15]
    whole = short + "".join(_check(short[place : place + 5]) for place in (0, 5, 10))
    return whole if len(text) == 15 or text == whole else None


def _check(part: str) -> str:
    return _LETTERS[sum(1 << place for place, letter in enumerate(part) if letter.isupper())]
