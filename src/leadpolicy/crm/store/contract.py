"""What is remembered between runs, as data that outlives the process and the library's version.

Everything is kept by `target`, the address of a CRM. Whoever writes shows the lock it holds; a
lock that was taken over meanwhile raises `FencedError` inside the same transaction, so that a run
that is thought dead and wakes up changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

from leadpolicy.crm.capabilities import Stream
from leadpolicy.crm.errors import CrmError
from leadpolicy.crm.rows import ConsentRow, Event, FeedbackRow, Page

Work: TypeAlias = Literal["deploy", "sync"]


class StoreError(CrmError):
    """The store cannot be used."""


class LockedError(CrmError):
    """Somebody else works on this CRM; the message names the holder."""


class FencedError(CrmError):
    """The lock was taken over by somebody else; nothing more may be done under it."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock: a person or account, a machine and a process."""

    user: str
    host: str
    pid: int

    def __str__(self) -> str:
        return f"{self.user}@{self.host} (process {self.pid})"


@dataclass(frozen=True, slots=True)
class Lock:
    """The right to work on one CRM; a higher `fence` is younger and the only one that counts."""

    target: str
    work: Work
    holder: Holder
    fence: int
    since: datetime


class Locks(Protocol):
    """One lock for each CRM and kind of work."""

    def acquire(
        self, target: str, work: Work, holder: Holder, at: datetime, *, take_over: bool = False
    ) -> Lock:
        """Return the lock; raises `LockedError` while somebody holds it.

        A lock is never broken by its age. It is taken over when its process on this machine has
        ended, or with `take_over`; either way the fence rises.
        """

    def release(self, lock: Lock) -> None:
        """Give the lock back; releasing one that was taken over changes nothing."""

    def held(self, target: str, work: Work) -> Lock | None:
        """Return the lock that somebody holds, or None."""


# ------------------------------------------------------------------------------------ outbox
# What is made for every record is a tuple: a frozen dataclass takes four times as long to make.


class Message(NamedTuple):
    """One decision on its way: `digest` identifies the compared values, `payload` is JSON."""

    key: str
    digest: str
    payload: str


