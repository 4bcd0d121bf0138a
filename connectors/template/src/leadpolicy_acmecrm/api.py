"""The CRM's HTTP interface: one call, once, and every way it can fail in the right error class.

What matters is whether the call may have taken effect. `BusyError` says that it has not, and the
core sends it again; `AnswerLostError` says that nobody knows, and the core looks it up first.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from threading import Lock
from time import monotonic
from typing import Any, Final, NoReturn

import httpx
from leadpolicy.crm.connector import (
    AccessError,
    AddressError,
    AnswerLostError,
    BatchRefusedError,
    BusyError,
    ColumnMissingError,
    ConnectorError,
    MaintenanceError,
    QuotaError,
    ThrottledError,
)

PASSWORD: Final = "ACMECRM_PASSWORD"
"""The environment variable that holds the password, so that it stands in no file."""


class Api:
    """The calls of one login; a session that has ended is renewed once. Threads may share it."""

    def __init__(self, url: str, user: str, timeout: float, password: str | None) -> None:
        self._login = {"user": user, "password": password or os.environ.get(PASSWORD, "")}
        self._timeout = timeout
        self._client = httpx.Client(
            base_url=url,
            timeout=timeout,
            headers={"User-Agent": f"leadpolicy-acmecrm/{version('leadpolicy-acmecrm')}"},
        )
        self._renewing = Lock()
        self._token = ""

    def call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Make one call and return what the CRM answers."""
        token = self._token or self._renew("")
        response = self._send(method, path, body, token)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            response = self._send(method, path, body, self._renew(token))
        return _read(response)

    def close(self) -> None:
        """Let go of every connection."""
        self._client.close()

    def _renew(self, stale: str) -> str:
        with self._renewing:
            if self._token == stale:
                try:
                    self._token = str(_read(self._send("POST", "token", self._login, ""))["token"])
                except AnswerLostError as error:
                    raise BusyError(error.message) from None  # a login changes nothing
            return self._token

    def _send(self, method: str, path: str, body: object, token: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        request = self._client.build_request(method, path, json=body, headers=headers)
        try:
            return self._answered(request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise BusyError("the CRM cannot be reached", "check the address") from None
        except httpx.InvalidURL:
            raise AddressError("the address of the CRM cannot be read") from None
        except httpx.TransportError:
            raise AnswerLostError("the answer of the CRM is lost") from None

    def _answered(self, request: httpx.Request) -> httpx.Response:
        """Return a whole answer; one that drips in for longer than the timeout is lost."""
        deadline = monotonic() + self._timeout
        response = self._client.send(request, stream=True)
        try:
            chunks = []
            for chunk in response.iter_raw():
                chunks.append(chunk)
                if monotonic() > deadline:
                    raise httpx.ReadTimeout("the answer does not come to its end")
        finally:
            response.close()
        return httpx.Response(
            response.status_code, headers=response.headers, content=b"".join(chunks)
        )


def _read(response: httpx.Response) -> dict[str, Any]:
    if not response.is_success:
        _refuse(response)
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise AnswerLostError("the answer of the CRM cannot be read")
    return answer


def _refuse(response: httpx.Response) -> NoReturn:
    try:
        body = response.json()
        code, message = str(body["error"]), str(body["message"])
    except (ValueError, KeyError, TypeError):
        code, message = "", f"status {response.status_code}"
    raise _refusal(response, code, message)


def _refusal(response: httpx.Response, code: str, message: str) -> ConnectorError:
    wait = _retry_after(response.headers)
    match response.status_code, code:
        case 401 | 403, _:
            return AccessError(f"the CRM refuses the login: {message}", f"check {PASSWORD}")
        case 429, "daily_limit":
            return QuotaError(message)
        case 429, _:
            return ThrottledError(message, retry_after=wait)
        case 503, _:
            return MaintenanceError(message, retry_after=wait)
        case 409, _:
            return BusyError(message, retry_after=wait)
        case 422, _:
            return BatchRefusedError(message)
        case 400, "no_column":
            return ColumnMissingError(message, "run `leadpolicy apply`")
        case 404, _:
            return AddressError(message, "check the address")
        case status, _ if status >= 500:
            return AnswerLostError(f"the CRM broke: {message}")
    return ConnectorError(f"the CRM refuses: {message}")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that the CRM asks to wait; it may say them, or name a moment."""
    text = headers.get("Retry-After", "")
    if text.isascii() and text.isdecimal():
        return float(text)
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(headers["Date"])
    except (ValueError, TypeError, KeyError):
        return None
    return max(wait.total_seconds(), 0.0)
