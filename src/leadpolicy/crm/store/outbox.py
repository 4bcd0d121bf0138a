"""The outbox: decisions on their way into a CRM."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from leadpolicy.crm.points import Point
from leadpolicy.crm.store.contract import (
    Backlog,
    Batch,
    Claimed,
    Enqueued,
    Lock,
    Message,
    Settled,
)
from leadpolicy.crm.store.driver import Row, chunks, to_micros, to_moment
from leadpolicy.crm.store.routes import Routes
from leadpolicy.crm.store.schema import State
from leadpolicy.crm.store.settling import Settling
from leadpolicy.crm.store.shelf import CRM, Shelf

_KNOWN: Final = (
    "SELECT lead, seq, state, digest, doomed FROM outbox"
    " WHERE crm = ? AND lead = ANY(?) AND state < 5"
)
_ADD: Final = (
    "INSERT INTO outbox (crm, lead, digest, payload, checksum, state) VALUES (?, ?, ?, ?, ?, ?)"
)
_SUPERSEDE: Final = (
    "UPDATE outbox SET digest = ?, payload = ?, checksum = ?, state = ?, attempts = 0, doubted = 0,"
    " moment = NULL, code = '', field = '', message = '' WHERE seq = ?"
)
_READY: Final = int(State.READY)
_DROP: Final = "DELETE FROM outbox WHERE crm = ? AND lead = ANY(?) AND state IN (0, 2, 3, 4)"
_ROW: Final = "seq, lead, digest, payload, attempts, doubted, checksum"
_DUE: Final = (
    "UPDATE outbox SET state = 0, moment = NULL WHERE crm = ? AND state = 3 AND moment <= ?"
)
_LAST: Final = (
    "SELECT max(seq) FROM (SELECT seq FROM outbox WHERE crm = ? AND state = 0"
    " ORDER BY seq LIMIT ?) AS oldest"
)
_CLAIM: Final = (
    "UPDATE outbox SET state = 1, intent = ? WHERE crm = ? AND state = 0 AND seq <= ?"
    f" RETURNING {_ROW}"
)
_DOUBT: Final = (
    "UPDATE outbox SET doubted = 1 WHERE crm = ? AND state = 1 AND doubted = 0 AND ticket = ''"
)
_HEADS: Final = (
    "SELECT DISTINCT i.id, o.ticket, i.sent_at FROM outbox o JOIN intents i ON i.id = o.intent"
    " WHERE o.crm = ? AND o.state = 1 ORDER BY i.id, o.ticket"
)
_FLYING: Final = (
    f"SELECT {_ROW} FROM outbox WHERE crm = {CRM} AND state = 1 AND intent = ? AND ticket = ?"
    " ORDER BY seq"
)
_COUNT: Final = (
    f"SELECT state, count(*) FROM outbox WHERE crm = {CRM} AND state = {{}} GROUP BY state"
)
_LATER: Final = (
    f"SELECT count(*), min(moment) FROM outbox WHERE crm = {CRM} AND state = 3 AND moment > ?"
)


def checksum(key: str, digest: str, payload: str) -> int:
    """Return the sum that tells whether a message is still what was written."""
    return zlib.crc32(f"{key}\0{digest}\0{payload}".encode("utf-8", "surrogatepass"))


class SqlOutbox(Shelf):
    """See `Outbox`."""

    def enqueue(self, lock: Lock, messages: Iterable[Message], at: datetime) -> Enqueued:
        """Take messages in, all or none; a newer one supersedes one that waits or is dead."""
        tally = _Tally()
        with self.writing(lock) as crm:
            routes = Routes(self, crm)
            for chunk in chunks(messages):
                routed = _routed(chunk, routes.of([message.key for message in chunk]))
                tally.erased += len(chunk) - len(routed)
                self._take(crm, routed, tally)
        return Enqueued(tally.new, tally.superseding, tally.known, tally.erased)

    def _take(self, crm: int, messages: list[Message], tally: _Tally) -> None:
        keys = [message.key for message in messages]
        known = self.db.rows(_KNOWN, (crm, keys))
        if not known and len(set(keys)) == len(keys):
            tally.new += len(keys)
            self.db.run_many(_ADD, [(crm, *one, checksum(*one), _READY) for one in messages])
        else:
            self._weigh(messages, _Intake(crm, known, tally))

    def _weigh(self, messages: list[Message], intake: _Intake) -> None:
        for message in messages:
            intake.take(message)
        self.db.run_many(_ADD, list(intake.added.values()))
        self.db.run_many(_SUPERSEDE, list(intake.changed.values()))

    def obsolete(self, lock: Lock, keys: Sequence[str], at: datetime) -> int:
        """Drop the waiting and dead messages of leads whose newest decision stands already.

        Messages that are claimed or in doubt stay. Returns how many were dropped.
        """
        with self.writing(lock) as crm:
            return sum(self.db.run(_DROP, (crm, chunk)) for chunk in chunks(keys))

    def claim(self, lock: Lock, limit: int, at: datetime) -> Batch | None:
        """Commit the intent to send the oldest messages whose time has come, and return them."""
        now = to_micros(at)
        with self.writing(lock, durable=True) as crm:
            self.db.run(_DUE, (crm, now))
            last = self.db.rows(_LAST, (crm, limit))[0][0]
            if last is None:
                self._sweep(crm)
                return None
            intent = self.db.rows(
                "INSERT INTO intents (crm, sent_at) VALUES (?, ?) RETURNING id", (crm, now)
            )[0][0]
            rows = self.db.rows(_CLAIM, (intent, crm, last))
            if not rows:
                raise self.damaged("the order of waiting messages")
            rows.sort()
            return Batch(str(intent), tuple(map(self._claimed, rows)), to_moment(now))

    def _claimed(self, row: Row) -> Claimed:
        seq, lead, digest, payload, attempts, doubted, kept = row
        if checksum(lead, digest, payload) != kept:
            raise self.damaged("a waiting message")
        return Claimed(seq, lead, digest, payload, attempts, doubted == 1)

    def _sweep(self, crm: int) -> None:
        """Remove what has arrived; emptying a whole table is much cheaper than row by row."""
        if self.db.alone and not self.db.rows("SELECT 1 FROM outbox WHERE state < 5 LIMIT 1"):
            self.db.run("DELETE FROM outbox")
        else:
            self.db.run("DELETE FROM outbox WHERE crm = ? AND state = 5", (crm,))

    def in_doubt(self, lock: Lock) -> Iterator[Batch]:
        """Yield the batches under intents that were not settled, oldest first."""
        with self.writing(lock) as crm:
            self.db.run(_DOUBT, (crm,))
            heads = self.db.rows(_HEADS, (crm,))
        for intent, ticket, sent_at in heads:
            rows = self.db.rows(_FLYING, (lock.target, intent, ticket))
            if rows:
                claimed = tuple(map(self._claimed, rows))
                yield Batch(str(intent), claimed, to_moment(sent_at), ticket)

    def settle(self, lock: Lock, intent: str, settled: Sequence[Settled], at: datetime) -> None:
        """Keep what became of claimed messages, all of it or none."""
        with self.writing(lock, Point.SETTLING) as crm:
            Settling(self.db, crm, int(intent), to_micros(at)).settle(settled)

    def backlog(self, target: str, at: datetime) -> Backlog:
        """Count what has not arrived."""
        counts = {state: self._count(target, state) for state in State}
        later, next_at = self.db.rows(_LATER, (target, to_micros(at)))[0]
        return Backlog(
            pending=counts[State.READY] + counts[State.BEHIND] + counts[State.LATER] - later,
            later=later,
            in_doubt=counts[State.FLYING],
            dead=counts[State.DEAD],
            next_at=None if next_at is None else to_moment(next_at),
        )

    def _count(self, target: str, state: State) -> int:
        return sum(row[1] for row in self.db.rows(_COUNT.format(int(state)), (target,)))


@dataclass(slots=True)
class _Tally:
    new: int = 0
    superseding: int = 0
    known: int = 0
    erased: int = 0


@dataclass(slots=True)
class _Slot:
    """The one message of a lead that is not in flight; `seq` is 0 until it is written."""

    seq: int
    state: State
    digest: str


@dataclass(slots=True)
class _Intake:
    """Decides for each message of a chunk whether it is added, supersedes, or is known."""

    crm: int
    rows: list[Row]
    tally: _Tally
    added: dict[str, tuple[object, ...]] = field(default_factory=dict)
    changed: dict[str, tuple[object, ...]] = field(default_factory=dict)
    slots: dict[str, _Slot] = field(default_factory=dict)
    flying: dict[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for lead, seq, state, digest, doomed in self.rows:
            if state == State.FLYING:
                self.flying[lead] = None if doomed else digest
            else:
                self.slots[lead] = _Slot(seq, State(state), digest)

    def take(self, message: Message) -> None:
        slot = self.slots.get(message.key)
        if self._is_known(message, slot):
            self.tally.known += 1
            return
        state = State.BEHIND if message.key in self.flying else State.READY
        content = (message.digest, message.payload, checksum(*message), int(state))
        if slot is None:
            self.tally.new += 1
            slot = self.slots[message.key] = _Slot(0, state, message.digest)
        else:
            self.tally.superseding += 1
            slot.digest, slot.state = message.digest, state
        if slot.seq:
            self.changed[message.key] = (*content, slot.seq)
        else:
            self.added[message.key] = (self.crm, message.key, *content)

    def _is_known(self, message: Message, slot: _Slot | None) -> bool:
        if slot is None:
            return self.flying.get(message.key) == message.digest
        return slot.digest == message.digest and slot.state is not State.DEAD


def _routed(messages: list[Message], routes: Mapping[str, str | None]) -> list[Message]:
    if not routes:
        return messages
    ends = [routes.get(message.key, message.key) for message in messages]
    both = zip(messages, ends, strict=True)
    return [message._replace(key=key) for message, key in both if key is not None]
