"""HTTP to the lab's CRM: one call, once, and each way it can fail in the right error class.

This is what an author of a connector would write for a CRM over HTTP. Two headers exist in the lab
alone: they let the server know that a caller has given up or ended, so that nothing takes effect
that the caller cannot know of, however slow the machine is.
"""

from __future__ import annotations

import json
import os
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from leadpolicy.crm.connector import (
    AccessError,
    AddressError,
    AnswerLostError,
    BatchRefusedError,
    BusyError,
    ColumnMissingError,
    ConnectorError,
    CursorExpiredError,
    MaintenanceError,
    QuotaError,
    ThrottledError,
)

if TYPE_CHECKING:
    import httpx

TIMEOUT: Final = 5.0
"""Seconds of real time after which an answer counts as lost."""


@contextmanager
def nothing_happened() -> Iterator[None]:
    """Turn a lost answer into a refusal, where what was sent has no effect by itself."""
    try:
        yield
    except AnswerLostError as error:
        raise BusyError(error.message, error.hint) from None


@cache
def _trusting_nobody() -> ssl.SSLContext:
    """Return what httpx wants to have; the lab speaks plain HTTP."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Wire:
    """The connection to one CRM; may be used by several threads at once."""

    def __init__(self, url: str, timeout: float = TIMEOUT) -> None:
        import httpx

        self._timeout = timeout
        self._client = httpx.Client(
            base_url=url,
            timeout=timeout,
            verify=_trusting_nobody(),
            follow_redirects=True,
            trust_env=False,
        )
        self._login = threading.Lock()
        self._token = ""

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        params: Mapping[str, str | int] | None = None,
    ) -> dict[str, Any]:
        """Make one call and return its answer; a token that has expired is renewed once."""
        token = self._token or self._renew("")
        response, data = self._send(method, path, body, params, token)
        if response.status_code == 401:
            token = self._renew(token)
            response, data = self._send(method, path, body, params, token)
        return _read(response, data)

    def close(self) -> None:
        """Let go of every connection."""
        self._client.close()

    def _renew(self, stale: str) -> str:
        """Return a token; threads that hold the same stale one renew it once."""
        with self._login:
            if self._token == stale:
                with nothing_happened():
                    response, data = self._send("POST", "token", None, None, "")
                    self._token = str(_read(response, data)["token"])
            return self._token

    def _send(
        self,
        method: str,
        path: str,
        body: object,
        params: Mapping[str, str | int] | None,
        token: str,
    ) -> tuple[httpx.Response, bytes]:
        import httpx

        deadline = time.monotonic() + self._timeout
        headers = {"X-Lab-Deadline": repr(deadline), "X-Lab-Process": str(os.getpid())}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            with self._client.stream(
                method, path, json=body, params=params, headers=headers
            ) as response:
                return response, _drained(response, deadline)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise BusyError("the CRM cannot be reached") from None
        except (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError):
            raise AnswerLostError("the answer of the CRM is lost") from None


def _drained(response: httpx.Response, deadline: float) -> bytes:
    """Read an answer to its end; one that drips in for too long is given up."""
    chunks = []
    for chunk in response.iter_raw():
        chunks.append(chunk)
        if time.monotonic() > deadline:
            raise AnswerLostError("the answer of the CRM does not come to its end")
    return b"".join(chunks)


def _read(response: httpx.Response, data: bytes) -> dict[str, Any]:
    if not response.is_success:
        raise _refused(response, data)
    return _parsed(data)


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(data)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise AnswerLostError("the answer of the CRM cannot be read")
    return answer


def _refused(response: httpx.Response, data: bytes) -> ConnectorError:
    try:
        body = json.loads(data)
        code, message = str(body["error"]), str(body["message"])
    except (ValueError, KeyError, TypeError):
        code, message = "", f"status {response.status_code}"
    return _refusal(response, code, message)


def _refusal(response: httpx.Response, code: str, message: str) -> ConnectorError:
    match response.status_code, code:
        case 401 | 403, _:
            return AccessError(f"the CRM refuses the login: {message}")
        case 429, "daily_limit":
            return QuotaError(message, resets_at=_instant(response.headers.get("X-Resets-At")))
        case 429, _:
            return ThrottledError(message, retry_after=retry_after(response.headers))
        case 503, _:
            return MaintenanceError(message, retry_after=retry_after(response.headers))
        case 409, _:
            return BusyError(message)
        case 410, _:
            return CursorExpiredError(message)
        case 422, _:
            return BatchRefusedError(message)
        case 400, "no_column":
            return ColumnMissingError(message)
        case 404, _:
            return AddressError(message)
        case status, _ if status >= 500:
            return AnswerLostError(f"the CRM broke: {message}")
    return ConnectorError(f"the CRM refuses: {message}")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that `Retry-After` asks to wait, or None; a date counts from `Date`.

    >>> retry_after({"Retry-After": "7"})
    7.0
    >>> retry_after({"Retry-After": "soon"}) is None
    True
    >>> moment = "Mon, 02 Mar 2026 08:00:"
    >>> retry_after({"Retry-After": f"{moment}09 GMT", "Date": f"{moment}05 GMT"})
    4.0
    """
    text = headers.get("Retry-After", "")
    try:
        return max(float(text), 0.0)
    except ValueError:
        pass
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(headers["Date"])
    except (ValueError, TypeError, KeyError):
        return None
    return max(wait.total_seconds(), 0.0)


def _instant(text: str | None) -> datetime | None:
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return None
