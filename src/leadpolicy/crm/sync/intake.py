"""Decisions are compared with what stands in the CRM; what differs goes into the outbox."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, TypeAlias, TypeVar

from leadpolicy.crm.connector import UnsupportedError
from leadpolicy.crm.rows import DecisionRow, Outcome, Presence, Standing
from leadpolicy.crm.store.contract import Message, Remembered
from leadpolicy.crm.sync.payload import differs, message, normalised
from leadpolicy.crm.sync.session import Session
from leadpolicy.crm.sync.verdicts import UNKNOWN_LEAD

T = TypeVar("T")

_Kept: TypeAlias = tuple[DecisionRow, Message]
_APPENDING: Final = ("verify_read", "none")


class Intake:
    """Takes decisions in, page by page; the newest decision of a lead counts."""

    def __init__(self, session: Session) -> None:
        self._session = session
        able = session.connector.capabilities
        self._adds_leads = able.creates_leads or able.idempotency in _APPENDING
        self._outbox_holds: bool | None = None

    def take(self, rows: Iterable[DecisionRow], held: dict[str, Mapping[str, object]]) -> None:
        """Take decisions in; `held` has what stands for leads that were read, and is used up."""
        done = 0
        for page in pages(rows, self._session.settings.page):
            self._take(page, held)
            done += len(page)
            self._session.settings.progress("decided", done, None)

    def _take(self, page: Sequence[DecisionRow], held: dict[str, Mapping[str, object]]) -> None:
        newest = {row.key: row for row in page}
        wanted = [row for row in map(self._normalised, newest.values()) if row is not None]
        standings = self._standings(wanted, held)
        changed: list[_Kept] = []
        unchanged: list[_Kept] = []
        for row in wanted:
            standing = standings.get(row.key)
            if self._has_place(row, standing):
                kept = row, message(row, self._session.columns)
                is_new = standing is None or _differs(self._session, row, standing)
                (changed if is_new else unchanged).append(kept)
        self._keep(changed, unchanged)

    def _normalised(self, row: DecisionRow) -> DecisionRow | None:
        try:
            return normalised(row, self._session.columns)
        except ValueError as error:
            self._session.tally.fail(Outcome.failed(row.key, "bad_value", str(error)))
            return None

    def _standings(
        self, rows: Sequence[DecisionRow], held: dict[str, Mapping[str, object]]
    ) -> dict[str, Standing]:
        """Return what stands, as it was read along with the leads, or looked up."""
        names = {column.name for column in self._session.columns}
        found, unread = {}, []
        for row in rows:
            values = held.pop(row.key, {})
            if names <= values.keys():
                found[row.key] = Standing(values)
            else:
                unread.append(row.key)
        for keys in pages(unread, self._session.connector.capabilities.batch_max):
            found |= self._looked_up(keys)
        return found

    def _looked_up(self, keys: Sequence[str]) -> Mapping[str, Standing]:
        connector, columns = self._session.connector, self._session.columns
        try:
            return self._session.calls.read("lookup", lambda: connector.lookup(keys, columns))
        except UnsupportedError:
            return {}

    def _has_place(self, row: DecisionRow, standing: Standing | None) -> bool:
        """Tell whether the CRM has a place for a decision; count and report where it has not."""
        if standing is None and not self._adds_leads:
            failure = Outcome.failed(row.key, UNKNOWN_LEAD, "the CRM has no such lead")
            self._session.tally.fail(failure)
            return False
        if standing is not None and standing.presence is not Presence.PRESENT:
            self._session.tally.add(gone=1)
            return False
        return True

    def _keep(self, changed: Sequence[_Kept], unchanged: Sequence[_Kept]) -> None:
        session = self._session
        self._enqueue([kept for _, kept in changed])
        if unchanged and self._outbox_holds_any():
            keys = [row.key for row, _ in unchanged]
            session.store.obsolete(session.lock, keys, session.now())
        session.tally.add(unchanged=len(unchanged))
        decided = (*changed, *unchanged)
        leads = [Remembered(row.key, row.holds_until, kept.digest) for row, kept in decided]
        session.store.remember(session.lock, leads)

    def _outbox_holds_any(self) -> bool:
        """Tell whether anything may wait; it is counted once at most, for counting takes time."""
        if self._outbox_holds is None:
            backlog = self._session.store.backlog(self._session.target, self._session.now())
            self._outbox_holds = bool(backlog.pending or backlog.later or backlog.dead)
        return self._outbox_holds

    def _enqueue(self, messages: Sequence[Message]) -> None:
        if not messages:
            return
        session = self._session
        decided = self._decided_before(messages)
        enqueued = session.store.enqueue(session.lock, messages, session.now())
        waited = enqueued.known + enqueued.superseding
        session.tally.add(
            superseded=enqueued.superseding,
            erased=enqueued.erased,
            restored=max(0, decided - waited),
        )
        self._outbox_holds = True

    def _decided_before(self, messages: Sequence[Message]) -> int:
        """Count the leads whose decision is the same as before, though the CRM holds another."""
        digests = {kept.key: kept.digest for kept in messages}
        known = self._session.store.remembered(self._session.target, list(digests))
        return sum(digests[kept.key] == kept.digest for kept in known)


def _differs(session: Session, row: DecisionRow, standing: Standing) -> bool:
    return differs(row.values, standing.values, session.columns)


def pages(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield items in lists of a size."""
    source = iter(items)
    while page := list(islice(source, size)):
        yield page
