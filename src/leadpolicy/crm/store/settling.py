"""What becomes of messages that were sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from leadpolicy.crm.store.contract import Settled, Verdict
from leadpolicy.crm.store.driver import Driver, chunks, to_micros
from leadpolicy.crm.store.schema import State

_MINE: Final = "crm = ? AND state = 1 AND intent = ?"
_ARRIVE: Final = (
    "UPDATE outbox SET state = 5, intent = NULL, payload = '', digest = '', ticket = ''"
    f" WHERE {_MINE} AND seq = ANY(?)"
)
_OUTDATED: Final = (
    f"{_ARRIVE} AND (doomed = 1 OR EXISTS (SELECT 1 FROM outbox b"
    " WHERE b.crm = outbox.crm AND b.lead = outbox.lead AND b.state = 4))"
)
_DOUBT: Final = f"UPDATE outbox SET doubted = 1, ticket = '' WHERE {_MINE} AND seq = ANY(?)"
_ACCEPT: Final = f"UPDATE outbox SET ticket = ? WHERE {_MINE} AND seq = ?"
_KEEP: Final = (
    "UPDATE outbox SET state = ?, moment = ?, attempts = attempts + ?, code = ?, field = ?,"
    f" message = ?, intent = NULL, ticket = '' WHERE {_MINE} AND seq = ?"
)
_BEHIND: Final = "SELECT 1 FROM outbox WHERE crm = ? AND state = 4 LIMIT 1"
_PROMOTE: Final = (
    "UPDATE outbox SET state = 0 WHERE crm = ? AND state = 4"
    " AND lead IN (SELECT lead FROM outbox WHERE seq = ANY(?) AND state = 5)"
)
_FINISH: Final = (
    "DELETE FROM intents WHERE id = ? AND NOT EXISTS"
    " (SELECT 1 FROM outbox WHERE crm = ? AND state = 1 AND intent = ?)"
)

_DROPPED: Final = (Verdict.GONE, Verdict.WITHHELD)


class Settling:
    """Settles messages of one intent inside a transaction.

    Messages that are not under the intent any more, such as those of erased leads, are passed over.
    """

    def __init__(self, db: Driver, crm: int, intent: int, now: int) -> None:
        self._db = db
        self._mine = (crm, intent)
        self._now = now

    def settle(self, settled: Sequence[Settled]) -> None:
        """Keep the verdicts; messages that wait behind these move up."""
        groups: dict[Verdict, list[Settled]] = defaultdict(list)
        for one in settled:
            if one.verdict is not Verdict.DONE:
                groups[one.verdict].append(one)
        # Nearly all messages are done: they are told apart without being looked up by verdict.
        done = [one for one in settled if one.verdict is Verdict.DONE]
        self._for_each(_ARRIVE, done)
        self._for_each(_ARRIVE, [one for verdict in _DROPPED for one in groups[verdict]])
        self._for_each(_DOUBT, groups[Verdict.DOUBTED])
        self._accept(groups[Verdict.ACCEPTED])
        behind = bool(self._db.rows(_BEHIND, self._mine[:1]))
        kept = groups[Verdict.AGAIN] + groups[Verdict.DEAD]
        self._for_each(_OUTDATED, kept)
        self._db.run_many(_KEEP, [self._kept(one) for one in kept])
        if behind:
            self._move_up(settled)
        crm, intent = self._mine
        self._db.run(_FINISH, (intent, crm, intent))

    def _for_each(self, statement: str, settled: Sequence[Settled]) -> None:
        for chunk in chunks(one.seq for one in settled):
            self._db.run(statement, (*self._mine, chunk))

    def _accept(self, settled: Sequence[Settled]) -> None:
        self._db.run_many(_ACCEPT, [(one.ticket, *self._mine, one.seq) for one in settled])

    def _kept(self, one: Settled) -> tuple[object, ...]:
        state, moment = self._place(one)
        why = (one.code, one.field, one.message)
        return (int(state), moment, int(one.counted), *why, *self._mine, one.seq)

    def _place(self, one: Settled) -> tuple[State, int | None]:
        if one.verdict is Verdict.DEAD:
            return State.DEAD, self._now
        if one.next_at is None:
            return State.READY, None
        return State.LATER, to_micros(one.next_at)

    def _move_up(self, settled: Sequence[Settled]) -> None:
        crm = self._mine[0]
        for chunk in chunks(one.seq for one in settled):
            self._db.run(_PROMOTE, (crm, chunk))
