"""Faults of the lab, struck at a practice Salesforce.

Most are made by a proxy that stands in front of the server. Those that only the CRM itself can
have are made within it: a session that ends, a login without rights, a day that is used up, rows
that are locked, jobs that are lost or aborted.
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Mapping
from typing import Any, Final

from leadpolicy.testing.lab.faults import Fault, Operation, Scripted
from leadpolicy.testing.lab.proxy import PROXIED, Asked, FaultProxy
from leadpolicy.testing.lab.replies import Reply
from leadpolicy_sandbox.salesforce.org.results import OrgError
from leadpolicy_sandbox.salesforce.rest.answers import error_of
from leadpolicy_sandbox.salesforce.rest.purposes import items, operation
from leadpolicy_sandbox.salesforce.service.trouble import CONCURRENT
from leadpolicy_sandbox.salesforce.site import Site

_JOB: Final = re.compile(r"/jobs/(?:ingest|query)/(\w+)")
_CLOSED: Final = OrgError(503, "SERVER_UNAVAILABLE", "The service is unavailable for a moment")


def purpose(asked: Asked) -> Operation | None:
    """Return what a request to Salesforce is for; None for a log-in."""
    return operation(asked.method, asked.path, asked.headers, asked.body)


def _expire(site: Site, _asked: Asked) -> None:
    site.org.expire()


def _deny(site: Site, _asked: Asked) -> None:
    site.trouble.denied = "login"


def _forbid(site: Site, _asked: Asked) -> None:
    site.trouble.denied = "access"


def _spend(site: Site, _asked: Asked) -> None:
    site.usage.leave(0)


def _lock(site: Site, asked: Asked) -> None:
    """Lock the first record of what is written, for this once."""
    for name in _first_names(asked):
        site.trouble.locks[name] = 1


def _lose(site: Site, asked: Asked) -> None:
    site.trouble.lost.update(_jobs(asked))


def _abort(site: Site, asked: Asked) -> None:
    site.trouble.aborted.update(_jobs(asked))


def _jobs(asked: Asked) -> list[str]:
    return _JOB.findall(asked.path)


def _first_names(asked: Asked) -> list[str]:
    """Return what the first record that a request writes may be locked under."""
    try:
        data: Any = json.loads(asked.body)
    except ValueError:
        return []
    parts = data.get("compositeRequest", []) if isinstance(data, dict) else []
    bodies = [data, *(part.get("body") or {} for part in parts if isinstance(part, dict))]
    for one in bodies:
        if isinstance(one, dict) and one.get("records"):
            record = one["records"][0]
            return [str(v) for k, v in record.items() if k != "attributes" and _is_key(k, v)]
    return []


def _is_key(name: str, value: object) -> bool:
    return isinstance(value, str) and (name.lower() == "id" or name.lower().endswith("__c"))


_WITHIN: Final[Mapping[Fault, Callable[[Site, Asked], None]]] = {
    Fault.TOKEN_EXPIRED: _expire,
    Fault.ACCESS_DENIED: _deny,
    Fault.ACCESS_FORBIDDEN: _forbid,
    Fault.QUOTA_USED_UP: _spend,
    Fault.ROW_LOCKED: _lock,
    Fault.JOB_LOST: _lose,
    Fault.JOB_ABORTED: _abort,
}
_INSTEAD: Final[Mapping[Fault, OrgError]] = {
    Fault.THROTTLED_BARE: CONCURRENT,
    Fault.ERROR_503: _CLOSED,
}
OFFERED: Final = PROXIED | frozenset(_WITHIN) | {Fault.UNREACHABLE}
"""The faults that can be scripted."""


class SalesforceProxy(FaultProxy):
    """Stands in front of a practice Salesforce, and strikes within it too."""

    def __init__(self, upstream: str, site: Site) -> None:
        self._site = site
        self._instead: dict[int, Reply] = {}
        self._closed = socket.socket()
        self._closed.bind(("127.0.0.1", 0))
        super().__init__(upstream, purpose, items=items)

    def script(self, *faults: Scripted) -> None:
        """Script faults, count calls from 1 again, and heal what was struck before.

        Raises ValueError for what cannot be made.
        """
        for one in faults:
            if one.fault not in OFFERED:
                raise ValueError(f"the sandbox cannot make the fault `{one.fault.value}`")
        with self._site.lock:
            self._site.trouble.heal()
        with self._lock:
            self._script = faults
            self.calls.clear()

    def struck(self, asked: Asked) -> Fault | None:
        """Count a request and return the fault that hits it on its way."""
        fault = super().struck(asked)
        if fault is None:
            return None
        if fault in _WITHIN:
            with self._site.lock:
                _WITHIN[fault](self._site, asked)
            return None
        if fault in _INSTEAD or fault is Fault.UNREACHABLE:
            self._instead[id(asked)] = self._answer(fault, asked)
            return None
        return fault

    def forward(self, asked: Asked) -> Reply:
        """Ask the CRM, unless something else is to be answered."""
        return self._instead.pop(id(asked), None) or super().forward(asked)

    def _answer(self, fault: Fault, asked: Asked) -> Reply:
        if fault is Fault.UNREACHABLE:
            place = f"http://127.0.0.1:{self._closed.getsockname()[1]}{asked.path}"
            return Reply(307, headers={"Location": place})
        error = _INSTEAD[fault]
        told = json.dumps([error_of(error)]).encode()
        return Reply(error.status, told, {"Content-Type": "application/json;charset=UTF-8"})

    def server_close(self) -> None:
        """Close every port."""
        super().server_close()
        self._closed.close()
