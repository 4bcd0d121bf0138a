"""Record ids: fifteen characters that heed case, and three that tell which are capitals."""

from __future__ import annotations

from typing import Final

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SUFFIX: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_INSTANCE: Final = "Lp0"
SHORT: Final = 15
LONG: Final = 18


def make(prefix: str, number: int) -> str:
    """Return the id of 18 characters that an object's key prefix and a count make.

    >>> make("00Q", 1)
    '00QLp0000000001MAA'
    """
    digits = ""
    for _ in range(9):
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    short = prefix + _INSTANCE + digits
    return short + suffix(short)


def suffix(short: str) -> str:
    """Return the three characters that tell which of fifteen are capitals.

    >>> suffix("001D000000IqhSL")
    'IAZ'
    """
    return "".join(_check(short[start : start + 5]) for start in (0, 5, 10))


def _check(part: str) -> str:
    return _SUFFIX[sum(1 << place for place, sign in enumerate(part) if "A" <= sign <= "Z")]


def full(text: str) -> str | None:
    """Return an id of 15 or 18 characters in its 18, or None when it is not one.

    An id of 18 characters may have lost its case; the last three bring it back.
    """
    if not text.isascii() or not text.isalnum():
        return None
    if len(text) == SHORT:
        return text + suffix(text)
    if len(text) != LONG:
        return None
    if suffix(text[:SHORT]) == text[SHORT:]:
        return text
    return _restored(text)


def _restored(text: str) -> str | None:
    short = ""
    for block in range(3):
        mark = _SUFFIX.find(text[SHORT + block].upper())
        if mark < 0:
            return None
        for place, sign in enumerate(text[block * 5 : block * 5 + 5]):
            short += sign.upper() if mark >> place & 1 else sign.lower()
    long = short + suffix(short)
    return long if long[SHORT:] == text[SHORT:].upper() else None
