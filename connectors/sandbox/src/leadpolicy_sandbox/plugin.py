"""What this distribution brings; servers are loaded when one is started."""

from __future__ import annotations

from collections.abc import Mapping

from leadpolicy.plugins.hookspecs import PracticeCrm, SandboxFactory, hookimpl

LEADPOLICY_API = (1, 1)


class SalesforceSandboxes:
    """Starts practice orgs of Salesforce."""

    def start(self, *, port: int, leads: int, seed: int) -> PracticeCrm:
        """Start a server with sample leads; see `leadpolicy_sandbox.salesforce.running`."""
        from leadpolicy_sandbox.salesforce.running import start

        return start(port=port, leads=leads, seed=seed)


@hookimpl
def leadpolicy_sandboxes() -> Mapping[str, SandboxFactory]:
    """Return the practice CRMs by name."""
    return {"salesforce": SalesforceSandboxes()}
