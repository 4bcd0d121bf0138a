"""What a state store keeps, whatever happens to the processes that use it.

Checked with the store of the harness, so that a store of another kind is proven in the same way.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from typing import Final

from leadpolicy.crm.store.contract import (
    Batch,
    FencedError,
    Holder,
    Lock,
    LockedError,
    Message,
    Settled,
    Store,
    Verdict,
)
from leadpolicy.testing.contract.behaviour import (
    Group,
    Tier,
    ViolationError,
    behaviours_of,
    expect,
)
from leadpolicy.testing.contract.bench import Bench
from leadpolicy.testing.contract.clock import START
from leadpolicy.testing.contract.samples import keys

store: Final = behaviours_of(Group.STORE)
_TARGET: Final = "kit:store"
_MANY: Final = 40


def _open(bench: Bench) -> tuple[Store, Store]:
    """Return a new store twice, as two processes have it open."""
    scene = bench.scene(deployed=False)
    return scene.store, scene.open_store()


def _locked(kept: Store, name: str = "first", *, take_over: bool = False) -> Lock:
    holder = Holder(name, "kit-host", 1)
    return kept.acquire(_TARGET, "sync", holder, START, take_over=take_over)


def _messages(count: int, version: int = 0) -> list[Message]:
    return [Message(key, f"{key}-{version}", "{}") for key in keys(count)]


def _done(batch: Batch) -> list[Settled]:
    return [Settled(row.seq, Verdict.DONE) for row in batch.rows]


@store(1, Tier.BRONZE)
def a_claim_gives_each_message_once(bench: Bench) -> None:
    """Messages that are claimed at once by several threads are given to one of them each."""
    first, second = _open(bench)
    lock = _locked(first)
    first.enqueue(lock, _messages(_MANY), START)

    def drain(kept: Store) -> list[str]:
        taken: list[str] = []
        while (batch := kept.claim(lock, 3, START)) is not None:
            taken += [row.key for row in batch.rows]
            kept.settle(lock, batch.intent, _done(batch), START)
        return taken

    with ThreadPoolExecutor(2) as pool:
        parts = list(pool.map(drain, [first, second]))
    taken = sorted(key for part in parts for key in part)
    expect(taken == keys(_MANY), f"{len(taken)} messages were claimed instead of {_MANY}")


@store(2, Tier.BRONZE)
def a_lock_that_was_taken_over_changes_nothing(bench: Bench) -> None:
    """One lock is held at a time, and whoever lost it can write nothing more."""
    first, second = _open(bench)
    old = _locked(first)
    with suppress(LockedError):
        _locked(second, "second")
        raise ViolationError("two hold the same lock")
    new = _locked(second, "second", take_over=True)
    expect(new.fence > old.fence, "the fence of a lock that was taken over does not rise")
    with suppress(FencedError):
        first.enqueue(old, _messages(1), START)
        raise ViolationError("a lock that was taken over still writes")
    second.enqueue(new, _messages(1), START)


@store(3, Tier.BRONZE)
def an_intent_outlives_its_process(bench: Bench) -> None:
    """What was claimed and not settled is in doubt for whoever opens the store next."""
    first, second = _open(bench)
    lock = _locked(first)
    first.enqueue(lock, _messages(3), START)
    batch = first.claim(lock, 2, START)
    first.close()
    doubted = [row.key for found in second.in_doubt(lock) for row in found.rows]
    expect(batch is not None and doubted == keys(2), f"in doubt: {doubted} instead of {keys(2)}")
    backlog = second.backlog(_TARGET, START)
    expect((backlog.pending, backlog.in_doubt) == (1, 2), f"the backlog is {backlog}")


@store(4, Tier.BRONZE)
def a_newer_message_supersedes(bench: Bench) -> None:
    """Of two messages for a lead the newer one is sent, and never overtaken by an older one."""
    first, _ = _open(bench)
    lock = _locked(first)
    first.enqueue(lock, _messages(2), START)
    first.enqueue(lock, _messages(1, version=1), START)
    expect(_digests(first.claim(lock, 9, START)) == _wanted(), "an older message was sent")
    first.enqueue(lock, _messages(1, version=2), START)
    expect(first.claim(lock, 9, START) is None, "a message overtook one that is in doubt")


def _digests(batch: Batch | None) -> list[str]:
    return sorted(row.digest for row in batch.rows) if batch else []


def _wanted() -> list[str]:
    one, two = keys(2)
    return [f"{one}-1", f"{two}-0"]


@store(5, Tier.SILVER)
def a_later_message_waits_for_its_time(bench: Bench) -> None:
    """A message with a time of its own is not claimed before, and tells when that is."""
    first, _ = _open(bench)
    lock = _locked(first)
    first.enqueue(lock, _messages(1), START)
    batch = first.claim(lock, 1, START)
    if batch is None:
        raise ViolationError("a message that waits is not claimed")
    again = [Settled(row.seq, Verdict.AGAIN, next_at=_hours(2), counted=True) for row in batch.rows]
    first.settle(lock, batch.intent, again, START)
    expect(first.claim(lock, 1, _hours(1)) is None, "a message was claimed before its time")
    backlog = first.backlog(_TARGET, _hours(1))
    expect(
        backlog.next_at == _hours(2), f"the next message is said to wait until {backlog.next_at}"
    )
    due = first.claim(lock, 1, _hours(3))
    expect(due is not None and due.rows[0].attempts == 1, "an attempt was not counted")


def _hours(count: int) -> datetime:
    return START.replace(hour=START.hour + count)


@store(6, Tier.SILVER)
def a_plan_is_remembered_as_used(bench: Bench) -> None:
    """A plan that one process used is used for every other."""
    from leadpolicy.crm.store.contract import StoreError

    first, second = _open(bench)
    lock = first.acquire(_TARGET, "deploy", Holder("first", "kit-host", 1), START)
    first.use_plan(lock, "plan-1", START)
    with suppress(StoreError):
        second.use_plan(lock, "plan-1", START)
        raise ViolationError("a plan was used twice")
