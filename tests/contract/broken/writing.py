# mypy: ignore-errors
"""Connectors that write wrongly."""

import time
from dataclasses import replace

from leadpolicy.crm.connector import (
    BatchRefusedError,
    BusyError,
    Outcome,
    Standing,
    Status,
)
from leadpolicy.testing.contract.references.all_or_none import AllOrNoneConnector
from leadpolicy.testing.contract.references.create_only import CreateOnlyConnector
from leadpolicy.testing.contract.references.unique import UniqueConnector
from leadpolicy.testing.contract.references.upsert import UpsertConnector

from .seeded import caught_by

REFUSING = frozenset({Status.FAILED, Status.DEFERRED})


@caught_by("an-empty-batch-makes-no-call")
class CallsForNothing(UpsertConnector):
    def write(self, rows, columns):
        with self.call("write"):
            return super().write(rows, columns)


@caught_by("a-batch-is-one-call")
class WritesRowByRow(UpsertConnector):
    def write(self, rows, columns):
        return [o for row in rows for o in super(WritesRowByRow, self).write([row], columns)]


@caught_by("a-batch-is-one-call")
class SplitsBatches(UpsertConnector):
    def write(self, rows, columns):
        half = len(rows) // 2
        return super().write(rows[:half], columns) + super().write(rows[half:], columns)


@caught_by("a-key-has-one-outcome")
class DropsTheLastOutcome(UpsertConnector):
    def write(self, rows, columns):
        return super().write(rows, columns)[:-1]


@caught_by("a-key-has-one-outcome")
class AddsAnOutcome(UpsertConnector):
    def write(self, rows, columns):
        return [*super().write(rows, columns), Outcome("summary", Status.WRITTEN)]


@caught_by("a-key-has-one-outcome")
class RepeatsAnOutcome(UpsertConnector):
    def write(self, rows, columns):
        outcomes = super().write(rows, columns)
        return [*outcomes, *outcomes[:1]]


@caught_by("a-batch-sent-twice-counts-once")
class ClaimsAKeyAndAppends(CreateOnlyConnector):
    capabilities = replace(CreateOnlyConnector.capabilities, idempotency="native_key")


@caught_by("two-workers-count-once")
class LooksBeforeItAppends(CreateOnlyConnector):
    capabilities = replace(CreateOnlyConnector.capabilities, idempotency="unique_upsert")

    def write(self, rows, columns):
        with self.login() as books:
            there = {effect.key for effect in books.effects}
        time.sleep(0.1)
        fresh = [row for row in rows if row.key not in there]
        known = [Outcome(row.key, Status.UNCHANGED) for row in rows if row.key in there]
        return super().write(fresh, columns) + known


@caught_by("an-unchanged-lead-is-not-written")
class ReadsNumbersAsText(UpsertConnector):
    def read_leads(self, columns=(), keys=None):
        for lead in super().read_leads(columns, keys):
            held = {name: value and str(value) for name, value in lead.held.items()}
            yield replace(lead, held=held)

    def lookup(self, keys, columns):
        found = super().lookup(keys, columns)
        return {
            key: replace(there, values={n: v and str(v) for n, v in there.values.items()})
            for key, there in found.items()
        }


@caught_by("a-newer-decision-stands")
class WritesBehind(UpsertConnector):
    def __init__(self, *parts):
        super().__init__(*parts)
        self.waiting = []

    def write(self, rows, columns):
        before, self.waiting = self.waiting, list(rows)
        super().write(before, columns)
        return [Outcome(row.key, Status.WRITTEN) for row in rows]


@caught_by("a-bad-row-does-not-hold-up-the-others")
class RefusesAllForOne(UpsertConnector):
    def write(self, rows, columns):
        with self.login() as books:
            bad = [found for row in rows if (found := self.refusal(books, row))]
        if bad:
            return [Outcome.failed(row.key, "batch", "the batch was refused") for row in rows]
        return super().write(rows, columns)


@caught_by("a-bad-row-does-not-hold-up-the-others")
class IgnoresPartialSuccess(UpsertConnector):
    def write(self, rows, columns):
        return [replace(o, status=Status.WRITTEN) for o in super().write(rows, columns)]


