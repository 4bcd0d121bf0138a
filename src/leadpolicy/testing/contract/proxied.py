"""A sandbox in front of which the lab's proxy stands, for CRMs that are reached over HTTP."""

from __future__ import annotations

from typing import Final

from leadpolicy.testing.contract.behaviour import NotOfferedError
from leadpolicy.testing.contract.sandbox import BaseSandbox
from leadpolicy.testing.lab.faults import Scripted
from leadpolicy.testing.lab.proxy import FaultProxy, Items, Purpose


class ProxiedSandbox(BaseSandbox):
    """A sandbox whose calls can go wrong on their way; connectors are opened to `proxy.url`.

    `upstream` is the address of the CRM and `purpose` says what a request is for. With `items`,
    which finds the list in an answer, items can be mixed up as well.
    """

    def __init__(self, upstream: str, purpose: Purpose, items: Items | None = None) -> None:
        self.proxy: Final = FaultProxy(upstream, purpose, items=items)
        self.proxy.__enter__()

    def strike(self, *faults: Scripted) -> None:
        """Script faults; says that those are not offered that only a CRM itself can have."""
        try:
            self.proxy.script(*faults)
        except ValueError as error:
            raise NotOfferedError(str(error)) from None

    def close(self) -> None:
        """Take the proxy away."""
        self.proxy.__exit__()
