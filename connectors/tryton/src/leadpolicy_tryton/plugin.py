"""What this distribution brings; httpx is loaded when a connector is opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from leadpolicy.crm.connector import Connector
from leadpolicy.plugins.hookspecs import ConnectorFactory, hookimpl
from leadpolicy_tryton.abilities import CAPABILITIES

LEADPOLICY_API = (1, 0)


class TrytonFactory:
    """Opens a database of a Tryton server at `http://user@host:8000/database`."""

    capabilities: Final = CAPABILITIES

    def open(
        self, url: str, binding: Mapping[str, object], options: Mapping[str, object]
    ) -> Connector:
        """Return a connector that is logged in; see `TrytonConnector`."""
        from leadpolicy_tryton.connector import TrytonConnector

        return TrytonConnector(url, binding, options)


@hookimpl
def leadpolicy_connectors() -> Mapping[str, ConnectorFactory]:
    """Return the connector for Tryton."""
    return {"tryton": TrytonFactory()}
