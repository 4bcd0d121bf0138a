"""The plug-in that brings the reference connectors, as a package of connectors would have it."""

from __future__ import annotations

from collections.abc import Mapping

import pluggy

LEADPOLICY_API = (1, 0)
hookimpl = pluggy.HookimplMarker("leadpolicy")


class LedgerFactory:
    """Opens a ledger at a path with the password `password` of the options."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    @property
    def capabilities(self) -> object:
        """What the connector can do."""
        from leadpolicy.testing.contract.references.kinds import KINDS

        return KINDS[self._kind].capabilities

    def open(
        self, url: str, binding: Mapping[str, object], options: Mapping[str, object]
    ) -> object:
        """Return the connector of this kind."""
        from pathlib import Path

        from leadpolicy.testing.contract.references.kinds import KINDS
        from leadpolicy.testing.contract.references.ledger import Ledger

        return KINDS[self._kind](Ledger(Path(url)), str(options.get("password", "")))


@hookimpl
def leadpolicy_connectors() -> Mapping[str, LedgerFactory]:
    """Return the reference connectors by name."""
    names = ("upsert", "unique", "all_or_none", "create_only", "job")
    return {name: LedgerFactory(name) for name in names}
