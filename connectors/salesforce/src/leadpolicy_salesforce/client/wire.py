"""One logged-in org: every call once, under a session that is renewed once when it has ended."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from functools import partial
from importlib.metadata import version
from itertools import count
from threading import Lock
from typing import Any, Final, Literal, TypeAlias

import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError

from leadpolicy.crm.connector import (
    AccessError,
    AddressError,
    AnswerLostError,
    BusyError,
    Quota,
    QuotaError,
)
from leadpolicy_salesforce.client.address import Address
from leadpolicy_salesforce.client.composing import (
    MOST_PARTS,
    MOST_QUERIES,
    Answer,
    Part,
    Record,
    answers_in,
    asked_for,
    page_in,
)
from leadpolicy_salesforce.client.login import Session, log_in
from leadpolicy_salesforce.client.transport import open_session
from leadpolicy_salesforce.errors import SessionEndedError, no_answer, refused
from leadpolicy_salesforce.ids import long_id
from leadpolicy_salesforce.options import Options
from leadpolicy_salesforce.secrets import Secrets

Operation: TypeAlias = Literal["write", "lookup", "read", "pull", "poll", "deploy"]

__all__ = [
    "DISTRIBUTION",
    "MOST_PARTS",
    "MOST_QUERIES",
    "Answer",
    "Operation",
    "Part",
    "Record",
    "Wire",
]

DISTRIBUTION: Final = "leadpolicy-salesforce"
_USAGE: Final = re.compile(r"(?<![-\w])api-usage=(\d+)/(\d+)")
_DATA: Final = re.compile(r"^/services/data/v[\d.]+/")
_JSON: Final = {"Accept": "application/json"}
_COMPACT: Final = {"X-PrettyPrint": None}
_doing: Final[ContextVar[Operation]] = ContextVar("doing", default="read")


class Wire:
    """One org under one login, which is made with the first call. Threads may share it.

    Each method makes one call once and raises a `ConnectorError` of the class that says whether
    anything may have happened. A session that has ended is renewed once, whoever notices first; a
    login that was refused is never tried again.
    `calls` counts what was sent, and `usage` is what the last answer told of the day's calls.
    """

    def __init__(self, address: Address, secrets: Callable[[], Secrets], options: Options) -> None:
        self.address: Final = address
        self.api_version: Final = options.api_version
        agent = f"{DISTRIBUTION}/{version(DISTRIBUTION)}"
        self._connect: Final = partial(open_session, address, options.timeout, agent)
        self.http: Final = self._connect()
        self.usage: Quota | None = None
        self._secrets: Final = secrets
        self._login: Final = Lock()
        self._count: Final = count(1)
        self._sf: Salesforce | None = None
        self._refused: AccessError | None = None
        self._user = ""
        self.calls = 0

    def __repr__(self) -> str:
        """Return the host."""
        return f"Wire({self.address.host!r})"

    # ------------------------------------------------------------------------------ session
    @property
    def instance(self) -> str:
        """The address of the org as its client writes it; the session goes there alone."""
        return f"https://{self.address.host}"

    @property
    def sf(self) -> Salesforce:
        """The client of Salesforce, logged in; its own calls are not mapped to our errors."""
        if self._sf is None or self._refused is not None:
            return self.renew("")
        return self._sf

    @property
    def session_id(self) -> str:
        """The session; never to be shown."""
        return str(self.sf.session_id)

    @property
    def user_id(self) -> str:
        """The Id of the user that is logged in, of 18 characters."""
        self.sf  # noqa: B018 -- logs in, which tells the user
        if not self._user:
            told = self._answered("GET", f"{self.instance}/services/oauth2/userinfo").json()
            self._user = str(told.get("user_id", ""))
        return long_id(self._user) or ""

    def renew(self, ended: str) -> Salesforce:
        """Return a client with a new session, or with that made since the `ended` one ended."""
        with self._login:
            if self._refused is not None:
                raise AccessError(self._refused.message, self._refused.hint)
            if self._sf is None or self._sf.session_id == ended:
                try:
                    self._sf = self._logged_in(ended)
                except AccessError as error:
                    self._refused = error
                    raise
                except AddressError as error:
                    raise BusyError(error.message, error.hint) if ended else error from None
            return self._sf

    def _logged_in(self, ended: str) -> Salesforce:
        session: Session = log_in(self.address, self._secrets(), self.api_version, self._connect)
        if session.token == ended:
            raise AccessError("the session has ended", "set a new one, or log in another way")
        self._user = session.user or self._user
        return Salesforce(
            session_id=session.token,
            instance=self.address.host,
            session=self.http,
            version=self.api_version,
        )

    def close(self) -> None:
        """Let go of every connection; the session ends by itself."""
        self.http.close()

    def ask_usage(self) -> Quota:
        """Ask how many calls of the day are used and how many there are."""
        try:
            day = self.get("limits")["DailyApiRequests"]
        except QuotaError:
            return self.usage or Quota(0, 0)
        return self.usage or Quota(int(day["Max"]) - int(day["Remaining"]), int(day["Max"]))

    # -------------------------------------------------------------------------------- calls
    @contextmanager
    def doing(self, operation: Operation) -> Iterator[None]:
        """Name what the calls inside are for, so that whoever watches the org can tell."""
        token = _doing.set(operation)
        try:
            yield
        finally:
            _doing.reset(token)

    @property
    def headers(self) -> dict[str, str]:
        """The headers that say whose call it is and what for, and that leads keep their owners.

        Without the second, every update over REST runs the org's assignment rules.
        """
        return {
            "Sforce-Call-Options": f"client=leadpolicy/{_doing.get()}",
            "Sforce-Auto-Assign": "FALSE",
        }

    def get(self, path: str, **params: Any) -> Any:
        """Return what stands at a path."""
        return self.call("GET", path, params=params or None)

    def post(self, path: str, body: object = None, **params: Any) -> Any:
        """Send a body to a path; None for an empty answer."""
        return self.call("POST", path, body, params=params or None)

    def patch(self, path: str, body: object = None, **params: Any) -> Any:
        """Change what stands at a path; None for an empty answer."""
        return self.call("PATCH", path, body, params=params or None)

    def delete(self, path: str, body: object = None, **params: Any) -> Any:
        """Take away what stands at a path; None for an empty answer."""
        return self.call("DELETE", path, body, params=params or None)

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        params: Mapping[str, Any] | None = None,
        rows: bool = False,
    ) -> Any:
        """Make one call and return the JSON of its answer, decimals exact; None when it is empty.

        With `rows`, what is sent is a batch of rows that may be refused for its data.
        """
        answer = self._answered(method, path, params=params, headers=_JSON, rows=rows, json=body)
        if not answer.content:
            return None
        try:
            return answer.json(parse_float=Decimal)
        except ValueError:
            raise AnswerLostError("the answer of Salesforce is cut or is no JSON") from None

    def text(self, method: str, path: str, body: str = "") -> str:
        """Send CSV, or ask for it, and return the text of the answer."""
        headers = {"Accept": "text/csv", "Content-Type": "text/csv; charset=UTF-8"}
        answer = self._answered(method, path, headers=headers, data=body.encode() or None)
        try:
            return answer.content.decode("utf-8")
        except UnicodeDecodeError:
            raise AnswerLostError("the answer of Salesforce is no text") from None

    def query(self, soql: str, *, deleted: bool = False) -> Iterator[Record]:
        """Yield the records of a query, page by page; with `deleted`, those in the bin too."""
        return (record for page in self.pages(soql, deleted=deleted) for record in page)

    def pages(self, soql: str, *, deleted: bool = False) -> Iterator[list[Record]]:
        """Yield the pages of a query, each with as many records as Salesforce puts into one."""
        return self._pages(soql, deleted, _doing.get())

    def _pages(self, soql: str, deleted: bool, operation: Operation) -> Iterator[list[Record]]:
        with self.doing(operation):
            page = self.query_page(soql, deleted=deleted)
        yield page["records"]
        yield from self.rest(page, operation)

    def rest(self, page: Record, operation: Operation | None = None) -> Iterator[list[Record]]:
        """Yield what follows a page of a query."""
        operation = operation or _doing.get()
        while not page["done"]:
            with self.doing(operation):
                page = self.next_page(page["nextRecordsUrl"])
            yield page["records"]

    def query_page(self, soql: str, *, deleted: bool = False) -> Record:
        """Return the first page of a query: `records`, `done`, `nextRecordsUrl`, `totalSize`."""
        return page_in(self.get("queryAll" if deleted else "query", q=soql))

    def next_page(self, url: str) -> Record:
        """Return the page that another page names as its next."""
        return page_in(self.get(_DATA.sub("", url)))

    def composite(self, parts: Sequence[Part]) -> list[Answer]:
        """Make several calls in one; each is answered by itself, in the order of the parts.

        Salesforce takes 25 parts, of which five may be queries.
        """
        if not parts:
            return []
        asked = asked_for(parts, f"/services/data/v{self.api_version}/")
        answer = self.post("composite", {"allOrNone": False, "compositeRequest": asked})
        return answers_in(answer, len(parts))

    def _answered(
        self, method: str, path: str, *, rows: bool = False, **request: Any
    ) -> requests.Response:
        sf = self.sf
        try:
            return self._once(sf, method, path, rows, request)
        except SessionEndedError:
            sf = self.renew(str(sf.session_id))
        return self._once(sf, method, path, rows, request)

    def _once(
        self, sf: Salesforce, method: str, path: str, rows: bool, request: Mapping[str, Any]
    ) -> requests.Response:
        url = path if path.startswith("https://") else sf.base_url + path
        headers = {**self.headers, **request.get("headers", {}), **_COMPACT}
        answers: list[requests.Response] = []
        hooks = {"response": self._keeping(answers)}
        self.calls = next(self._count)
        try:
            return sf._call_salesforce(
                method,
                url,
                **{**request, "headers": headers, "hooks": hooks, "allow_redirects": False},
            )
        except SalesforceError:
            answer = answers[-1]
            raise refused(answer.status_code, answer.headers, answer.text, data=rows) from None
        except requests.RequestException as error:
            raise no_answer(error, self.address.host, logged_in=True) from None

    def _keeping(self, answers: list[requests.Response]) -> Callable[..., None]:
        def keep(answer: requests.Response, **_: object) -> None:
            answers.append(answer)
            told = _USAGE.search(answer.headers.get("Sforce-Limit-Info", ""))
            if told:
                self.usage = Quota(int(told[1]), int(told[2]))

        return keep
