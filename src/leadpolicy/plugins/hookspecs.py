"""Every hook that a plug-in can answer.

A plug-in is a module named in the entry-point group `leadpolicy`; it says which version of these
hooks it is made for, and loads nothing heavy before something of it is opened:

    [project.entry-points.leadpolicy]
    generic = "leadpolicy_generic.plugin"

    # leadpolicy_generic/plugin.py
    LEADPOLICY_API = (1, 0)

    @hookimpl
    def leadpolicy_connectors():
        return {"generic": GenericFactory()}
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

import pluggy

if TYPE_CHECKING:
    from leadpolicy.backends.base import Backend
    from leadpolicy.crm.connector import Capabilities, Connector
    from leadpolicy.crm.store import Store
    from leadpolicy.diagnostics import Diagnostic
    from leadpolicy.exchange.enricher import EnricherFactory
    from leadpolicy.policy.checked import CheckedPolicy

GROUP: Final = "leadpolicy"
API: Final = (1, 0)
"""The version of the hooks: another first number is refused, a higher second one too."""

hookspec: Final = pluggy.HookspecMarker(GROUP)
hookimpl: Final = pluggy.HookimplMarker(GROUP)


class ConnectorFactory(Protocol):
    """Opens connectors of one kind; making the factory itself costs nothing."""

    @property
    def capabilities(self) -> Capabilities:
        """What its connectors can do at best; an opened one may be able to do less."""

    def open(
        self, url: str, binding: Mapping[str, object], options: Mapping[str, object]
    ) -> Connector:
        """Return a connector for the CRM at an address.

        `binding` says where the CRM keeps leads, signals and consents. Raises `ConnectorError`.
        """


BackendFactory: TypeAlias = Callable[[Mapping[str, object]], "Backend[Any]"]
Check: TypeAlias = Callable[["CheckedPolicy"], Iterable["Diagnostic"]]
StoreFactory: TypeAlias = Callable[[str], "Store"]


class Hooks:
    """The hooks; each is asked of one plug-in at a time, and answers with things by name."""

    @hookspec
    def leadpolicy_connectors(self) -> Mapping[str, ConnectorFactory]:  # type: ignore[empty-body]
        """Return connectors to CRMs."""

    @hookspec
    def leadpolicy_backends(self) -> Mapping[str, BackendFactory]:  # type: ignore[empty-body]
        """Return back-ends: engines and languages that a checked policy is compiled to."""

    @hookspec
    def leadpolicy_checks(self) -> Mapping[str, Check]:  # type: ignore[empty-body]
        """Return checks of a policy, which `leadpolicy check` runs after its own."""

    @hookspec
    def leadpolicy_enrichers(self) -> Mapping[str, EnricherFactory]:  # type: ignore[empty-body]
        """Return sources of attributes: registers, enrichment services, external scores."""

    @hookspec
    def leadpolicy_stores(self) -> Mapping[str, StoreFactory]:  # type: ignore[empty-body]
        """Return stores by the scheme of their URLs, such as `postgresql`."""
