"""What this distribution brings; SQLAlchemy is loaded when a connector is opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from leadpolicy.crm.connector import Capabilities, Connector, PartKind, Stream
from leadpolicy.plugins.hookspecs import ConnectorFactory, hookimpl

LEADPOLICY_API = (1, 0)

NATIVE: Final = frozenset({"score", "grade", "rating", "transition", "demands", "feedback"})
CAPABILITIES: Final = Capabilities(
    idempotency="native_key",
    late_effect_seconds=5.0,
    batch_max=500,
    atomicity="all_or_none",
    feeds=frozenset({Stream.CHANGES, Stream.FEEDBACK, Stream.CONSENTS}),
    deletions="scan",
    creates=frozenset(PartKind),
    changes=frozenset(PartKind),
    destroys=frozenset(PartKind),
    state_table=True,
    native=NATIVE,
    reads_consents=True,
    writes_consents=True,
    max_concurrency=4,
)
"""What PostgreSQL can do with a binding that names times of change; others can do less."""


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
