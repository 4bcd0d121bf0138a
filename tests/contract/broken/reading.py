# mypy: ignore-errors
"""Connectors that read wrongly."""

from dataclasses import replace

from leadpolicy.crm.connector import (
    CursorExpiredError,
    EventKind,
    Outcome,
    Page,
    Status,
    Stream,
    UnsupportedError,
)
from leadpolicy.testing.contract.clock import START
from leadpolicy.testing.contract.references.upsert import UpsertConnector

from .seeded import caught_by


class Rereading(UpsertConnector):
    """Changes the events of every page."""

    def pull(self, stream, cursor, limit):
        page = super().pull(stream, cursor, limit)
        return replace(page, events=tuple(self.seen(page)))

    def seen(self, page):
        return page.events


@caught_by("pages-join-without-loss")
class DropsTheLastOfAPage(Rereading):
    def seen(self, page):
        return page.events[:-1] if len(page.events) > 1 else page.events


@caught_by("pages-join-without-loss")
class IgnoresTheLimit(UpsertConnector):
    def pull(self, stream, cursor, limit):
        return super().pull(stream, cursor, 1000)


@caught_by("pages-join-without-loss")
class CountsPagesOfAListThatMoves(UpsertConnector):
    def pull(self, stream, cursor, limit):
        with self.call("pull") as books:
            latest = {e.key: e for e in books.events[stream]}
            newest = sorted(latest.values(), key=lambda e: e.at, reverse=True)
        start = int(cursor or 0)
        events = tuple(newest[start : start + limit])
        return Page(stream, events, str(start + len(events)), start + limit >= len(newest))


@caught_by("a-burst-is-read-to-its-end")
class CallsAFullPageTheLast(UpsertConnector):
    def pull(self, stream, cursor, limit):
        return replace(super().pull(stream, cursor, limit), complete=True)

    def read_feedback(self, columns):
        return iter(())


@caught_by("an-event-delivered-twice-counts-once")
class NumbersEventsAnew(Rereading):
    count = 0

    def seen(self, page):
        for event in page.events:
            self.count += 1
            yield replace(event, id=f"new-{self.count}")


@caught_by("an-event-delivered-twice-counts-once")
class CallsEveryEventTheSame(Rereading):
    def seen(self, page):
        return [replace(event, id="event") for event in page.events]


@caught_by("events-out-of-order-converge")
class StampsEventsAlike(Rereading):
    def seen(self, page):
        return [replace(event, at=START) for event in page.events]


@caught_by("an-expired-cursor-is-read-from-the-beginning")
class TakesAnExpiredCursorForTheEnd(UpsertConnector):
    def pull(self, stream, cursor, limit):
        try:
            return super().pull(stream, cursor, limit)
        except CursorExpiredError:
            return Page(stream, (), str(cursor))


@caught_by("the-clock-of-the-crm-may-be-wrong")
class ReadsOnFromTheLatestTime(UpsertConnector):
    def pull(self, stream, cursor, limit):
        page = super().pull(stream, None, 1000)
        events = tuple(e for e in page.events if e.at.isoformat() > (cursor or ""))[:limit]
        latest = max((e.at.isoformat() for e in events), default=cursor or "")
        return Page(stream, events, latest)


@caught_by("removals-are-seen")
class ReadsDeletedLeads(UpsertConnector):
    def read_leads(self, columns=(), keys=None):
        with self.call("read_leads") as books:
            yield from list(books.memory.read_leads(columns, keys))


@caught_by("removals-are-seen")
class DoesNotTellOfReturns(Rereading):
    def seen(self, page):
        return [e for e in page.events if e.kind is not EventKind.RESTORED]


@caught_by("removals-are-seen")
class DoesNotTellOfDeletions(Rereading):
    def seen(self, page):
        return [e for e in page.events if e.kind is not EventKind.DELETED]


@caught_by("a-merged-lead-is-not-brought-back")
class DoesNotSayIntoWhat(Rereading):
    def seen(self, page):
        merged = EventKind.MERGED
        return [replace(e, values={}) if e.kind is merged else e for e in page.events]


@caught_by("a-merged-lead-is-not-brought-back")
class CallsAMergeADeletion(Rereading):
    def seen(self, page):
        deleted = {EventKind.MERGED: EventKind.DELETED}
        return [replace(e, kind=deleted.get(e.kind, e.kind)) for e in page.events]


@caught_by("an-erased-lead-leaves-no-payload")
class CallsAnErasureADeletion(Rereading):
    def seen(self, page):
        deleted = {EventKind.ERASED: EventKind.DELETED}
        return [replace(e, kind=deleted.get(e.kind, e.kind)) for e in page.events]


@caught_by("a-withdrawal-blocks-what-waits")
class KeepsWithdrawalsBack(Rereading):
    def seen(self, page):
        return [e for e in page.events if e.values.get("status") != "withdrawn"]


@caught_by("a-denial-wins-a-tie")
class TellsOnlyTheLastWord(Rereading):
    def seen(self, page):
        consents = page.stream is Stream.CONSENTS
        return list({e.key: e for e in page.events}.values()) if consents else page.events


@caught_by("a-withdrawal-arrives-within-one-poll")
class StampsConsentsOnArrival(UpsertConnector):
    def pull(self, stream, cursor, limit):
        page = super().pull(stream, cursor, limit)
        first = int(cursor or 0)
        stamped = (
            replace(e, at=START.replace(minute=first + number))
            for number, e in enumerate(page.events)
        )
        return replace(page, events=tuple(stamped))


@caught_by("a-consent-that-is-told-stands")
class NodsAtConsents(UpsertConnector):
    def write_consents(self, rows):
        return [Outcome(row.key, Status.WRITTEN) for row in rows]


@caught_by("feedback-for-an-unknown-lead-is-kept")
class HearsOnlyOfLeadsItWrote(Rereading):
    def seen(self, page):
        with self.login() as books:
            written = {effect.key for effect in books.effects}
        return [e for e in page.events if e.key in written]

    def read_feedback(self, columns):
        return iter(())


@caught_by("capabilities-are-true")
class DeclaresWhatItDoesNotFeed(UpsertConnector):
    def pull(self, stream, cursor, limit):
        if stream is Stream.STAGES:
            raise UnsupportedError("stages come later")
        return super().pull(stream, cursor, limit)


@caught_by("capabilities-are-true")
class DeniesConsentsAndTakesThem(UpsertConnector):
    capabilities = replace(UpsertConnector.capabilities, writes_consents=False)


@caught_by("capabilities-are-true")
class RefusesJobsWithoutWords(UpsertConnector):
    def results(self, ticket):
        raise KeyError(ticket)


@caught_by("capabilities-are-true")
class DeclaresAQuotaItCannotRead(UpsertConnector):
    def quota(self):
        return None


@caught_by("the-connector-is-typed")
class LeavesTypesOut(UpsertConnector):
    def write(self, rows, columns):
        return super().write(rows, columns)
