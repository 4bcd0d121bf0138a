"""A practice Salesforce in the foreground: with sample leads, until somebody ends it."""

from __future__ import annotations

import threading

from leadpolicy.crm.errors import CrmError
from leadpolicy_sandbox.salesforce.org.samples import load_samples
from leadpolicy_sandbox.salesforce.server import SalesforceSandbox

PORT = 8125


class PracticeSalesforce:
    """A running practice org; `url` is its address."""

    def __init__(self, sandbox: SalesforceSandbox) -> None:
        self.sandbox = sandbox
        self.url = sandbox.url
        self._ended = threading.Event()

    def hints(self, policy: str) -> list[str]:
        """Return what to type next, one command a line, for a policy."""
        common = f"--policy {policy} --crm {self.url} --connector salesforce --bind salesforce"
        secrets = self.sandbox.credentials.items()
        return [
            *(f"export {name}={value}" for name, value in secrets),
            *(f"leadpolicy {verb} {common} --store practice.db" for verb in _VERBS),
        ]

    def wait(self) -> None:
        """Serve until interrupted, or until `close` is called."""
        while not self._ended.wait(1.0):
            pass

    def close(self) -> None:
        """End the server; closing twice is harmless."""
        self._ended.set()
        self.sandbox.stop()


_VERBS = ("plan", "apply", "sync")


def start(*, port: int = PORT, leads: int = 200, seed: int = 1) -> PracticeSalesforce:
    """Start a server on this machine with sample leads; port 0 takes a free one.

    Raises `CrmError` where the port is taken.
    """
    sandbox = SalesforceSandbox(port=port)
    load_samples(sandbox.org, leads, seed)
    try:
        sandbox.start()
    except OSError as error:
        hint = "choose another one with `--port`, or 0 for any that is free"
        raise CrmError(f"cannot listen on port {port}: {error.strerror or error}", hint) from None
    return PracticeSalesforce(sandbox)
