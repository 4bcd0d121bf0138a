"""What the connector can do at best, without loading anything that it needs to do it."""

from __future__ import annotations

from typing import Final

from leadpolicy.crm.connector import Capabilities, PartKind, Stream

INSTEAD: Final = (
    "to a field that Tryton has, or to a line of the decision's note like `notes.score`"
)
RULES: Final = frozenset({PartKind.TABLE, PartKind.REASON})
RIGHTS: Final = frozenset({PartKind.PERMISSION})
CAPABILITIES: Final = Capabilities(
    idempotency="verify_read",
    late_effect_seconds=5.0,
    batch_max=100,
    atomicity="all_or_none",
    feeds=frozenset({Stream.CHANGES, Stream.FEEDBACK}),
    deletions="scan",
    concurrency="version",
    creates=RULES | RIGHTS,
    changes=frozenset({PartKind.REASON}) | RIGHTS,
    destroys=RULES | RIGHTS,
    instead=INSTEAD,
)