class Claimed(NamedTuple):
    """A message that is about to be sent, or that was when its run ended.

    `attempts` counts the answers that refused it for a passing reason; `doubted` says that it was
    ever in doubt, so that a refusal must be looked up before it counts.
    """

    seq: int
    key: str
    digest: str
    payload: str
    attempts: int
    doubted: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages under one intent; `ticket` names the job that they were accepted into.

    `sent_at` is when the intent was committed (UTC, the clock of the run that did).
    """

    intent: str
    rows: tuple[Claimed, ...]
    sent_at: datetime
    ticket: str = ""


class Verdict(StrEnum):
    """What becomes of a claimed message."""

    DONE = "done"
    AGAIN = "again"
    DOUBTED = "doubted"
    ACCEPTED = "accepted"
    DEAD = "dead"
    GONE = "gone"
    WITHHELD = "withheld"


class Settled(NamedTuple):
    """The verdict on one claimed message.

    - `done`: it stands in the CRM. `gone`: the CRM has no such lead any more.
    - `again`: it is sent again at `next_at` (at once when None); `counted` adds an attempt.
    - `doubted`: nobody knows; it stays under its intent and is looked up.
    - `accepted`: it went into the job `ticket`.
    - `dead`: it was refused for good and is kept as a dead letter, with code, field and message.
    - `withheld`: consent was denied; it is dropped, and `message` says why.
    """

    seq: int
    verdict: Verdict
    next_at: datetime | None = None
    counted: bool = False
    code: str = ""
    field: str = ""
    message: str = ""
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class Enqueued:
    """What became of messages: new, in place of an older one, known already, or of erased leads."""

    new: int = 0
    superseding: int = 0
    known: int = 0
    erased: int = 0


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that the CRM refused for good, with its reason."""

    key: str
    code: str
    field: str
    message: str
    payload: str
    attempts: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many messages wait, wait for their time, are in doubt, or are dead."""

    pending: int = 0
    later: int = 0
    in_doubt: int = 0
    dead: int = 0
    next_at: datetime | None = None


class Outbox(Protocol):
    """Decisions on their way into a CRM; at most one waits for each lead.

    A lead with a message in doubt gets its next one only after the doubt is settled, so that a
    newer decision is never overtaken by an older one.
    """

    def enqueue(self, lock: Lock, messages: Iterable[Message], at: datetime) -> Enqueued:
        """Take messages in, all or none; a newer one supersedes one that waits or is dead.

        A message equal to the one that waits or is in flight is known already. Keys of merged
        leads go to the lead they were merged into; messages of erased leads are dropped.
        """

    def obsolete(self, lock: Lock, keys: Sequence[str], at: datetime) -> int:
        """Drop the waiting and dead messages of leads whose newest decision stands already.

        Messages that are claimed or in doubt stay. Returns how many were dropped.
        """

    def claim(self, lock: Lock, limit: int, at: datetime) -> Batch | None:
        """Commit the intent to send the oldest messages whose time has come, and return them.

        The commit survives a power cut.
        """

    def in_doubt(self, lock: Lock) -> Iterator[Batch]:
        """Yield the batches under intents that were not settled, oldest first."""

    def settle(self, lock: Lock, intent: str, settled: Sequence[Settled], at: datetime) -> None:
        """Keep what became of claimed messages, all of it or none."""

    def backlog(self, target: str, at: datetime) -> Backlog:
        """Count what has not arrived."""

    def dead_letters(self, target: str) -> Iterator[DeadLetter]:
        """Yield the dead letters, oldest first."""

    def replay(
        self, lock: Lock, keys: Sequence[str] | None, at: datetime, payload: str | None = None
    ) -> int:
        """Let dead letters wait again, all or those of some keys; a payload repairs one.

        Returns how many.
        """

    def discard(self, lock: Lock, keys: Sequence[str], at: datetime) -> int:
        """Drop dead letters for good; returns how many."""


# ------------------------------------------------------------------------------------- inbox
@dataclass(frozen=True, slots=True)
class Received:
    """How many leads had feedback that is new or changed, known already, or emptied since."""

    new: int = 0
    unchanged: int = 0
    withdrawn: int = 0


@dataclass(frozen=True, slots=True)
class TakenIn:
    """How many events of a page were new, known already, our own echo, or not theirs to write."""

    new: int = 0
    known: int = 0
    echoes: int = 0
    foreign: int = 0


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the last decision of a lead left behind: until when its values hold (UTC).

    `digest` is that of its message; empty for a lead that the CRM no longer has.
    """

    key: str
    valid_until: datetime | None
    digest: str = ""


