"""HTTP to one host: every request goes there, has a deadline, and keeps no cookies."""

from __future__ import annotations

import time
from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter

from leadpolicy_salesforce.client.address import Address

_CONNECT_SECONDS: Final = 10.0
_CHUNK: Final = 1 << 16
_CONNECTIONS: Final = 16


class OneHost(HTTPAdapter):
    """Sends whatever is asked for to the host of an address, and reads whole answers in time.

    The client of Salesforce writes `https://` and hosts of its own into every URL; what an answer
    names as its instance is not followed either, so that a session goes to nobody else.
    """

    def __init__(self, address: Address, timeout: float) -> None:
        self._place: Final = urlsplit(address.url)
        self._timeout: Final = timeout
        super().__init__(pool_connections=1, pool_maxsize=_CONNECTIONS)

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send one request; raises `requests.ReadTimeout` for an answer that drips in too long."""
        request.url = urlunsplit((*self._place[:2], *urlsplit(request.url or "")[2:]))
        deadline = time.monotonic() + self._timeout
        waits = (min(_CONNECT_SECONDS, self._timeout), self._timeout)
        given = None if proxies is None else dict(proxies)
        response = super().send(request, True, waits, verify, cert, given)
        try:
            response._content = _drained(response, deadline)
            response._content_consumed = True  # type: ignore[attr-defined]
        except BaseException:
            response.close()
            raise
        return response


def _drained(response: requests.Response, deadline: float) -> bytes:
    chunks = []
    try:
        while chunk := response.raw.read1(_CHUNK, decode_content=True):
            chunks.append(chunk)
            if time.monotonic() > deadline:
                raise requests.ReadTimeout("the answer does not come to its end")
    except (OSError, _http_error()) as error:
        if isinstance(error, requests.RequestException):
            raise
        raise requests.ConnectionError("the answer is cut") from None
    response.raw.release_conn()
    return b"".join(chunks)


def _http_error() -> type[Exception]:
    from urllib3.exceptions import HTTPError

    return HTTPError


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Leave a request alone, so that no login of a `.netrc` file takes the place of the session."""
    return request


def open_session(address: Address, timeout: float, agent: str) -> requests.Session:
    """Return a session whose every request goes to one host; threads may share it."""
    session = requests.Session()
    session.mount("https://", OneHost(address, timeout))
    session.mount("http://", OneHost(address, timeout))
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["User-Agent"] = agent
    session.trust_env = not address.plain
    session.auth = _as_it_is
    return session