@caught_by("a-bad-row-does-not-hold-up-the-others")
class RefusesWithoutReason(UpsertConnector):
    def write(self, rows, columns):
        return [Outcome(o.key, o.status) for o in super().write(rows, columns)]


@caught_by("a-bad-row-does-not-hold-up-the-others")
class StopsAtTheFirstBadRow(UpsertConnector):
    def write(self, rows, columns):
        outcomes = []
        for row in rows:
            outcomes += super().write([row], columns)
            if outcomes[-1].status in REFUSING:
                break
        return outcomes + [Outcome(row.key, Status.WRITTEN) for row in rows[len(outcomes) :]]


@caught_by("a-refused-batch-is-halved")
class CallsBadRowsBusy(AllOrNoneConnector):
    def write(self, rows, columns):
        try:
            return super().write(rows, columns)
        except BatchRefusedError as error:
            raise BusyError(error.message) from None


@caught_by("a-refused-batch-is-halved")
class RefusesEveryRowOfTheBatch(AllOrNoneConnector):
    def write(self, rows, columns):
        try:
            return super().write(rows, columns)
        except BatchRefusedError as error:
            return [Outcome.failed(row.key, "refused", error.message) for row in rows]


@caught_by("passing-and-lasting-refusals-differ")
class RefusesLockedRowsForGood(UpsertConnector):
    def write(self, rows, columns):
        lasting = {Status.DEFERRED: Status.FAILED}
        found = super().write(rows, columns)
        return [replace(o, status=lasting.get(o.status, o.status)) for o in found]


@caught_by("passing-and-lasting-refusals-differ")
class HopesForBadRows(UpsertConnector):
    def write(self, rows, columns):
        hoping = {Status.FAILED: Status.DEFERRED}
        found = super().write(rows, columns)
        return [replace(o, status=hoping.get(o.status, o.status)) for o in found]


@caught_by("a-lookup-tells-what-became-of-a-lead")
class FindsDeletedLeads(UpsertConnector):
    def lookup(self, keys, columns):
        with self.call("lookup") as books:
            return books.memory.lookup(keys, columns)


@caught_by("a-lookup-tells-what-became-of-a-lead")
class FindsLeadsThatNeverWere(UpsertConnector):
    def lookup(self, keys, columns):
        empty = Standing(dict.fromkeys(c.name for c in columns))
        return dict.fromkeys(keys, empty) | dict(super().lookup(keys, columns))


@caught_by("a-lookup-tells-what-became-of-a-lead")
class ForgetsWhatALeadBecame(UpsertConnector):
    def lookup(self, keys, columns):
        found = super().lookup(keys, columns)
        return {key: replace(there, into="") for key, there in found.items()}


@caught_by("created-and-written-are-told-apart")
class CallsEverythingWritten(UniqueConnector):
    def write(self, rows, columns):
        written = {Status.CREATED: Status.WRITTEN}
        found = super().write(rows, columns)
        return [replace(o, status=written.get(o.status, o.status)) for o in found]


@caught_by("only-owned-columns-are-written")
class OverwritesTheVerdict(UpsertConnector):
    def keep(self, books, row):
        books.memory.leads[row.key]["kit_verdict"] = None
        return super().keep(books, row)


@caught_by("none-clears-and-absent-leaves")
class ClearsWhatIsNotNamed(UpsertConnector):
    def keep(self, books, row):
        named = {name for _, name in books.memory.columns if name.startswith("lp_")}
        books.memory.leads[row.key].update(dict.fromkeys(named))
        return super().keep(books, row)


@caught_by("none-clears-and-absent-leaves")
class LeavesOutNone(UpsertConnector):
    def keep(self, books, row):
        filled = {name: value for name, value in row.values.items() if value is not None}
        return super().keep(books, replace(row, values=filled))


@caught_by("a-connector-never-waits")
class WaitsForALock(UpsertConnector):
    def write(self, rows, columns):
        outcomes = super().write(rows, columns)
        if any(o.status is Status.DEFERRED for o in outcomes):
            time.sleep(0.01)
            return super().write(rows, columns)
        return outcomes


@caught_by("a-connector-never-waits")
class KeepsTheRateItself(UpsertConnector):
    def write(self, rows, columns):
        time.sleep(0.01)
        return super().write(rows, columns)
