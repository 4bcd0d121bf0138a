"""A server that answers a Tryton client in ways that Tryton and its proxies have."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeAlias

Answer: TypeAlias = tuple[int, str] | tuple[int, str, dict[str, str]] | None
"""Status, body and headers; None closes the connection without an answer."""
Answering: TypeAlias = Callable[[str, int], Answer]
"""Called with the method and how often it was called before."""

LOGIN: Answer = (200, json.dumps({"id": 0, "result": [1, "session-token", None]}))
PREFERENCES: Answer = (200, json.dumps({"id": 0, "result": {"company": 1}}))


@contextmanager
def strange_server(answering: Answering) -> Iterator[str]:
    """Give the address of a server that asks a function what to answer."""
    counts: dict[str, int] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            method = json.loads(body)["method"]
            before = counts.setdefault(method, 0)
            counts[method] += 1
            self._send(answering(method, before))

        def _send(self, answer: Answer) -> None:
            if answer is None:
                self.close_connection = True
                return
            status, text, headers = (*answer, {})[:3]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            data = text.encode()
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
            self.close_connection = "Content-Length" in headers

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def logged_in(then: Answering) -> Answering:
    """Let the login succeed, and ask a function about everything else."""

    def answering(method: str, before: int) -> Answer:
        match method:
            case "common.db.login":
                return LOGIN
            case "model.res.user.get_preferences":
                return PREFERENCES
            case _:
                return then(method, before)

    return answering
