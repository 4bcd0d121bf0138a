"""What the connector can do at best, without loading anything that it needs to do it."""

from __future__ import annotations

from typing import Final

from leadpolicy.crm.connector import Capabilities, PartKind, Stream

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
