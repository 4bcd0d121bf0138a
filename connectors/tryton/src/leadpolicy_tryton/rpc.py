"""Calls to one database of a Tryton server, under a session that is renewed once when it ends."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from threading import Lock
from time import monotonic
from typing import Any, Final

import httpx

from leadpolicy.crm.connector import (
    AccessError,
    AddressError,
    AnswerLostError,
    BusyError,
    ConnectorError,
    ThrottledError,
)
from leadpolicy_tryton.address import Address
from leadpolicy_tryton.errors import refused, unserved
from leadpolicy_tryton.wire import dumps, loads

_PASSWORD: Final = "check user and password"  # noqa: S105 -- a hint
_UNSENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class Server:
    """One database of a Tryton server, logged in when it is made.

    `timeout` is in seconds and holds for each step of a call, and for the answer as a whole.
    Messages are asked for in English, whatever the login prefers, for they are told apart by
    their words.
    """

    def __init__(self, address: Address, timeout: float) -> None:
        self.address: Final = address
        self._timeout: Final = timeout
        self._client: Final = httpx.Client(
            base_url=address.server,
            timeout=timeout,
            headers={"Accept": "application/json"},
            verify=address.server.startswith("https:"),  # loading certificates takes a while
        )
        self._login: Final = Lock()
        self._session = ""
        try:
            self._log_in("")
            preferences = self.call("model.res.user.get_preferences", True)
        except BaseException:
            self.close()
            raise
        self.context: Final[Mapping[str, Any]] = _context(preferences)

    def call(self, method: str, *arguments: object, **context: object) -> Any:
        """Return the result of a method, called in the login's context with some additions.

        Raises `AnswerLostError` when the call was sent and nobody knows what became of it.
        """
        shared = getattr(self, "context", {"language": "en"})
        parameters = [*arguments, {**shared, **context}]
        session = self._session
        answer = self._post(method, parameters, session)
        if answer.status_code == 401:
            answer = self._post(method, parameters, self._log_in(session))
        if answer.status_code == 401:
            raise AccessError(f"{self.address.shown}: the session is refused", _PASSWORD)
        return self._result(answer)

    def close(self) -> None:
        """Let go of every connection; the session ends by itself."""
        self._client.close()

    def _log_in(self, ended: str) -> str:
        """Return a new session, or the one that another thread made since `ended` did."""
        with self._login:
            if self._session == ended:
                self._session = self._logged_in()
            return self._session

    def _logged_in(self) -> str:
        user = self.address.user
        secret = {"password": self.address.password}
        answer = self._post("common.db.login", [user, secret, "en"], "")
        if answer.status_code == 401:
            raise AccessError(f"{self.address.shown}: the login is refused", _PASSWORD)
        if answer.status_code == 429:
            raise ThrottledError(
                f"{self.address.shown}: too many logins failed", "wait, and check the password"
            )
        found = self._result(answer, opening=True)
        if not isinstance(found, list) or len(found) < 2:
            raise self._no_tryton()
        return base64.b64encode(f"{user}:{found[0]}:{found[1]}".encode()).decode()

    def _post(self, method: str, parameters: object, session: str) -> httpx.Response:
        headers = {"Content-Type": "application/json"}
        if session:
            headers["Authorization"] = f"Session {session}"
        body = dumps({"id": 0, "method": method, "params": parameters})
        try:
            return self._answered(body, headers)
        except _UNSENT:
            raise self._unreached() from None
        except httpx.HTTPError as error:
            what = type(error).__name__
            raise AnswerLostError(f"{self.address.shown}: the answer is lost ({what})") from None

    def _answered(self, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
        """Return the whole answer; one that drips in for longer than the timeout is lost."""
        place = f"/{self.address.database}/rpc/"
        with self._client.stream("POST", place, content=body, headers=headers) as answer:
            deadline = monotonic() + self._timeout
            content = bytearray()
            for part in answer.iter_raw():
                content += part
                if monotonic() > deadline:
                    raise httpx.ReadTimeout("the answer does not come to its end")
        return httpx.Response(answer.status_code, headers=answer.headers, content=bytes(content))

    def _unreached(self) -> ConnectorError:
        text = f"{self.address.shown}: the server cannot be reached"
        if not self._session:
            return AddressError(text, "check host and port, and that the server runs")
        return BusyError(text, "check that the server runs")

    def _result(self, answer: httpx.Response, *, opening: bool = False) -> Any:
        if answer.status_code != 200:
            wait = answer.headers.get("Retry-After")
            raise unserved(answer.status_code, wait, self.address.shown)
        try:
            data = loads(answer.content)
        except ValueError:
            data = None
        if isinstance(data, dict) and "error" in data:
            raise refused(data["error"], self.address.shown)
        if isinstance(data, dict) and "result" in data:
            return data["result"]
        if opening:
            raise self._no_tryton()
        raise AnswerLostError(f"{self.address.shown}: the answer is cut or is no JSON")

    def _no_tryton(self) -> AddressError:
        return AddressError(
            f"{self.address.shown}: this is no Tryton server", "check the address and the port"
        )


def _context(preferences: object) -> dict[str, object]:
    if not isinstance(preferences, dict):
        raise ConnectorError("the server gives no preferences of the login")
    wanted = ("company", "companies", "company_filter", "employee")
    kept = {name: preferences[name] for name in wanted if name in preferences}
    return {**kept, "language": "en"}
