"""One CRM of the lab as calls meet it: who may call, how often, which route, which fault."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final

from leadpolicy.testing.lab.clock import SharedTime
from leadpolicy.testing.lab.faults import Operation, Scripted
from leadpolicy.testing.lab.jobs import Jobs
from leadpolicy.testing.lab.replies import Reply
from leadpolicy.testing.lab.world import DAY, Json, Options, Refused, World


@dataclass(frozen=True, slots=True)
class Call:
    """One request; `deadline` is when its caller gives up, by the machine's monotonic clock."""

    method: str
    path: tuple[str, ...]
    query: Mapping[str, str] = field(default_factory=dict)
    body: Json = field(default_factory=dict)
    token: str = ""
    process: int = 0
    deadline: float | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """What a call asks for; `run` does it and returns a status and an answer."""

    operation: Operation
    run: Callable[[], tuple[int, Json]]


class Site:
    """One CRM with its front door."""

    def __init__(self, options: Options, time: SharedTime, closed_port: int) -> None:
        self.world = World(options, time)
        self.jobs = Jobs(self.world)
        self.lock = threading.Lock()
        self.closed_port = closed_port
        self.calls: Counter[Operation] = Counter()
        self.script: list[Scripted] = []
        self.denied = 0
        self.token = 1
        self.spent_until = 0.0
        self.shut_until = 0.0
        self.impatient = 0
        self.logins = 0
        self.strikes = 0
        self._buried: set[int] = set()
        self._recent: list[float] = []
        self._today: tuple[int, int] = (0, 0)

    def bury(self, process: int) -> None:
        """Let nothing that this process has sent and that was not answered take effect."""
        self._buried.add(process)

    def gave_up(self, call: Call) -> bool:
        """Tell whether the caller has ended or waits no longer, so that nothing may happen."""
        late = call.deadline is not None and time.monotonic() >= call.deadline
        return late or call.process in self._buried

    def struck(self, operation: Operation) -> Scripted | None:
        """Count a call and return the fault that is scripted for it."""
        self.calls[operation] += 1
        number = self.calls[operation]
        hit = next((one for one in self.script if one.hits(operation, number)), None)
        self.strikes += hit is not None
        return hit

    def answer(self, call: Call, route: Route) -> Reply:
        """Answer a call as a CRM does that works."""
        try:
            self._admit(call)
            status, body = route.run()
        except Refused as refused:
            return self.reply(refused.status, refused.body, refused.headers)
        return self.reply(status, body)

    def reply(self, status: int, body: Json, headers: Mapping[str, str] | None = None) -> Reply:
        """Return an answer in JSON, with the time of the CRM."""
        now = datetime.fromtimestamp(self.world.time.seconds, UTC)
        given = {"Date": format_datetime(now, usegmt=True), **(headers or {})}
        given.setdefault("Content-Type", "application/json")
        return Reply(status, json.dumps(body).encode(), given)

    def login(self, call: Call) -> Reply:
        """Hand out a token, for the password where one is asked for."""
        password = self.world.options.password
        is_known = not password or call.body.get("password") == password
        if self.denied == 401 or not is_known:
            return self.reply(401, {"error": "login", "message": "the login is refused"})
        self.logins += 1
        return self.reply(200, {"token": f"token-{self.token}", "expires_in": 3600})

    def quota(self) -> Json:
        """Return how many calls of today are used."""
        limit = self.world.options.daily_calls or 1_000_000
        used = limit if self._spent else self._today[1]
        return {"used": used, "limit": limit, "resets_at": self._midnight().isoformat()}

    def _admit(self, call: Call) -> None:
        now = self.world.time.seconds
        if self.denied == 403:
            raise Refused(403, "forbidden", "this login may not do this")
        if self.denied == 401 or call.token != f"token-{self.token}":
            raise Refused(401, "token", "the token has expired")
        if now < self.shut_until:
            self.impatient += 1
            raise throttled(str(self.shut_until - now))
        self._count_today()
        self._count_window(now)

    def _count_today(self) -> None:
        day = int(self.world.time.seconds // DAY)
        used = self._today[1] if self._today[0] == day else 0
        self._today = (day, used + 1)
        limit = self.world.options.daily_calls
        if self._spent or (limit is not None and used >= limit):
            headers = {"X-Resets-At": self._midnight().isoformat()}
            raise Refused(429, "daily_limit", "the calls of today are used up", headers)

    @property
    def _spent(self) -> bool:
        return self.world.time.seconds < self.spent_until

    def spend(self) -> None:
        """Use up what may be called today."""
        self.spent_until = self._midnight().timestamp()

    def _midnight(self) -> datetime:
        day = self.world.time.seconds // DAY
        return datetime.fromtimestamp((day + 1) * DAY, UTC)

    def _count_window(self, now: float) -> None:
        limit, seconds = self.world.options.rate_calls, self.world.options.rate_seconds
        if limit is None:
            return
        self._recent = [at for at in self._recent if at > now - seconds]
        if len(self._recent) >= limit:
            raise throttled(str(self._recent[0] + seconds - now))
        self._recent.append(now)


def throttled(after: str | None) -> Refused:
    """Return the refusal of a call that came too soon."""
    headers = {} if after is None else {"Retry-After": after}
    return Refused(429, "too_many", "too many calls", headers)


_NOT_FOUND: Final = Refused(404, "no_page", "there is no such page")


def route(site: Site, call: Call) -> Route:
    """Return what a call asks for; raises `Refused` when there is no such page."""
    match call.method, call.path:
        case "POST", ("leads", "upsert" | "replace" as way):
            return _rows(site, call, way)
        case "POST", ("decisions",):
            return _rows(site, call, "append")
        case _, ("jobs", *rest):
            return _job(site, call, rest)
        case "POST", ("leads", "lookup"):
            return _reading(Operation.LOOKUP, lambda: _lookup(site, call.body["keys"]))
        case "POST", ("leads", "page"):
            return _reading(Operation.READ, lambda: _leads(site, call.body))
        case "GET", ("streams", stream):
            return _reading(Operation.PULL, lambda: _events(site, stream, call.query))
        case "GET", ("quota",):
            return _reading(Operation.READ, site.quota)
        case _, ("schema" | "parts", *_):
            return _deploying(site, call)
    raise _NOT_FOUND


def _reading(operation: Operation, run: Callable[[], Json]) -> Route:
    return Route(operation, lambda: (200, run()))


def _rows(site: Site, call: Call, way: str) -> Route:
    world = site.world

    def run() -> tuple[int, Json]:
        commit = world.commit_all if way == "replace" else world.commit
        items = commit(call.body["rows"], way, world.arrival)
        return 207 if way == "upsert" else 200, {"items": items}

    return Route(Operation.WRITE, run)


def _job(site: Site, call: Call, rest: list[str]) -> Route:
    jobs, arrival = site.jobs, site.world.arrival
    match call.method, rest:
        case "POST", []:
            return Route(Operation.WRITE, lambda: (201, jobs.make()))
        case "PUT", [name, "rows"]:
            return Route(Operation.WRITE, lambda: (200, jobs.fill(name, call.body["rows"])))
        case "POST", [name, "close"]:
            return Route(Operation.WRITE, lambda: (202, jobs.close(name, arrival)))
        case "GET", [name]:
            return _reading(Operation.POLL, lambda: jobs.state(name))
        case "GET", [name, "results"]:
            return _reading(Operation.POLL, lambda: jobs.results(name))
    raise _NOT_FOUND


def _lookup(site: Site, keys: list[str]) -> Json:
    return {"items": site.world.lookup(keys)}


def _leads(site: Site, body: Mapping[str, Any]) -> Json:
    return site.world.page_of_leads(body["after"], body["limit"], body.get("keys"))


def _events(site: Site, stream: str, query: Mapping[str, str]) -> Json:
    return site.world.page_of_events(stream, query.get("cursor"), int(query["limit"]))


def _deploying(site: Site, call: Call) -> Route:
    world, arrival = site.world, site.world.arrival

    def run() -> tuple[int, Json]:
        match call.method, call.path:
            case "GET", ("schema",):
                return 200, {"parts": world.parts}
            case "PUT", ("parts", address):
                world.put_part(address, call.body, arrival)
                return 200, {"address": address}
            case "DELETE", ("parts", address):
                world.remove_part(address, arrival)
                return 200, {"address": address}
        raise _NOT_FOUND

    return Route(Operation.DEPLOY, run)
