"""What each fault does to the call that it hits."""

from __future__ import annotations

import json
import os
import random
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final, TypeAlias

from leadpolicy.testing.lab.faults import Fault
from leadpolicy.testing.lab.replies import Manner, Reply
from leadpolicy.testing.lab.site import Call, Route, Site, route, throttled
from leadpolicy.testing.lab.world import Refused

RETRY_AFTER: Final = 7.0
"""Seconds that a throttled caller is asked to wait; calls that come sooner are throttled too."""

_ABSURD: Final = str(10 * 365 * 86_400)
HTML: Final = b"<!DOCTYPE html><html><body><h1>Please sign in</h1></body></html>"
_Strike: TypeAlias = Callable[[Site, Call, Route], Reply]


def serve(site: Site, call: Call) -> Reply:
    """Answer one call of a connector, with the fault that is scripted for it; needs the lock."""
    if site.gave_up(call):
        return Reply(manner=Manner.RESET)
    world = site.world
    world.time.pass_by(world.options.latency)
    world.land()
    world.arrival += 1
    if call.path == ("token",):
        return site.login(call)
    try:
        asked = route(site, call)
    except Refused as refused:
        return site.reply(refused.status, refused.body)
    scripted = site.struck(asked.operation)
    if scripted is None:
        return site.answer(call, asked)
    return _STRIKES[scripted.fault](site, call, asked)


def _refuse(refused: Refused) -> _Strike:
    return lambda site, _call, _route: site.reply(refused.status, refused.body, refused.headers)


def _throttle_seconds(site: Site, _call: Call, _route: Route) -> Reply:
    site.shut_until = site.world.time.seconds + RETRY_AFTER
    refused = throttled(str(int(RETRY_AFTER)))
    return site.reply(refused.status, refused.body, refused.headers)


def _throttle_date(site: Site, _call: Call, _route: Route) -> Reply:
    site.shut_until = site.world.time.seconds + RETRY_AFTER
    until = datetime.fromtimestamp(site.shut_until + 1, UTC)
    refused = throttled(format_datetime(until, usegmt=True))
    return site.reply(refused.status, refused.body, refused.headers)


