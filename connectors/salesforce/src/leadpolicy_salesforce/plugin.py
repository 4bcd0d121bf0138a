"""What this distribution brings; clients of Salesforce are loaded when a connector is opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from leadpolicy.crm.connector import Capabilities, Connector
from leadpolicy.plugins.hookspecs import BackendFactory, ConnectorFactory, Exporter, hookimpl
from leadpolicy_salesforce.abilities import CAPABILITIES
from leadpolicy_salesforce.exporter import SalesforceExporter

if TYPE_CHECKING:
    from leadpolicy.backends.base import Backend

LEADPOLICY_API = (1, 1)


class SalesforceFactory:
    """Opens orgs by address or by the name of an environment."""

    capabilities: Final[Capabilities] = CAPABILITIES

    def open(
        self, url: str, binding: Mapping[str, object], options: Mapping[str, object]
    ) -> Connector:
        """Return a connector for one org; see `SalesforceConnector`."""
        from leadpolicy_salesforce.connector import SalesforceConnector

        return SalesforceConnector(url, binding, options)


def _formulas(options: Mapping[str, object]) -> Backend[Any]:
    from leadpolicy_salesforce.formula.backend import SalesforceBackend
    from leadpolicy_salesforce.formula.compiler import Settings

    return SalesforceBackend(Settings(**options))  # type: ignore[arg-type]


@hookimpl
def leadpolicy_connectors() -> Mapping[str, ConnectorFactory]:
    """Return the connector for Salesforce."""
    return {"salesforce": SalesforceFactory()}


@hookimpl
def leadpolicy_backends() -> Mapping[str, BackendFactory]:
    """Return what compiles policies to Salesforce's formulas."""
    return {"salesforce": _formulas}


@hookimpl
def leadpolicy_exporters() -> Mapping[str, Exporter]:
    """Return what writes policies as source for Salesforce's own tools."""
    return {"salesforce": SalesforceExporter()}
