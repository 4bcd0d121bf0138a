"""A connector that upserts at a unique field and makes the leads that the CRM lacks."""

from __future__ import annotations

from dataclasses import replace

from leadpolicy.crm.connector import DecisionRow, Outcome, Status
from leadpolicy.testing.contract.references.ledger import Books
from leadpolicy.testing.contract.references.upsert import UpsertConnector


class UniqueConnector(UpsertConnector):
    """Writes a lead, or creates it."""

    name = "unique"
    capabilities = replace(
        UpsertConnector.capabilities, idempotency="unique_upsert", creates_leads=True, together=True
    )

    def refusal(self, books: Books, row: DecisionRow) -> Outcome | None:
        """Return why the CRM does not take a row; an unknown lead is no reason."""
        unknown = row.key not in books.memory.leads
        return None if unknown else super().refusal(books, row)

    def keep(self, books: Books, row: DecisionRow) -> Outcome:
        """Write one row."""
        if row.key in books.memory.leads:
            return super().keep(books, row)
        books.memory.leads[row.key] = {}
        books.keep(row, self.actor)
        return Outcome(row.key, Status.CREATED)
