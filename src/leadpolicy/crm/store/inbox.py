"""The inbox: what came out of a CRM, once each, with its effects and the cursor behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from leadpolicy.crm.capabilities import Stream
from leadpolicy.crm.points import Point
from leadpolicy.crm.rows import ConsentRow, Event, FeedbackRow, Page
from leadpolicy.crm.store.consents import consents
from leadpolicy.crm.store.contract import Lock, Received, Remembered, TakenIn
from leadpolicy.crm.store.driver import CHUNK, chunks, paged, to_micros, to_moment
from leadpolicy.crm.store.effects import Effects
from leadpolicy.crm.store.feedback import Feedback
from leadpolicy.crm.store.foreign import add_foreign, foreign_event, foreign_rows
from leadpolicy.crm.store.routes import Routes
from leadpolicy.crm.store.shelf import CRM, Shelf

_ONCE: Final = "INSERT INTO events (crm, trace) VALUES (?, ?) ON CONFLICT DO NOTHING"
_MOVE_CURSOR: Final = (
    "INSERT INTO cursors (crm, stream, cursor) VALUES (?, ?, ?)"
    " ON CONFLICT (crm, stream) DO UPDATE SET cursor = excluded.cursor"
)
_LEADS: Final = (
    f"SELECT lead FROM leads WHERE crm = {CRM} AND lead > ? AND {{}} ORDER BY lead LIMIT {CHUNK}"
)
_TOUCHED: Final = _LEADS.format("touched = 1")
_DUE: Final = _LEADS.format("due_at <= ?")
_REMEMBER: Final = (
    "INSERT INTO leads (crm, lead, due_at, digest) VALUES (?, ?, ?, ?) ON CONFLICT (crm, lead)"
    " DO UPDATE SET touched = 0, due_at = excluded.due_at, digest = excluded.digest"
)
_REMEMBERED: Final = (
    "SELECT lead, due_at, digest FROM leads"
    f" WHERE crm = {CRM} AND lead = ANY(?) AND digest IS NOT NULL ORDER BY lead"
)


class SqlInbox(Shelf):
    """See `Inbox`."""

    def cursor(self, target: str, stream: Stream) -> str | None:
        """Return how far a stream was read."""
        found = self.db.rows(
            f"SELECT cursor FROM cursors WHERE crm = {CRM} AND stream = ?", (target, str(stream))
        )
        return str(found[0][0]) if found else None

    def take_in(self, lock: Lock, page: Page, at: datetime, *, skip: Mapping[str, str]) -> TakenIn:
        """Keep the events of a page with their effects and the cursor, all of it or none."""
        counts: Counter[str] = Counter()
        with self.writing(lock, Point.RECEIVING) as crm:
            effects = Effects(self, crm)
            for event in page.events:
                counts[self._take_event(crm, page.stream, event, skip.get(event.id), effects)] += 1
            self.db.run(_MOVE_CURSOR, (crm, str(page.stream), page.cursor))
        self.forget()
        return TakenIn(counts["new"], counts["known"], counts["echo"], counts["foreign"])

    def _take_event(
        self, crm: int, stream: Stream, event: Event, skip: str | None, effects: Effects
    ) -> str:
        if not self.db.run(_ONCE, (crm, self.trace("event", str(stream), event.id))):
            return "known"
        if skip is None:
            effects.of(event)
            return "new"
        if skip == "foreign":
            add_foreign(self.db, crm, event)
        return skip

    def foreign(self, target: str) -> Iterator[Event]:
        """Yield the events that were not theirs to write who wrote, in the order they came."""
        for row in foreign_rows(self.db, target):
            yield self.decoded(foreign_event, row)

    def forget_cursor(self, lock: Lock, stream: Stream) -> None:
        """Let a stream be read from its beginning; known events stay known."""
        with self.writing(lock) as crm:
            self.db.run("DELETE FROM cursors WHERE crm = ? AND stream = ?", (crm, str(stream)))

    def receive(self, target: str, rows: Iterable[FeedbackRow], at: datetime) -> Received:
        """Take in the feedback of every lead that has any, all of it or none."""
        return Feedback(self, target).receive(rows, to_micros(at))

    def feedback(self, target: str) -> Iterator[FeedbackRow]:
        """Yield the latest feedback by key of lead; withdrawn feedback has no values."""
        return Feedback(self, target).all()

    def consents(self, target: str, keys: Sequence[str]) -> Iterator[ConsentRow]:
        """Yield the latest consent of some leads for each purpose and channel."""
        return consents(self.db, target, keys)

    def touched(self, target: str) -> Iterator[str]:
        """Yield the keys of leads that changed since they were decided, in order of key."""
        for (key,) in paged(lambda last: self.db.rows(_TOUCHED, (target, last)), ""):
            yield key

    def due(self, target: str, at: datetime) -> Iterator[str]:
        """Yield the keys of leads whose values hold no longer, in order of key."""
        now = to_micros(at)
        for (key,) in paged(lambda last: self.db.rows(_DUE, (target, last, now)), ""):
            yield key

    def remember(self, lock: Lock, leads: Iterable[Remembered]) -> None:
        """Keep until when the values of decided leads hold; they are touched no more."""
        with self.writing(lock) as crm:
            routes = Routes(self, crm)
            for chunk in chunks(leads):
                elsewhere = routes.of([lead.key for lead in chunk])
                kept = [lead for lead in chunk if lead.key not in elsewhere]
                self.db.run_many(_REMEMBER, [(crm, *_row(lead)) for lead in kept])

    def remembered(self, target: str, keys: Sequence[str]) -> Iterator[Remembered]:
        """Yield what is kept of some leads; leads that were never decided are left out."""
        for chunk in chunks(keys):
            for lead, due_at, digest in self.db.rows(_REMEMBERED, (target, chunk)):
                yield Remembered(lead, None if due_at is None else to_moment(due_at), digest)

    def basis(self, target: str) -> str:
        """Return the identity of what all leads were last decided by; empty at first."""
        found = self.db.rows("SELECT basis FROM crm WHERE target = ?", (target,))
        return str(found[0][0]) if found else ""

    def rebase(self, lock: Lock, basis: str) -> None:
        """Keep the identity of what all leads were decided by."""
        with self.writing(lock) as crm:
            self.db.run("UPDATE crm SET basis = ? WHERE id = ?", (basis, crm))


def _row(lead: Remembered) -> tuple[str, int | None, str]:
    until = None if lead.valid_until is None else to_micros(lead.valid_until)
    return lead.key, until, lead.digest
