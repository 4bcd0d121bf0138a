"""What this distribution brings; SQLAlchemy is loaded when a connector is opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from leadpolicy.crm.connector import Connector
from leadpolicy.plugins.hookspecs import ConnectorFactory, hookimpl
from leadpolicy_generic.abilities import CAPABILITIES

LEADPOLICY_API = (1, 0)


class GenericFactory:
    """Opens the database at a URL, or the SQLite file at a path."""

    capabilities: Final = CAPABILITIES

    def open(
        self, url: str, binding: Mapping[str, object], options: Mapping[str, object]
    ) -> Connector:
        """Return a connector for one database; see `GenericConnector`."""
        from leadpolicy_generic.connector import GenericConnector

        return GenericConnector(url, binding, options)


@hookimpl
def leadpolicy_connectors() -> Mapping[str, ConnectorFactory]:
    """Return the connector for SQL databases."""
    return {"generic": GenericFactory()}
