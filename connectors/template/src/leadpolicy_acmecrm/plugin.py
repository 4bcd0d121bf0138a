"""What this distribution brings; the HTTP client is loaded when a connector is opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from leadpolicy.crm.connector import Capabilities, Connector, PartKind
from leadpolicy.plugins.hookspecs import ConnectorFactory, hookimpl

LEADPOLICY_API = (1, 0)

CAPABILITIES: Final = Capabilities(
    idempotency="unique_upsert",  # a write sent twice ends at the same lead
    batch_max=100,  # rows that the CRM takes in one call
    creates=frozenset({PartKind.COLUMN, PartKind.TABLE, PartKind.REASON}),
    changes=frozenset({PartKind.COLUMN, PartKind.REASON}),
)
"""What the CRM can do. Say no more than that: each value selects tests that hold you to it."""


class AcmecrmFactory:
    """Opens the CRM at a URL."""

    capabilities: Final = CAPABILITIES

    def open(
        self, url: str, binding: Mapping[str, object], options: Mapping[str, object]
    ) -> Connector:
        """Return a connector; see `AcmecrmConnector`."""
        from leadpolicy_acmecrm.connector import AcmecrmConnector

        return AcmecrmConnector(url, options)


@hookimpl
def leadpolicy_connectors() -> Mapping[str, ConnectorFactory]:
    """Return the connector for Acmecrm."""
    return {"acmecrm": AcmecrmFactory()}
