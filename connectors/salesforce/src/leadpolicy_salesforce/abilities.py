"""What the connector can do at best, without loading anything that it needs to do it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from leadpolicy.crm.connector import Capabilities, PartKind, Stream
from leadpolicy_salesforce.options import BULK_MAX, BULK_MIN, LATE_EFFECT_SECONDS, Options

BATCH_MAX: Final = 200
"""Records of one call to a collection, as Salesforce allows."""
NATIVE: Final = frozenset({"score", "grade", "rating", "transition", "demands", "feedback"})
_PARTS: Final = frozenset(PartKind)
_DESTROYS: Final = frozenset({PartKind.COLUMN, PartKind.RULE, PartKind.PERMISSION})
CAPABILITIES: Final = Capabilities(
    idempotency="native_key",
    late_effect_seconds=LATE_EFFECT_SECONDS,
    batch_max=BATCH_MAX,
    bulk_min=BULK_MIN,
    bulk_max=BULK_MAX,
    atomicity="per_row",
    live_quota=True,
    feeds=frozenset(Stream),
    deletions="feed",
    merges=True,
    concurrency="none",
    creates=_PARTS,
    changes=_PARTS,
    destroys=_DESTROYS,
    together=True,
    state_table=True,
    consent_tables=True,
    native=NATIVE,
    reads_consents=True,
    writes_consents=True,
    max_concurrency=4,
)


def abilities(options: Options) -> Capabilities:
    """Return what the connector can do with these options."""
    return replace(
        CAPABILITIES,
        late_effect_seconds=options.late_effect_seconds,
        bulk_min=options.bulk_min,
        bulk_max=options.bulk_max,
    )
