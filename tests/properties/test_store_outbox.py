"""The outbox against a model of a few dictionaries, with kills, take-overs and a moving clock."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from effort import examples
from leadpolicy.crm.rows import EventKind
from leadpolicy.crm.store import SqliteStore
from leadpolicy.crm.store.contract import Backlog, FencedError, Lock, Settled, Verdict
from stores import ANNA, AT, CRM, event, message, page

KEYS = st.sampled_from("abc")
DIGESTS = st.sampled_from(["one", "two"])
PAIRS = st.lists(st.tuples(KEYS, DIGESTS), max_size=4)
SOME_KEYS = st.lists(KEYS, max_size=4)


@dataclass(frozen=True)
class Waiting:
    """A message that waits or is dead, as the model holds it; `place` orders them."""

    digest: str
    place: int
    dead: bool = False
    next_at: datetime | None = None
    attempts: int = 0
    doubted: bool = False


@dataclass
class Flight:
    """A message in flight; a doomed one must not come back."""

    intent: str
    seq: int
    message: Waiting
    ticket: str = ""
    doomed: bool = False


class OutboxMachine(RuleBasedStateMachine):
    """`slots` has what waits or is dead by lead, `flights` what is in flight."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "store.db"
        self.slots: dict[str, Waiting] = {}
        self.flights: dict[str, Flight] = {}
        self.places = count()
        self.now = AT
        self.store = SqliteStore(self.path)
        self.lock: Lock

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @initialize()
    def begin(self) -> None:
        self.take_the_lock()

    @rule(
        minutes=st.integers(min_value=0, max_value=30), killed=st.booleans(), passed=st.booleans()
    )
    def time_passes(self, minutes: int, killed: bool, passed: bool) -> None:
        """Let the next run come to the lock, in a new process where the last one was killed."""
        self.now += timedelta(minutes=minutes)
        if killed:
            self.store.close()
            self.store = SqliteStore(self.path)
        if killed or passed:
            self.take_the_lock()

    def take_the_lock(self) -> None:
        self.lock = self.store.acquire(CRM, "sync", ANNA, self.now, take_over=True)

    @rule(
        before=PAIRS,
        limit=st.integers(min_value=0, max_value=3),
        meanwhile=PAIRS,
        verdicts=st.lists(st.sampled_from(Verdict), max_size=4),
        data=st.data(),
    )
    def a_run_goes_on(
        self,
        before: list[tuple[str, str]],
        limit: int,
        meanwhile: list[tuple[str, str]],
        verdicts: list[Verdict],
        data: st.DataObject,
    ) -> None:
        """Claim between decisions that come in, and settle some of what is in flight."""
        self.take_in(before)
        if limit:
            self.claim(limit)
        self.take_in(meanwhile)
        for key in data.draw(st.permutations(sorted(self.flights))):
            if verdicts:
                self.settle(key, verdicts.pop(), data)

    def take_in(self, pairs: list[tuple[str, str]]) -> None:
        expected = {"new": 0, "superseding": 0, "known": 0, "erased": 0}
        for key, digest in pairs:
            expected[self.expect(key, digest)] += 1
        taken = self.store.enqueue(self.lock, [message(*pair) for pair in pairs], self.now)
        assert {name: getattr(taken, name) for name in expected} == expected

    def expect(self, key: str, digest: str) -> str:
        slot, flight = self.slots.get(key), self.flights.get(key)
        if slot is not None and slot.digest == digest and not slot.dead:
            return "known"
        if slot is None and flight and flight.message.digest == digest and not flight.doomed:
            return "known"
        place = next(self.places) if slot is None else slot.place
        self.slots[key] = Waiting(digest, place)
        return "new" if slot is None else "superseding"

    def claim(self, limit: int) -> None:
        batch = self.store.claim(self.lock, limit, self.now)
        rows = () if batch is None else batch.rows
        ready = [key for key in self.slots if self.is_ready(key)]
        oldest = sorted(ready, key=lambda key: self.slots[key].place)[:limit]
        assert [row.key for row in rows] == oldest
        for key, row in zip(oldest, rows, strict=True):
            slot = self.slots.pop(key)
            held = (row.digest, row.attempts, row.doubted)
            assert held == (slot.digest, slot.attempts, slot.doubted)
            assert batch is not None
            self.flights[key] = Flight(batch.intent, row.seq, replace(slot, next_at=None))

    def is_ready(self, key: str) -> bool:
        slot = self.slots[key]
        waits = slot.next_at is not None and slot.next_at > self.now
        return not (slot.dead or waits or key in self.flights)

    def settle(self, key: str, verdict: Verdict, data: st.DataObject) -> None:
        flight = self.flights[key]
        settled = Settled(flight.seq, verdict, **data.draw(_details(verdict, self.now)))
        self.store.settle(self.lock, flight.intent, [settled], self.now)
        self.expect_settled(key, settled)

    def expect_settled(self, key: str, settled: Settled) -> None:
        flight = self.flights[key]
        match settled.verdict:
            case Verdict.DOUBTED:
                flight.message = replace(flight.message, doubted=True)
                flight.ticket = ""
            case Verdict.ACCEPTED:
                flight.ticket = settled.ticket
            case _:
                del self.flights[key]
                if settled.verdict in (Verdict.AGAIN, Verdict.DEAD) and not flight.doomed:
                    self.slots.setdefault(key, _back(flight.message, settled))

    @rule()
    def what_is_in_doubt_is_read(self) -> None:
        for flight in self.flights.values():
            if not flight.ticket:
                flight.message = replace(flight.message, doubted=True)
        found = {
            row.key: (batch.intent, batch.ticket, row.seq, row.digest, row.doubted)
            for batch in self.store.in_doubt(self.lock)
            for row in batch.rows
        }
        assert found == {
            key: (f.intent, f.ticket, f.seq, f.message.digest, f.message.doubted)
            for key, f in self.flights.items()
        }

    @rule(keys=SOME_KEYS, how=st.sampled_from(["obsolete", "replay", "replay all", "discard"]))
    def people_clear_up(self, keys: list[str], how: str) -> None:
        if how == "obsolete":
            dropped = [self.slots.pop(key) for key in set(keys) & set(self.slots)]
            assert self.store.obsolete(self.lock, keys, self.now) == len(dropped)
        elif how == "discard":
            dropped = [self.slots.pop(key) for key in self.dead() & set(keys)]
            assert self.store.discard(self.lock, keys, self.now) == len(dropped)
        else:
            self.replay(None if how == "replay all" else keys)

    def replay(self, keys: list[str] | None) -> None:
        dead = [key for key in self.dead() if keys is None or key in keys]
        for key in dead:
            self.slots[key] = replace(self.slots[key], dead=False, attempts=0)
        assert self.store.replay(self.lock, keys, self.now) == len(dead)

    def dead(self) -> set[str]:
        return {key for key, slot in self.slots.items() if slot.dead}

    @rule(key=KEYS)
    def a_lead_is_removed(self, key: str) -> None:
        self.store.take_in(self.lock, page(event(key, EventKind.DELETED)), self.now, skip={})
        self.slots.pop(key, None)
        if key in self.flights:
            self.flights[key].doomed = True

    @rule(holder_is_older=st.booleans())
    def a_run_that_was_thought_dead_wakes_up(self, holder_is_older: bool) -> None:
        stale = replace(self.lock, fence=self.lock.fence + (-1 if holder_is_older else 1))
        for work in (
            lambda: self.store.enqueue(stale, [message("a", "stale")], self.now),
            lambda: self.store.claim(stale, 1, self.now),
            lambda: self.store.replay(stale, None, self.now),
        ):
            try:
                work()
            except FencedError:
                continue
            raise AssertionError("a lock that was taken over still works")

    @invariant()
    def the_backlog_is_that_of_the_model(self) -> None:
        alive = {key: slot for key, slot in self.slots.items() if not slot.dead}
        later = [s.next_at for s in alive.values() if s.next_at and s.next_at > self.now]
        assert self.store.backlog(CRM, self.now) == Backlog(
            pending=len(alive) - len(later),
            later=len(later),
            in_doubt=len(self.flights),
            dead=len(self.dead()),
            next_at=min(later, default=None),
        )

    @invariant()
    def the_dead_letters_are_those_of_the_model(self) -> None:
        assert {letter.key for letter in self.store.dead_letters(CRM)} == self.dead()


def _details(verdict: Verdict, now: datetime) -> st.SearchStrategy[dict[str, Any]]:
    if verdict is Verdict.ACCEPTED:
        return st.fixed_dictionaries({"ticket": st.sampled_from(["job-1", "job-2"])})
    if verdict is Verdict.DEAD:
        return st.fixed_dictionaries({"counted": st.booleans()})
    if verdict is not Verdict.AGAIN:
        return st.just({})
    moments = st.none() | st.integers(-5, 20).map(lambda minutes: now + timedelta(minutes=minutes))
    return st.fixed_dictionaries({"next_at": moments, "counted": st.booleans()})


def _back(sent: Waiting, settled: Settled) -> Waiting:
    return replace(
        sent,
        dead=settled.verdict is Verdict.DEAD,
        next_at=settled.next_at,
        attempts=sent.attempts + settled.counted,
    )


TestOutbox = OutboxMachine.TestCase
TestOutbox.settings = settings(max_examples=examples(40), stateful_step_count=40, deadline=None)
