"""What this distribution brings; SQLAlchemy is loaded when a connector is opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from leadpolicy.crm.connector import Capabilities, Connector, PartKind
from leadpolicy.plugins.hookspecs import ConnectorFactory, hookimpl

LEADPOLICY_API = (1, 0)

_PARTS: Final = frozenset({PartKind.COLUMN, PartKind.TABLE, PartKind.REASON})
CAPABILITIES: Final = Capabilities(
    idempotency="native_key", batch_max=500, creates=_PARTS, changes=_PARTS
)


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
