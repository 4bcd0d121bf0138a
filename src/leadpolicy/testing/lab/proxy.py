"""A proxy with faults in front of any CRM that speaks HTTP, so that every connector can be tested.

It knows nothing of the CRM. Whoever sets it up says what a request is for, and may name the list
in an answer whose items are to be mixed up. Faults that only a CRM itself can have, such as a lost
job or a used up quota, are refused.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from leadpolicy.testing.lab.faults import ITEMS, Fault, Operation, Scripted
from leadpolicy.testing.lab.replies import Manner, Reply, ReplyingHandler
from leadpolicy.testing.lab.strikes import HTML, MANGLED

_TIMEOUT: Final = 60.0
_POLL: Final = 0.02
_HOP: Final = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A request on its way to the CRM; `path` has the query."""

    method: str
    path: str
    body: bytes
    headers: Mapping[str, str]


Purpose: TypeAlias = Callable[[Asked], Operation | None]
Items: TypeAlias = Callable[[Any], list[Any] | None]
_Forward: TypeAlias = Callable[[], Reply]


def _answer(status: int, **headers: str) -> Callable[[_Forward], Reply]:
    given = {"Content-Type": "text/plain", **{k.replace("_", "-"): v for k, v in headers.items()}}
    return lambda _forward: Reply(status, b"the proxy says so", dict(given))


def _after(status: int) -> Callable[[_Forward], Reply]:
    def strike(forward: _Forward) -> Reply:
        forward()
        return Reply(status, b"the proxy says so", {"Content-Type": "text/plain"})

    return strike


def _broken(manner: Manner) -> Callable[[_Forward], Reply]:
    return lambda _forward: Reply(manner=manner)


def _done(manner: Manner) -> Callable[[_Forward], Reply]:
    def strike(forward: _Forward) -> Reply:
        reply = forward()
        reply.manner = manner
        return reply

    return strike


def _html(forward: _Forward) -> Reply:
    forward()
    return Reply(200, HTML, {"Content-Type": "text/html"})


def _half(forward: _Forward) -> Reply:
    reply = forward()
    reply.body = reply.body[: len(reply.body) // 2]
    return reply


_STRIKES: Final[Mapping[Fault, Callable[[_Forward], Reply]]] = {
    Fault.THROTTLED_SECONDS: _answer(429, Retry_After="1"),
    Fault.THROTTLED_BARE: _answer(429),
    Fault.THROTTLED_ABSURD: _answer(429, Retry_After="315360000"),
    Fault.THROTTLED_DATE: _answer(429, Retry_After="Mon, 02 Mar 2026 08:00:00 GMT"),
    Fault.ERROR_500: _after(500),
    Fault.ERROR_502: _after(502),
    Fault.ERROR_503: _answer(503),
    Fault.ERROR_504: _after(504),
    Fault.TIMEOUT_BEFORE: _broken(Manner.SILENCE),
    Fault.RESET_BEFORE: _broken(Manner.RESET),
    Fault.TIMEOUT_AFTER: _done(Manner.SILENCE),
    Fault.RESET_AFTER: _done(Manner.RESET),
    Fault.HTML: _html,
    Fault.CUT_JSON: _done(Manner.CUT),
    Fault.INVALID_JSON: _half,
    Fault.ACCESS_DENIED: _answer(401),
    Fault.ACCESS_FORBIDDEN: _answer(403),
    Fault.SLOW_DRIP: _done(Manner.DRIP),
    Fault.STALLED: _done(Manner.STALL),
}
PROXIED: Final = frozenset(_STRIKES) | ITEMS | {Fault.LATE_EFFECT}
"""The faults that a proxy can make."""


class FaultProxy(ThreadingHTTPServer):
    """Stands in front of one CRM, in threads of this process.

    `purpose` says what a request is for; None is never struck. `items` finds the list in an answer
    in JSON. A late effect lands `late_seconds` of real time after its call was dropped.

    >>> with FaultProxy("http://127.0.0.1:1", lambda asked: Operation.READ) as proxy:
    ...     proxy.url.startswith("http://127.0.0.1:")
    True
    """

    daemon_threads = True

    def __init__(
        self,
        upstream: str,
        purpose: Purpose,
        *,
        items: Items | None = None,
        late_seconds: float = 0.3,
    ) -> None:
        self.upstream = upstream
        self.late_seconds = late_seconds
        self.calls: Counter[Operation] = Counter()
        self._purpose, self._find = purpose, items
        self._script: tuple[Scripted, ...] = ()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(_POLL,), daemon=True)

    @property
    def url(self) -> str:
        """The address to give to the connector."""
        return f"http://127.0.0.1:{self.server_port}{urlsplit(self.upstream).path}"

    def script(self, *faults: Scripted) -> None:
        """Script faults and count calls from 1 again; raises ValueError for what it cannot make."""
        for one in faults:
            if one.fault not in PROXIED or (one.fault in ITEMS and self._find is None):
                raise ValueError(f"the proxy cannot make the fault `{one.fault.value}`")
        with self._lock:
            self._script = faults
            self.calls.clear()

    def struck(self, asked: Asked) -> Fault | None:
        """Count a request and return the fault that hits it."""
        operation = self._purpose(asked)
        if operation is None:
            return None
        with self._lock:
            self.calls[operation] += 1
            hits = (s.fault for s in self._script if s.hits(operation, self.calls[operation]))
            return next(hits, None)

    def reply(self, asked: Asked) -> Reply:
        """Answer a request, by the CRM or by a fault."""
        fault = self.struck(asked)
        if fault is None:
            return self.forward(asked)
        if fault is Fault.LATE_EFFECT:
            threading.Timer(self.late_seconds, self.forward, (asked,)).start()
            return Reply(manner=Manner.RESET)
        if fault in ITEMS:
            return self._mangled(fault, self.forward(asked))
        return _STRIKES[fault](lambda: self.forward(asked))

    def forward(self, asked: Asked) -> Reply:
        """Ask the CRM."""
        place = urlsplit(self.upstream)
        wire = HTTPConnection(place.hostname or "", place.port, timeout=_TIMEOUT)
        try:
            headers = {k: v for k, v in asked.headers.items() if k.lower() not in _HOP}
            wire.request(asked.method, asked.path, asked.body or None, headers)
            answer = wire.getresponse()
            kept = {k: v for k, v in answer.getheaders() if k.lower() not in _HOP}
            return Reply(answer.status, answer.read(), kept)
        finally:
            wire.close()

    def _mangled(self, fault: Fault, reply: Reply) -> Reply:
        data = json.loads(reply.body)
        found = self._find(data) if self._find else None
        if found:
            found[:] = MANGLED[fault](found)
            reply.body = json.dumps(data).encode()
        return reply

    def __enter__(self) -> FaultProxy:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep silent: callers hang up here all the time, and the CRM may be gone."""


class _Handler(ReplyingHandler):
    server: FaultProxy

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send(self.server.reply(Asked(self.command, self.path, body, dict(self.headers))))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle  # noqa: N815
