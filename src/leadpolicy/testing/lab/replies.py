"""Answers over HTTP, whole or broken in a chosen manner."""

from __future__ import annotations

import socket
import struct
import time
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler
from typing import Final

_PATIENCE: Final = 30.0
_DRIP: Final = 0.02
_ABORT: Final = struct.pack("ii", 1, 0)


class Manner(StrEnum):
    """How an answer goes out."""

    WHOLE = "whole"
    CUT = "cut"
    DRIP = "drip"
    STALL = "stall"
    RESET = "reset"
    SILENCE = "silence"


@dataclass(slots=True)
class Reply:
    """What is sent back, and how."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    manner: Manner = Manner.WHOLE


class ReplyingHandler(BaseHTTPRequestHandler):
    """Sends replies in their manner, keeps connections open and logs nothing."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def send(self, reply: Reply) -> None:
        """Send a reply in its manner."""
        match reply.manner:
            case Manner.WHOLE:
                self._head(reply)
                self.wfile.write(reply.body)
            case Manner.RESET:
                self._hang_up()
            case Manner.SILENCE:
                self._outwait()
            case Manner.CUT:
                self._head(reply)
                self.wfile.write(reply.body[: len(reply.body) // 2])
                self.close_connection = True
            case Manner.STALL:
                self._head(reply)
                self.wfile.write(reply.body[: len(reply.body) // 2])
                self.wfile.flush()
                self._outwait()
            case Manner.DRIP:
                self._drip(reply)

    def _head(self, reply: Reply) -> None:
        self.send_response_only(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()

    def _drip(self, reply: Reply) -> None:
        """Send a byte now and then, padded so that nobody waits for the end."""
        reply.body = reply.body.ljust(round(_PATIENCE / _DRIP))
        self._head(reply)
        for place in range(len(reply.body)):
            self.wfile.write(reply.body[place : place + 1])
            self.wfile.flush()
            time.sleep(_DRIP)

    def _outwait(self) -> None:
        """Keep silent until the caller hangs up."""
        self.connection.settimeout(_PATIENCE)
        with suppress(OSError):
            self.connection.recv(1)
        self.close_connection = True

    def _hang_up(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
        self.connection.close()
        self.close_connection = True

    def finish(self) -> None:
        """Let go of a connection, also one that is closed already."""
        try:
            super().finish()
        except (OSError, ValueError):
            return

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""
