"""What a Tryton server says when it refuses, in the words of the border to a CRM.

Tryton answers most refusals with HTTP 200 and an `error`: the name of its class with the message,
or the text of an exception that nobody expected. Both mean that its transaction was rolled back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from leadpolicy.crm.connector import (
    AccessError,
    AddressError,
    AnswerLostError,
    BatchRefusedError,
    BusyError,
    ConnectorError,
    ThrottledError,
)

_RIGHTS: Final = "ask for the right, or log in as somebody who has it"
_NO_ACCESS: Final = "You are not allowed to access"


class ChangedMeanwhileError(ConnectorError):
    """A record was changed after it was read, and the write that relied on it was rolled back."""


def refused(error: object, place: str) -> ConnectorError:
    """Return what an `error` in an answer means."""
    kind, message = _parts(error)
    text = f"{place}: {message}"
    match kind:
        case "ConcurrencyException":
            return ChangedMeanwhileError(text)
        case "LoginException":
            return AccessError(text, "this login asks for more than a password; use another")
        case "UserError" if message.startswith(_NO_ACCESS):
            return AccessError(text, _RIGHTS)
        case _:
            return BatchRefusedError(text)


def _parts(error: object) -> tuple[str, str]:
    """Return the name of the class, empty when there is none, and the first line of the words."""
    parts: Sequence[object] = error if isinstance(error, list) else [error]
    kind = str(parts[0]) if parts else ""
    if len(parts) < 2 or kind not in _CLASSES:
        return "", _line(kind)
    words = parts[1]
    if isinstance(words, list):
        texts = [str(word) for word in words if isinstance(word, str) and word]
        words = texts[1] if kind == "UserWarning" and len(texts) > 1 else next(iter(texts), kind)
    return kind, _line(str(words))


_CLASSES: Final = frozenset({"UserError", "UserWarning", "LoginException", "ConcurrencyException"})


def _line(text: str) -> str:
    return next(iter(text.strip().splitlines()), "no reason is given")[:300]


def unserved(status: int, retry_after: str | None, place: str) -> ConnectorError:
    """Return what an HTTP status other than 200 means; 401 is somebody else's business."""
    match status:
        case 403:
            return AccessError(f"{place}: the server forbids this call", _RIGHTS)
        case 404 | 405:
            return AddressError(
                f"{place}: the server has no such database", "check the address and the database"
            )
        case 301 | 302 | 307 | 308:
            return AddressError(f"{place}: the server sends elsewhere", "write that address")
        case 413:
            return BatchRefusedError(f"{place}: the request is too large")
        case 429:
            return ThrottledError(
                f"{place}: too many calls", "wait", retry_after=_seconds(retry_after)
            )
        case 503:
            return BusyError(
                f"{place}: the server cannot serve now",
                "try again later",
                retry_after=_seconds(retry_after),
            )
        case _ if status >= 500:
            return AnswerLostError(f"{place}: the server answered with HTTP {status}")
        case _:
            return ConnectorError(f"{place}: the server answered with HTTP {status}")


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isdigit() else None
