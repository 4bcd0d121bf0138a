"""A connector whose CRM keeps a batch whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from leadpolicy.crm.connector import (
    BatchRefusedError,
    BusyError,
    DecisionRow,
    Outcome,
    Status,
)
from leadpolicy.crm.state import Column
from leadpolicy.testing.contract.references.upsert import UpsertConnector


class AllOrNoneConnector(UpsertConnector):
    """Refuses a batch with a bad row, so that the core has to find the row."""

    name = "all_or_none"
    capabilities = replace(UpsertConnector.capabilities, atomicity="all_or_none")

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        """Write every row or none."""
        if not rows:
            return []
        with self.call("write") as books:
            books.memory.lookup([], columns)
            refusals = [found for row in rows if (found := self.refusal(books, row))]
            if not refusals:
                return [self.keep(books, row) for row in rows]
        first = refusals[0]
        if first.status is Status.DEFERRED:
            raise BusyError(f"lead `{first.key}` is locked")
        raise BatchRefusedError(f"lead `{first.key}` was refused: {first.message}")
