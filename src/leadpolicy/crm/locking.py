"""Who works on a CRM: one lock for each kind of work, given back whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from leadpolicy.crm.clock import Clock, SystemClock
from leadpolicy.crm.points import Probe, unprobed
from leadpolicy.crm.store.contract import Holder, Lock, Locks, Work
from leadpolicy.crm.store.holders import this_process


class Run(Protocol):
    """What every run that changes something can be told; the settings of a sync fit as well."""

    @property
    def clock(self) -> Clock:
        """What tells the time and waits."""

    @property
    def probe(self) -> Probe:
        """What is called at each point of the run."""

    @property
    def holder(self) -> Holder | None:
        """Who holds the lock; None for this process."""

    @property
    def take_over(self) -> bool:
        """Whether a lock that somebody else holds is broken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unattended:
    """A run of this process that breaks no lock."""

    clock: Clock = field(default_factory=SystemClock)
    probe: Probe = unprobed
    holder: Holder | None = None
    take_over: bool = False


@contextmanager
def locked(store: Locks, target: str, work: Work, at: datetime, run: Run) -> Iterator[Lock]:
    """Hold the lock of a CRM; raises `LockedError` with the holder's name."""
    holder = run.holder or this_process()
    lock = store.acquire(target, work, holder, at, take_over=run.take_over)
    try:
        yield lock
    finally:
        store.release(lock)


def break_lock(store: Locks, target: str, work: Work, at: datetime) -> Lock | None:
    """Take the lock of a CRM from whoever holds it and give it back; returns it, or None.

    A run that still works under it is refused from then on, before its next change is kept.
    """
    held = store.held(target, work)
    if held is not None:
        store.release(store.acquire(target, work, this_process(), at, take_over=True))
    return held
