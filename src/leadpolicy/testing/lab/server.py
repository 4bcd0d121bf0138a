"""The lab's CRM as a real HTTP server: many CRMs under one port, each with a lock of its own."""

from __future__ import annotations

import json
import shutil
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

from leadpolicy.testing.lab.clock import SharedTime
from leadpolicy.testing.lab.faults import Operation, Scripted
from leadpolicy.testing.lab.replies import Reply, ReplyingHandler
from leadpolicy.testing.lab.site import Call, Site
from leadpolicy.testing.lab.strikes import serve
from leadpolicy.testing.lab.world import Json, Options

_POLL: Final = 0.02
_Control: TypeAlias = Callable[[Site, Json], Any]


class LabServer(ThreadingHTTPServer):
    """Serves the CRMs that are made in it, until it is closed."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        self.sites: dict[str, Site] = {}
        self.room = Path(tempfile.mkdtemp(prefix="leadpolicy-lab-"))
        self._closed = socket.socket()
        self._closed.bind(("127.0.0.1", 0))
        super().__init__(("127.0.0.1", 0), Handler)

    def make(self, name: str, options: Mapping[str, Any]) -> Json:
        """Make a CRM and return where its time is kept."""
        clock = self.room / name
        port = self._closed.getsockname()[1]
        time = SharedTime.create(clock)
        self.sites[name] = Site(Options.from_dict(options), time, port)
        return {"clock": str(clock)}

    def drop(self, name: str) -> None:
        """Forget a CRM."""
        if self.sites.pop(name, None) is not None:
            (self.room / name).unlink(missing_ok=True)

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep silent about callers that hung up, and say everything else."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    def server_close(self) -> None:
        """Close the port and remove every file."""
        super().server_close()
        self._closed.close()
        shutil.rmtree(self.room, ignore_errors=True)


class Handler(ReplyingHandler):
    """Takes a request apart, and asks the CRM that it is for."""

    server: LabServer

    def _handle(self) -> None:
        parts = urlsplit(self.path)
        segments = tuple(unquote(one) for one in parts.path.strip("/").split("/"))
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.loads(raw) if raw else {}
        if segments[0] == "lab":
            self.send(_whole(self._control(segments[1:], body)))
            return
        site = self.server.sites.get(segments[0])
        if site is None:
            self.send(_whole({"error": "no_crm"}, 404))
            return
        call = self._call(segments[1:], dict(parse_qsl(parts.query)), body)
        with site.lock:
            reply = serve(site, call)
        self.send(reply)

    do_GET = do_POST = do_PUT = do_DELETE = _handle  # noqa: N815

    def _call(self, path: tuple[str, ...], query: Mapping[str, str], body: Json) -> Call:
        deadline = self.headers.get("X-Lab-Deadline")
        return Call(
            self.command,
            path,
            query,
            body,
            token=self.headers.get("Authorization", "").removeprefix("Bearer "),
            process=int(self.headers.get("X-Lab-Process", "0")),
            deadline=None if deadline is None else float(deadline),
        )

    def _control(self, path: tuple[str, ...], body: Json) -> object:
        name, action = path
        if action == "make":
            return self.server.make(name, body)
        if action == "drop":
            self.server.drop(name)
            return None
        site = self.server.sites[name]
        with site.lock:
            return _CONTROLS[action](site, body)


def _whole(data: object, status: int = 200) -> Reply:
    return Reply(status, json.dumps(data).encode(), {"Content-Type": "application/json"})


def _script(site: Site, body: Json) -> None:
    site.script = [Scripted.from_dict(one) for one in body["faults"]]
    site.calls.clear()


def _heal(site: Site, _body: Json) -> None:
    site.script, site.denied, site.spent_until, site.shut_until = [], 0, 0.0, 0.0


def _calls(site: Site, _body: Json) -> Json:
    return {operation.value: site.calls[operation] for operation in Operation}


def _expire(site: Site, _body: Json) -> None:
    site.world.epoch += 1


def _stale(site: Site, _body: Json) -> None:
    site.token += 1


def _parts(site: Site, body: Json) -> Json:
    site.world.parts.update(body.get("put", {}))
    for address in body.get("remove", ()):
        site.world.parts.pop(address, None)
    return site.world.parts


_CONTROLS: Final[Mapping[str, _Control]] = {
    "script": _script,
    "heal": _heal,
    "calls": _calls,
    "leads": lambda site, body: site.world.put_leads(body["rows"]),
    "tell": lambda site, body: site.world.tell(body),
    "bad": lambda site, body: site.world.bad.update(body["rows"]),
    "good": lambda site, body: site.world.bad.clear(),
    "bury": lambda site, body: site.bury(body["process"]),
    "expire": _expire,
    "parts": _parts,
    "stale": _stale,
    "land": lambda site, _body: site.world.land(everything=True),
    "history": lambda site, _body: site.world.told(),
    "standing": lambda site, body: site.world.lookup(body["keys"]),
    "arrival": lambda site, _body: site.world.arrival,
    "impatient": lambda site, _body: site.impatient,
    "logins": lambda site, _body: site.logins,
    "strikes": lambda site, _body: site.strikes,
}


def run_server() -> None:
    """Serve until standard input ends, after saying the port in a line of its own."""
    with LabServer() as server:
        threading.Thread(target=server.serve_forever, args=(_POLL,), daemon=True).start()
        sys.stdout.write(f"{server.server_port}\n")
        sys.stdout.flush()
        sys.stdin.read()
        server.shutdown()
