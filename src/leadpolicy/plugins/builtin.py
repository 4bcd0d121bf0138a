"""What the library itself ships, through the same hooks as everybody else."""

from __future__ import annotations

from collections.abc import Mapping

from leadpolicy.crm.memory import MemoryFactory
from leadpolicy.plugins.hookspecs import ConnectorFactory, hookimpl


@hookimpl
def leadpolicy_connectors() -> Mapping[str, ConnectorFactory]:
    """Return the connectors that come with the library."""
    return {"memory": MemoryFactory()}
