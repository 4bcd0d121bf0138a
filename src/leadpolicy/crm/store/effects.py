"""What the events of a CRM change in the store."""

from __future__ import annotations

from typing import Final

from leadpolicy.crm.rows import ConsentRow, Event, EventKind, FeedbackRow
from leadpolicy.crm.store import consents, feedback
from leadpolicy.crm.store.driver import to_micros
from leadpolicy.crm.store.erasing import erase
from leadpolicy.crm.store.routes import Routes
from leadpolicy.crm.store.shelf import Shelf

_TOUCH: Final = feedback.TOUCH
_DROP: Final = "DELETE FROM outbox WHERE crm = ? AND lead = ? AND state IN (0, 2, 3, 4)"
_DOOM: Final = "UPDATE outbox SET doomed = 1 WHERE crm = ? AND lead = ? AND state = 1"
_FORGET_LEAD: Final = "DELETE FROM leads WHERE crm = ? AND lead = ?"
_RESTORED: Final = (
    "SELECT 1 FROM leads WHERE crm = ? AND lead = ? AND restored_at IS NOT NULL"
    " AND restored_at >= ?"
)
_RESTORE: Final = (
    "INSERT INTO leads (crm, lead, touched, restored_at) VALUES (?, ?, 1, ?)"
    " ON CONFLICT (crm, lead) DO UPDATE SET touched = 1, restored_at = excluded.restored_at"
)
_UNMERGE: Final = "DELETE FROM aliases WHERE crm = ? AND loser = ?"
_ALIAS: Final = "SELECT moment FROM aliases WHERE crm = ? AND loser = ?"
_MERGE: Final = (
    "INSERT INTO aliases (crm, loser, winner, moment) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (crm, loser) DO UPDATE SET winner = excluded.winner, moment = excluded.moment"
)
_SHORTEN: Final = "UPDATE aliases SET winner = ? WHERE crm = ? AND winner = ?"


class Effects:
    """The effects of events on one CRM, inside a transaction.

    Events may arrive in any order: of two that contradict each other the later one by the CRM's
    time counts.
    """

    def __init__(self, shelf: Shelf, crm: int) -> None:
        self._shelf = shelf
        self._db = shelf.db
        self._crm = crm
        self._routes = Routes(shelf, crm)

    def of(self, event: Event) -> None:
        """Bring about what follows from one event; of an erased lead nothing does."""
        key = self._route(event.key)
        if key is None:
            return
        match event.kind:
            case EventKind.DELETED:
                self._delete(event.key, to_micros(event.at))
            case EventKind.RESTORED:
                self._restore(event.key, to_micros(event.at))
            case EventKind.MERGED:
                self._merge(event.key, str(event.values.get("into") or ""), to_micros(event.at))
            case EventKind.ERASED:
                self._erase(event.key)
            case _:
                self._change(key, event)

    def _route(self, key: str) -> str | None:
        return self._routes.of([key]).get(key, key)

    def _change(self, key: str, event: Event) -> None:
        if event.kind is EventKind.FEEDBACK:
            row = FeedbackRow(key, event.values)
            feedback.keep_event(self._db, self._crm, row, to_micros(event.at))
        elif event.kind is EventKind.CONSENT:
            names = ("purpose", "channel", "status", "source")
            purpose, channel, status, source = (str(event.values.get(n) or "") for n in names)
            row_of = ConsentRow(key, purpose, channel, status, event.at, source)
            consents.fold(self._db, self._crm, row_of)
        self._db.run(_TOUCH, (self._crm, key))

    def _delete(self, key: str, at: int) -> None:
        if not self._was_restored(key, at):
            self._drop(key)

    def _drop(self, key: str) -> None:
        for statement in (_DROP, _DOOM, _FORGET_LEAD):
            self._db.run(statement, (self._crm, key))

    def _was_restored(self, key: str, at: int) -> bool:
        return bool(self._db.rows(_RESTORED, (self._crm, key, at)))

    def _restore(self, key: str, at: int) -> None:
        self._db.run(_UNMERGE, (self._crm, key))
        self._db.run(_RESTORE, (self._crm, key, at))
        self._routes = Routes(self._shelf, self._crm)

    def _merge(self, loser: str, into: str, at: int) -> None:
        if into in ("", loser) or self._was_restored(loser, at) or self._moved(loser) > at:
            return
        winner = self._route(into)
        if winner is None:
            self._erase(loser)
        elif winner != loser:
            self._pass_on(loser, winner, at)
        elif self._moved(into) < at:
            self._db.run(_UNMERGE, (self._crm, into))
            self._pass_on(loser, into, at)

    def _moved(self, key: str) -> int:
        """Return when a lead was merged into another, in microseconds; below 0 if it was not."""
        found = self._db.rows(_ALIAS, (self._crm, key))
        return int(found[0][0]) if found else -1

    def _pass_on(self, loser: str, winner: str, at: int) -> None:
        self._db.run(_MERGE, (self._crm, loser, winner, at))
        self._db.run(_SHORTEN, (winner, self._crm, loser))
        self._drop(loser)
        feedback.pass_on(self._db, self._crm, loser, winner)
        consents.pass_on(self._db, self._crm, loser, winner)
        self._db.run(_TOUCH, (self._crm, winner))
        self._routes = Routes(self._shelf, self._crm)

    def _erase(self, key: str) -> None:
        erase(self._shelf, self._crm, key)
        self._routes = Routes(self._shelf, self._crm)
