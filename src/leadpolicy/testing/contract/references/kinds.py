"""The reference connectors by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from leadpolicy.testing.contract.references.all_or_none import AllOrNoneConnector
from leadpolicy.testing.contract.references.create_only import CreateOnlyConnector
from leadpolicy.testing.contract.references.job import JobConnector
from leadpolicy.testing.contract.references.unique import UniqueConnector
from leadpolicy.testing.contract.references.upsert import UpsertConnector

KINDS: Final[Mapping[str, type[UpsertConnector]]] = {
    kind.name: kind
    for kind in (
        UpsertConnector,
        UniqueConnector,
        AllOrNoneConnector,
        CreateOnlyConnector,
        JobConnector,
    )
}
