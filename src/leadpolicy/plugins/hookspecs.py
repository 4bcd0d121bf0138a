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

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

import pluggy

if TYPE_CHECKING:
    from leadpolicy.backends.base import Backend
    from leadpolicy.crm.connector import Capabilities, Column, Connector, DesiredState, Native
    from leadpolicy.crm.store import Store
    from leadpolicy.diagnostics import Diagnostic
    from leadpolicy.exchange.enricher import EnricherFactory
    from leadpolicy.policy.checked import CheckedPolicy

GROUP: Final = "leadpolicy"
API: Final = (1, 1)
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


class Exporter(Protocol):
    """Writes what a policy needs in a CRM as files, for teams that deploy with their own tools."""

    @property
    def capabilities(self) -> Capabilities:
        """What the CRM can do."""

    def native(
        self,
        policy: CheckedPolicy,
        columns: Sequence[Column],
        binding: Mapping[str, object],
        options: Mapping[str, object],
    ) -> Native:
        """Return what the CRM can compute and enforce itself, as far as it is known without it."""

    def adapt(
        self,
        policy: CheckedPolicy,
        desired: DesiredState,
        binding: Mapping[str, object],
        options: Mapping[str, object],
    ) -> DesiredState:
        """Return the desired state with what the CRM needs beside it."""

    def files(
        self,
        policy: CheckedPolicy,
        desired: DesiredState,
        binding: Mapping[str, object],
        options: Mapping[str, object],
    ) -> Mapping[str, bytes]:
        """Return the files by path inside the folder; the same in, the same out."""


class PracticeCrm(Protocol):
    """A running practice CRM."""

    url: str

    def hints(self, policy: str) -> Sequence[str]:
        """Return what to type next, one command a line, for a policy."""

    def wait(self) -> None:
        """Serve until interrupted."""

    def close(self) -> None:
        """End the server; closing twice is harmless."""


class SandboxFactory(Protocol):
    """Starts practice CRMs of one kind."""

    def start(self, *, port: int, leads: int, seed: int) -> PracticeCrm:
        """Start a server on this machine with sample leads; port 0 takes a free one.

        Raises `CrmError` where the port is taken.
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

    @hookspec
    def leadpolicy_exporters(self) -> Mapping[str, Exporter]:  # type: ignore[empty-body]
        """Return what writes the parts that a policy needs in a CRM as files."""

    @hookspec
    def leadpolicy_sandboxes(self) -> Mapping[str, SandboxFactory]:  # type: ignore[empty-body]
        """Return practice CRMs that can be started on this machine."""
