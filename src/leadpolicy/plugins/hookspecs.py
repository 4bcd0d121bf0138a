"""Every hook that a plug-in can answer.

A plug-in is an object or module named in the entry-point group `leadpolicy`:

    [project.entry-points.leadpolicy]
    generic = "leadpolicy_generic.plugin"

    # leadpolicy_generic/plugin.py
    @hookimpl
    def leadpolicy_connectors():
        return {"generic": GenericFactory()}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

import pluggy

from leadpolicy.crm.connector import Connector

GROUP: Final = "leadpolicy"
hookspec: Final = pluggy.HookspecMarker(GROUP)
hookimpl: Final = pluggy.HookimplMarker(GROUP)


class ConnectorFactory(Protocol):
    """Opens connectors of one kind; making the factory itself costs nothing."""

    def open(
        self, url: str, binding: Mapping[str, object], options: Mapping[str, object]
    ) -> Connector:
        """Return a connector for the CRM at an address.

        `binding` says where the CRM keeps leads, signals and consents. Raises `ConnectorError`.
        """


class Hooks:
    """The hooks; each is asked of one plug-in at a time."""

    @hookspec
    def leadpolicy_connectors(self) -> Mapping[str, ConnectorFactory]:  # type: ignore[empty-body]
        """Return the connectors that the plug-in brings, by name."""