class Inbox(Protocol):
    """What came out of a CRM: events once each, with their effects and the cursor behind them."""

    def cursor(self, target: str, stream: Stream) -> str | None:
        """Return how far a stream was read."""

    def take_in(self, lock: Lock, page: Page, at: datetime, *, skip: Mapping[str, str]) -> TakenIn:
        """Keep the events of a page with their effects and the cursor, all of it or none.

        `skip` maps ids of events that have no effect to `echo` or `foreign`. Known events have no
        second effect. A change touches its lead; feedback is kept, of unknown leads too; the
        latest consent counts by the CRM's time, and a denial wins a tie; a removed lead loses its
        waiting message; a merged one passes to the lead it was merged into; an erased one loses
        every payload and leaves a salted trace that keeps it out.
        """

    def foreign(self, target: str) -> Iterator[Event]:
        """Yield the events that `skip` called foreign, in the order they came."""

    def forget_cursor(self, lock: Lock, stream: Stream) -> None:
        """Let a stream be read from its beginning; known events stay known."""

    def receive(self, target: str, rows: Iterable[FeedbackRow], at: datetime) -> Received:
        """Take in the feedback of every lead that has any, all of it or none.

        Feedback that is known already leaves no trace. Feedback of leads that nobody knows is
        kept. Leads that had feedback and are not among the rows have withdrawn it.
        """

    def feedback(self, target: str) -> Iterator[FeedbackRow]:
        """Yield the latest feedback by key of lead; withdrawn feedback has no values."""

    def consents(self, target: str, keys: Sequence[str]) -> Iterator[ConsentRow]:
        """Yield the latest consent of some leads for each purpose and channel."""

    def touched(self, target: str) -> Iterator[str]:
        """Yield the keys of leads that changed since they were decided, in order of key."""

    def due(self, target: str, at: datetime) -> Iterator[str]:
        """Yield the keys of leads whose values hold no longer, in order of key."""

    def remember(self, lock: Lock, leads: Iterable[Remembered]) -> None:
        """Keep until when the values of decided leads hold; they are touched no more."""

    def remembered(self, target: str, keys: Sequence[str]) -> Iterator[Remembered]:
        """Yield what is kept of some leads; leads that were never decided are left out."""

    def basis(self, target: str) -> str:
        """Return the identity of what all leads were last decided by; empty at first."""

    def rebase(self, lock: Lock, basis: str) -> None:
        """Keep the identity of what all leads were decided by."""


# -------------------------------------------------------------------------------- deployment
@dataclass(frozen=True, slots=True)
class Owned:
    """A part that was made or imported by an apply, as it was left, as JSON-ready data."""

    address: str
    part: Mapping[str, Any]
    imported: bool = False


@dataclass(frozen=True, slots=True)
class Applied:
    """A version of a policy that was applied to a CRM; `desired` is JSON-ready data."""

    policy: str
    version: str
    content_hash: str
    at: datetime
    changes: int
    serial: int = 0
    desired: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where the deployment of a policy to a CRM stands.

    `lineage` is drawn once and tells two deployments to the same address apart; `serial` rises
    with every apply; `intents` are the addresses of parts whose change was begun and not noted.
    Of those that were about to be made or changed, `begun` says how they were meant to be.
    """

    lineage: str
    serial: int
    owned: tuple[Owned, ...] = ()
    intents: tuple[str, ...] = ()
    begun: tuple[Owned, ...] = ()


class Deployments(Protocol):
    """What was applied to each CRM, and which parts are ours."""

    def deployment(self, target: str) -> Deployment:
        """Return where the deployment stands; one that never began has serial 0."""

    def use_plan(self, lock: Lock, plan: str, at: datetime) -> None:
        """Mark a plan as used; raises `StoreError` when it was used before."""

    def intend(self, lock: Lock, address: str, owned: Owned | None) -> None:
        """Note that a part is about to be made, changed (`owned`) or removed (None)."""

    def note(self, lock: Lock, address: str, owned: Owned | None) -> None:
        """Note that a part was made or changed (`owned`), or removed (None)."""

    def record_applied(self, lock: Lock, applied: Applied) -> Applied:
        """Remember that a policy was applied; returns it with its serial, one above the last."""

    def last_applied(self, target: str) -> Applied | None:
        """Return what was applied last, or None."""

    def history(self, target: str) -> Iterator[Applied]:
        """Yield everything that was applied, oldest first."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a sync: `counts` by name, `error` empty when it came to its end."""

    policy: str
    version: str
    content_hash: str
    at: datetime
    counts: Mapping[str, int]
    error: str = ""


class Runs(Protocol):
    """The runs of a sync."""

    def record_run(self, target: str, run: Run) -> None:
        """Remember a run."""

    def runs(self, target: str) -> Iterator[Run]:
        """Yield the runs, oldest first."""


class Store(Locks, Outbox, Inbox, Deployments, Runs, Protocol):
    """Everything that is remembered."""

    def close(self) -> None:
        """Let go of the store; closing twice is harmless."""