def _half_done(site: Site, call: Call, _route: Route) -> Reply:
    """Write the first half of the rows and break; calls without rows do nothing."""
    rows = call.body.get("rows", [])
    if rows and call.path != ("leads", "replace"):
        half = replace(call, body={**call.body, "rows": rows[: len(rows) // 2]})
        site.answer(half, route(site, half))
    return site.reply(500, {"error": "internal", "message": "something broke"})


def _after(status: int) -> _Strike:
    def strike(site: Site, call: Call, asked: Route) -> Reply:
        site.answer(call, asked)
        return site.reply(status, {"error": "gateway", "message": "no answer from within"})

    return strike


def _without_effect(manner: Manner) -> _Strike:
    return lambda _site, _call, _route: Reply(manner=manner)


def _with_effect(manner: Manner) -> _Strike:
    def strike(site: Site, call: Call, asked: Route) -> Reply:
        reply = site.answer(call, asked)
        reply.manner = manner
        return reply

    return strike


def _late(site: Site, _call: Call, asked: Route) -> Reply:
    def effect() -> None:
        with suppress(Refused):
            asked.run()

    site.world.later(effect, site.world.options.late_seconds)
    return Reply(manner=Manner.RESET)


def _body(body: Callable[[bytes], bytes], kind: str = "application/json") -> _Strike:
    def strike(site: Site, call: Call, asked: Route) -> Reply:
        reply = site.answer(call, asked)
        reply.body, reply.headers["Content-Type"] = body(reply.body), kind
        return reply

    return strike


def _with_stray(items: list[Any]) -> list[Any]:
    """Add an item that nobody asked for; items that are ids alone get another id."""
    if not items:
        return items
    stray = {"key": "stray", "id": "stray"}
    return [*items, {**items[0], **stray} if isinstance(items[0], dict) else "stray"]


def _shuffled(items: list[Any]) -> list[Any]:
    return random.Random(len(items)).sample(items, len(items))  # noqa: S311


MANGLED: Final[Mapping[Fault, Callable[[list[Any]], list[Any]]]] = {
    Fault.ITEMS_MISSING: lambda items: items[1:],
    Fault.ITEMS_EXTRA: _with_stray,
    Fault.ITEMS_SHUFFLED: _shuffled,
    Fault.ITEMS_DUPLICATED: lambda items: [*items, *items[:1]],
}
"""What each fault does to the items of an answer."""


def _items(mangle: Callable[[list[Any]], list[Any]]) -> _Strike:
    def mangled(body: bytes) -> bytes:
        data = json.loads(body)
        if isinstance(data.get("items"), list):
            data["items"] = mangle(data["items"])
        return json.dumps(data).encode()

    return _body(mangled)


def _expire_token(site: Site, call: Call, asked: Route) -> Reply:
    site.token += 1
    return site.answer(call, asked)


def _deny(status: int) -> _Strike:
    def strike(site: Site, call: Call, asked: Route) -> Reply:
        site.denied = status
        return site.answer(call, asked)

    return strike


def _spend(site: Site, call: Call, asked: Route) -> Reply:
    site.spend()
    return site.answer(call, asked)


def _lock_row(site: Site, call: Call, asked: Route) -> Reply:
    site.world.locked.update(row["key"] for row in call.body.get("rows", [])[:1])
    return site.answer(call, asked)


def _lose_job(site: Site, call: Call, asked: Route) -> Reply:
    site.jobs.lose(call.path[1])
    return site.answer(call, asked)


def _abort_job(site: Site, call: Call, asked: Route) -> Reply:
    site.jobs.abort(call.path[1])
    return site.answer(call, asked)


def _unreachable(site: Site, call: Call, _route: Route) -> Reply:
    """Send the caller to a port at which nobody listens."""
    place = f"http://127.0.0.1:{site.closed_port}/{'/'.join(call.path)}"
    return Reply(307, headers={"Location": place})


def _kill(site: Site, call: Call, _route: Route) -> Reply:
    site.bury(call.process)
    os.kill(call.process, signal.SIGKILL)
    return Reply(manner=Manner.RESET)


def _kill_after(site: Site, call: Call, asked: Route) -> Reply:
    site.answer(call, asked)
    return _kill(site, call, asked)


_STRIKES: Final[Mapping[Fault, _Strike]] = {
    Fault.THROTTLED_SECONDS: _throttle_seconds,
    Fault.THROTTLED_DATE: _throttle_date,
    Fault.THROTTLED_BARE: _refuse(throttled(None)),
    Fault.THROTTLED_ABSURD: _refuse(throttled(_ABSURD)),
    Fault.ERROR_500: _half_done,
    Fault.ERROR_502: _after(502),
    Fault.ERROR_503: _refuse(Refused(503, "maintenance", "closed for a moment")),
    Fault.ERROR_504: _after(504),
    Fault.TIMEOUT_BEFORE: _without_effect(Manner.SILENCE),
    Fault.RESET_BEFORE: _without_effect(Manner.RESET),
    Fault.TIMEOUT_AFTER: _with_effect(Manner.SILENCE),
    Fault.RESET_AFTER: _with_effect(Manner.RESET),
    Fault.LATE_EFFECT: _late,
    Fault.HTML: _body(lambda _body: HTML, "text/html"),
    Fault.CUT_JSON: _with_effect(Manner.CUT),
    Fault.INVALID_JSON: _body(lambda body: body[: len(body) // 2]),
    **{fault: _items(mangle) for fault, mangle in MANGLED.items()},
    Fault.TOKEN_EXPIRED: _expire_token,
    Fault.ACCESS_DENIED: _deny(401),
    Fault.ACCESS_FORBIDDEN: _deny(403),
    Fault.QUOTA_USED_UP: _spend,
    Fault.ROW_LOCKED: _lock_row,
    Fault.JOB_LOST: _lose_job,
    Fault.JOB_ABORTED: _abort_job,
    Fault.SLOW_DRIP: _with_effect(Manner.DRIP),
    Fault.STALLED: _with_effect(Manner.STALL),
    Fault.UNREACHABLE: _unreachable,
    Fault.KILLED_BEFORE: _kill,
    Fault.KILLED_AFTER: _kill_after,
}
