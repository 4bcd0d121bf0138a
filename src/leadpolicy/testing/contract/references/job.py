"""A connector whose CRM takes large batches as jobs and answers them later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from leadpolicy.crm.connector import DecisionRow, Outcome, Standing, Status, UnsupportedError
from leadpolicy.crm.state import Column
from leadpolicy.testing.contract.references.ledger import Books
from leadpolicy.testing.contract.references.upsert import UpsertConnector


class JobConnector(UpsertConnector):
    """Sends eight rows or more as a job; the first question finds every job still running."""

    name = "job"
    capabilities = replace(UpsertConnector.capabilities, bulk_min=8, bulk_max=40)

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        """Write a small batch at once; hand in a large one."""
        if len(rows) < (self.capabilities.bulk_min or 0):
            return super().write(rows, columns)
        with self.call("write") as books:
            books.memory.lookup([], columns)
            ticket = f"job-{len(books.jobs)}"
            books.jobs[ticket] = list(rows)
            return [Outcome(row.key, Status.ACCEPTED, ticket=ticket) for row in rows]

    def results(self, ticket: str) -> list[Outcome] | None:
        """Return what became of the rows of a job."""
        with self.call("results") as books:
            if ticket not in books.jobs:
                raise UnsupportedError(f"there is no job `{ticket:.40}`")
            if books.calls[ticket] == 0:
                books.calls[ticket] += 1
                return None
            return self._run(books, ticket)

    def lookup(self, keys: Sequence[str], columns: Sequence[Column]) -> Mapping[str, Standing]:
        """Return what stands when every job has ended."""
        with self.login() as books:
            for ticket in list(books.jobs):
                self._run(books, ticket)
        return super().lookup(keys, columns)

    def _run(self, books: Books, ticket: str) -> list[Outcome]:
        """Run a job once; later questions are given the same answer."""
        if ticket in books.aborted:
            return [Outcome(row.key, Status.UNKNOWN, "aborted") for row in books.jobs[ticket]]
        if ticket not in books.answers:
            books.answers[ticket] = [
                self.refusal(books, row) or self.keep(books, row) for row in books.jobs[ticket]
            ]
        return books.answers[ticket]
