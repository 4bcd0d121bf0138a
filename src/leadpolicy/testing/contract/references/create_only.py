"""A connector whose CRM only appends: each write makes a record, and none can be changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from leadpolicy.crm.connector import DecisionRow, Outcome, Standing, Status
from leadpolicy.crm.state import Column
from leadpolicy.testing.contract.references.ledger import Books
from leadpolicy.testing.contract.references.upsert import UpsertConnector


class CreateOnlyConnector(UpsertConnector):
    """Appends decisions; `lookup` shows the latest record, which is how a lost answer is told."""

    name = "create_only"
    capabilities = replace(UpsertConnector.capabilities, idempotency="verify_read")

    def keep(self, books: Books, row: DecisionRow) -> Outcome:
        """Append one record."""
        books.keep(row, self.actor)
        books.appended[row.key] += 1
        return Outcome(row.key, Status.CREATED)

    def lookup(self, keys: Sequence[str], columns: Sequence[Column]) -> Mapping[str, Standing]:
        """Return the latest record of each lead, with nothing in it before the first."""
        known = super().lookup(keys, columns)
        with self.login() as books:
            latest = {effect.key: effect.values for effect in books.effects}
        return {
            key: replace(
                standing, values={c.name: latest.get(key, {}).get(c.name) for c in columns}
            )
            for key, standing in known.items()
        }
