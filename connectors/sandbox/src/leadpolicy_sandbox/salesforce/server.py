"""A practice Salesforce as a real HTTP server, in threads of this process."""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from waitress import wasyncore
from waitress.server import create_server

from leadpolicy.testing.lab.faults import Scripted
from leadpolicy_sandbox.salesforce.app import App
from leadpolicy_sandbox.salesforce.org.org import Org
from leadpolicy_sandbox.salesforce.service.access import (
    CONSUMER_KEY,
    CONSUMER_SECRET,
    PASSWORD,
    Access,
)
from leadpolicy_sandbox.salesforce.service.usage import Usage
from leadpolicy_sandbox.salesforce.site import Call, Route, Site

if TYPE_CHECKING:
    from leadpolicy_sandbox.salesforce.faults import SalesforceProxy

ADMIN: Final = "admin@sandbox.test"
INTEGRATION: Final = "leadpolicy@sandbox.test"
SALES: Final = "anna@sandbox.test"
MARKETING: Final = "ben@sandbox.test"
_PEOPLE: Final = (
    (ADMIN, "Ada Admin", True),
    (INTEGRATION, "Leadpolicy Integration", True),
    (SALES, "Anna Sales", False),
    (MARKETING, "Ben Marketing", False),
)
_THREADS: Final = 4


class SalesforceSandbox:
    """A practice Salesforce that runs between `start` and `stop`, or as a context manager.

    Without a `port` a free one is taken. With `faulty` a proxy stands in front, so that `strike`
    can make calls go wrong. Raises OSError when the port is taken.

    >>> with SalesforceSandbox() as sandbox:
    ...     sandbox.url.startswith("http://127.0.0.1:")
    True
    """

    def __init__(
        self,
        *,
        org: Org | None = None,
        port: int = 0,
        host: str = "127.0.0.1",
        daily_limit: int = 100_000,
        access: Access | None = None,
        faulty: bool = False,
    ) -> None:
        self.org = org or Org()
        for username, name, admin in _PEOPLE:
            if username not in self.org.users:
                self.org.add_user(username, name, admin=admin)
        self.site = Site(self.org, Usage(daily_limit), access or Access())
        self._host, self._port = host, port
        self._faulty = faulty
        self._proxy: SalesforceProxy | None = None
        self._server: Any = None
        self._thread: threading.Thread | None = None

    @property
    def upstream(self) -> str:
        """The address of the server itself."""
        return f"http://{self._host}:{self._port}"

    @property
    def url(self) -> str:
        """The address to give to clients."""
        return self.upstream if self._proxy is None else self._proxy.url

    @property
    def calls(self) -> int:
        """How many calls were billed, or would have been if the day had not been used up."""
        return self.site.usage.calls

    @property
    def writes(self) -> int:
        """How many requests were made to change something."""
        return sum(call.writes for call in self.site.log)

    @property
    def log(self) -> list[Call]:
        """Every request that was answered, oldest first."""
        return self.site.log

    @property
    def logins(self) -> int:
        """How many sessions were handed out."""
        return self.org.logins

    @property
    def credentials(self) -> dict[str, str]:
        """What logs in the integration user, by the names of environment variables."""
        return {
            "LEADPOLICY_SALESFORCE_CONSUMER_KEY": CONSUMER_KEY,
            "LEADPOLICY_SALESFORCE_CONSUMER_SECRET": CONSUMER_SECRET,
        }

    @property
    def password(self) -> str:
        """The password that every user has."""
        return self.site.access.password or PASSWORD

    def session(self, username: str = INTEGRATION) -> str:
        """Return a session of a user, as if they had logged in; it is not counted as a login."""
        token = self.org.login(username)
        self.org.logins -= 1
        return token

    def strike(self, *faults: Scripted) -> None:
        """Script faults in place of those before; without any, all is well again."""
        if self._proxy is None:
            raise ValueError("faults need a sandbox that is made with `faulty=True`")
        self._proxy.script(*faults)

    def quota(self, left: int) -> None:
        """Leave so many calls for today."""
        with self.site.lock:
            self.site.usage.leave(left)

    def expire_token(self) -> None:
        """End every session; whoever logs in again gets a new one."""
        self.org.expire()

    def lock(self, name: str, times: int = 1) -> None:
        """Refuse the next writes to a record, by its id or the value of an external id."""
        with self.site.lock:
            self.site.trouble.locks[name] = times

    def revoke(self) -> None:
        """Refuse every login and every session."""
        self.site.trouble.denied = "login"

    def regrant(self) -> None:
        """Let everybody in again, and heal whatever else was wrong."""
        with self.site.lock:
            self.site.trouble.heal()

    def abort_job(self, id: str) -> None:
        """End a job before it is worked on."""
        with self.site.lock:
            self.site.trouble.aborted.add(id)

    def start(self) -> SalesforceSandbox:
        """Begin to answer."""
        _keep_quiet()
        place = socket.create_server((self._host, self._port))
        self._port = int(place.getsockname()[1])
        self._server = create_server(
            App(self.site, _soap_routes()),
            sockets=[place],
            threads=_THREADS,
            ident=None,
            log_socket_errors=False,
            clear_untrusted_proxy_headers=False,
        )
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        if self._faulty:
            from leadpolicy_sandbox.salesforce.faults import SalesforceProxy

            self._proxy = SalesforceProxy(self.upstream, self.site)
            self._proxy.__enter__()
        return self

    def stop(self) -> None:
        """Answer no more, and let go of the port."""
        if self._proxy is not None:
            self._proxy.__exit__()
            self._proxy = None
        server, thread = self._server, self._thread
        if server is None or thread is None:
            return
        server.task_dispatcher.shutdown()
        with suppress(OSError):
            server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
        thread.join()
        self._server = self._thread = None

    def __enter__(self) -> SalesforceSandbox:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _keep_quiet() -> None:
    """Let waitress keep to itself, where nobody has set up logging, that requests wait in line."""
    logger = logging.getLogger("waitress.queue")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


def _soap_routes() -> tuple[Route, ...]:
    from leadpolicy_sandbox.salesforce.soap import routes, tooling

    return (*routes.ROUTES, *tooling.ROUTES)
