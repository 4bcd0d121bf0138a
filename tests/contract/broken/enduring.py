# mypy: ignore-errors
"""Connectors that are wrong about jobs, quotas, logins, lost answers, threads and closing."""

import csv
import io
import threading
import time
from dataclasses import replace

from leadpolicy.crm.connector import (
    AccessError,
    BusyError,
    Outcome,
    Page,
    Quota,
    QuotaError,
    Standing,
    Status,
    Stream,
)
from leadpolicy.testing.contract.references.create_only import CreateOnlyConnector
from leadpolicy.testing.contract.references.job import JobConnector
from leadpolicy.testing.contract.references.ledger import DAILY_CALLS
from leadpolicy.testing.contract.references.unique import UniqueConnector
from leadpolicy.testing.contract.references.upsert import UpsertConnector

from .seeded import caught_by

REFUSING = frozenset({Status.FAILED, Status.DEFERRED})


@caught_by("a-job-answers-like-a-call")
class LosesRefusalsOfJobs(JobConnector):
    def results(self, ticket):
        outcomes = super().results(ticket)
        return outcomes and [o for o in outcomes if o.status is not Status.FAILED]


@caught_by("a-job-answers-like-a-call")
class CallsAcceptedWritten(JobConnector):
    def write(self, rows, columns):
        return [replace(o, status=Status.WRITTEN) for o in super().write(rows, columns)]


@caught_by("a-late-failure-is-kept")
class TakesJobsForGood(JobConnector):
    def results(self, ticket):
        outcomes = super().results(ticket)
        return outcomes and [Outcome(o.key, Status.WRITTEN) for o in outcomes]


@caught_by("a-lost-job-loses-nothing")
class TakesAbortedJobsForDone(JobConnector):
    def results(self, ticket):
        outcomes = super().results(ticket)
        done = {Status.UNKNOWN: Status.WRITTEN}
        return outcomes and [replace(o, status=done.get(o.status, o.status)) for o in outcomes]


@caught_by("nothing-in-a-text-is-carried-out")
class WritesJobsAsCarelessTables(JobConnector):
    def _run(self, books, ticket):
        books.jobs[ticket] = [
            replace(row, values={n: self._through(v) for n, v in row.values.items()})
            for row in books.jobs[ticket]
        ]
        return super()._run(books, ticket)

    def _through(self, value):
        return next(csv.reader(io.StringIO(value)), [""])[0] if isinstance(value, str) else value


@caught_by("the-quota-is-read-live")
class ReadsTheQuotaOnce(UpsertConnector):
    def quota(self):
        return Quota(0, DAILY_CALLS)


@caught_by("the-quota-is-read-live")
class CallsAUsedUpDayBusy(UpsertConnector):
    def write(self, rows, columns):
        try:
            return super().write(rows, columns)
        except QuotaError as error:
            raise BusyError(error.message) from None


@caught_by("a-used-up-quota-ends-the-run-resumably")
class RefusesRowsForWantOfQuota(UpsertConnector):
    def write(self, rows, columns):
        try:
            return super().write(rows, columns)
        except QuotaError as error:
            return [Outcome.failed(row.key, "quota", error.message) for row in rows]


@caught_by("a-refused-login-marks-nothing-dead")
class RefusesRowsForWantOfALogin(UpsertConnector):
    def write(self, rows, columns):
        try:
            return super().write(rows, columns)
        except AccessError as error:
            return [Outcome.failed(row.key, "401", error.message) for row in rows]


@caught_by("a-locked-lead-waits")
class GivesUpBehindALock(UpsertConnector):
    def write(self, rows, columns):
        done = []
        for row in rows:
            if not any(o.status is Status.DEFERRED for o in done):
                done += super().write([row], columns)
        return done + [Outcome(row.key, Status.WRITTEN) for row in rows[len(done) :]]


@caught_by("a-lost-answer-doubles-nothing")
class RemembersLookups(CreateOnlyConnector):
    def __init__(self, *parts):
        super().__init__(*parts)
        self.seen = {}

    def read_leads(self, columns=(), keys=None):
        for lead in super().read_leads(columns, keys):
            self.seen[lead.key] = Standing(lead.held)
            yield lead

    def write(self, rows, columns):
        before = super().lookup([row.key for row in rows], columns)
        self.seen = {**before, **self.seen}
        return super().write(rows, columns)

    def lookup(self, keys, columns):
        return {key: self.seen[key] for key in keys if key in self.seen}


@caught_by("a-lost-answer-doubles-nothing")
class LooksUpNothing(CreateOnlyConnector):
    def lookup(self, keys, columns):
        found = super().lookup(keys, columns)
        return {key: Standing(dict.fromkeys(there.values)) for key, there in found.items()}


@caught_by("a-late-effect-doubles-nothing")
class LooksUpOnlyOnce(CreateOnlyConnector):
    def __init__(self, *parts):
        super().__init__(*parts)
        self.empty = {}

    def write(self, rows, columns):
        self.empty |= super().lookup([row.key for row in rows], columns)
        return super().write(rows, columns)

    def lookup(self, keys, columns):
        return {
            **super().lookup(keys, columns),
            **{k: self.empty[k] for k in keys if k in self.empty},
        }


@caught_by("a-kill-loses-nothing")
class RemembersWhatItSentInMemory(CreateOnlyConnector):
    def __init__(self, *parts):
        super().__init__(*parts)
        self.sent = {}

    def write(self, rows, columns):
        self.sent |= {row.key: Standing(row.values) for row in rows}
        return super().write(rows, columns)

    def lookup(self, keys, columns):
        found = super().lookup(keys, columns)
        empty = Standing(dict.fromkeys(c.name for c in columns))
        return {key: self.sent.get(key, empty) for key in found}


@caught_by("calls-run-at-once")
class SharesABufferBetweenThreads(UpsertConnector):
    def write(self, rows, columns):
        self.rows = rows
        time.sleep(0.05)
        return super().write(self.rows, columns)


@caught_by("closing-lets-go")
class LeavesAThread(UpsertConnector):
    def __init__(self, *parts):
        super().__init__(*parts)
        threading.Thread(target=time.sleep, args=(30,), daemon=True).start()


@caught_by("closing-lets-go")
class LeavesAFileOpen(UpsertConnector):
    kept = []  # noqa: RUF012 - shared on purpose

    def __init__(self, *parts):
        super().__init__(*parts)
        self.kept.append(self.ledger.path.open("rb"))


@caught_by("closing-lets-go")
class ClosesOnlyOnce(UpsertConnector):
    closed = False

    def close(self):
        if self.closed:
            raise RuntimeError("closed already")
        self.closed = True


@caught_by("changes-made-together-are-all-made-or-none")
class MakesWhatItMay(UniqueConnector):
    def apply_together(self, changes):
        for change in changes:
            super().apply_together([change])


@caught_by("a-changed-setup-moves-its-cursor")
class NeverSeesTheSetupChange(UpsertConnector):
    def pull(self, stream, cursor, limit):
        if stream is Stream.SETUP:
            return Page(stream, (), "1")
        return super().pull(stream, cursor, limit)
