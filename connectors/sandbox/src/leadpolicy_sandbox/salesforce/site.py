"""One practice Salesforce as requests meet it: its org, who may call, and how often."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from werkzeug import Request, Response

from leadpolicy_sandbox.salesforce.org.org import Org
from leadpolicy_sandbox.salesforce.org.results import OrgError
from leadpolicy_sandbox.salesforce.org.schema import User
from leadpolicy_sandbox.salesforce.service.access import Access
from leadpolicy_sandbox.salesforce.service.cursors import Cursors
from leadpolicy_sandbox.salesforce.service.jobs import Jobs
from leadpolicy_sandbox.salesforce.service.trouble import Trouble
from leadpolicy_sandbox.salesforce.service.usage import Usage

Inner: TypeAlias = Callable[[Request, User], Response]


def _nothing_inner(_request: Request, _user: User) -> Response:
    return Response(status=404)


@dataclass(frozen=True, slots=True)
class Call:
    """One request that was answered.

    `kind` is the operation that it served, or empty; `writes` says whether it was to change
    something.
    """

    method: str
    path: str
    status: int
    kind: str
    writes: bool = False


@dataclass(slots=True)
class Site:
    """Everything that answers requests; endpoints run one at a time, under `lock`.

    `inner` answers a request that stands within another one.
    """

    org: Org
    usage: Usage
    access: Access = field(default_factory=Access)
    trouble: Trouble = field(default_factory=Trouble)
    cursors: Cursors = field(default_factory=Cursors)
    jobs: Jobs = field(default_factory=Jobs)
    log: list[Call] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    inner: Inner = _nothing_inner


Endpoint: TypeAlias = Callable[[Site, Request, User | None, dict[str, str]], Response]


@dataclass(frozen=True, slots=True)
class Route:
    """Where an endpoint is found, by a rule of werkzeug.

    With `auth` "bearer" the request carries a session, and the endpoint gets its user; a `metered`
    request counts against the daily limit.
    """

    methods: tuple[str, ...]
    pattern: str
    endpoint: Endpoint
    auth: Literal["bearer", "none"] = "bearer"
    metered: bool = True


def signed_in(user: User | None) -> User:
    """Return who asks; raises `OrgError` when nobody is logged in."""
    if user is None:
        raise OrgError(401, "INVALID_SESSION_ID", "Session expired or invalid")
    return user
