"""A CRM in memory that does what a script says and keeps its own history, with a clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from leadpolicy.crm.apply import apply
from leadpolicy.crm.connector import (
    AnswerLostError,
    Capabilities,
    ConnectorError,
    DecisionRow,
    Event,
    Outcome,
    Page,
    Standing,
    Stream,
)
from leadpolicy.crm.memory import MemoryConnector
from leadpolicy.crm.plan import propose
from leadpolicy.crm.state import Column, DesiredState, FieldKind
from leadpolicy.crm.store import SqliteStore
from leadpolicy.crm.store.contract import Store
from leadpolicy.crm.sync import Settings

AT = datetime(2026, 3, 1, tzinfo=UTC)
DESIRED = DesiredState(
    "b2b",
    "1.0",
    "abc",
    (
        Column("lp_score", FieldKind.WHOLE),
        Column("lp_share", FieldKind.NUMBER, scale=1),
        Column("lp_decided_at", FieldKind.MOMENT, compared=False),
        Column("verdict", FieldKind.CHOICE, owner="sales", codes=("accepted", "rejected")),
        Column("campaign", FieldKind.TEXT, owner="marketing"),
    ),
)
TABLE = Capabilities(idempotency="native_key", batch_max=100)

C = TypeVar("C", bound=MemoryConnector)


@dataclass(slots=True)
class FakeClock:
    """Time passes only while somebody waits; the wall clock can be moved apart."""

    seconds: float = 1000.0
    wall: datetime = AT
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.pass_(seconds)

    def pass_(self, seconds: float) -> None:
        self.seconds += seconds
        self.wall += timedelta(seconds=seconds)


Answer = Callable[[Sequence[DecisionRow]], list[Outcome] | None]
"""Does something instead of a plain write; returning None goes on with the plain write."""


@dataclass(slots=True)
class ScriptedCrm(MemoryConnector):
    """Answers writes and lookups by a script, and remembers what really happened.

    `script` holds what happens at each write, `lookups` what happens at each lookup; once they are
    used up everything works. `history` has every effect in order; with `appending` a lead gets one
    more entry each time, like a log that nobody can write to twice unnoticed. `late` holds writes
    that have yet to land, with the moment at which they will.
    """

    clock: FakeClock = field(default_factory=FakeClock)
    script: list[Answer | Exception | None] = field(default_factory=list)
    lookups: list[Exception | None] = field(default_factory=list)
    batches: list[list[str]] = field(default_factory=list)
    looked_up: list[list[str]] = field(default_factory=list)
    history: list[tuple[str, object]] = field(default_factory=list)
    late: list[tuple[float, list[DecisionRow]]] = field(default_factory=list)
    events: dict[Stream, list[Event]] = field(default_factory=dict)
    pages: list[tuple[Stream, str | None]] = field(default_factory=list)
    read: list[Sequence[str] | None] = field(default_factory=list)
    actor: str = "leadpolicy"

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        self.land()
        self.batches.append([row.key for row in rows])
        step = self.script.pop(0) if self.script else None
        if isinstance(step, Exception):
            raise step
        answer = step(rows) if step is not None else None
        return self.take(rows) if answer is None else answer

    def take(self, rows: Sequence[DecisionRow]) -> list[Outcome]:
        """Write rows for good."""
        for row in rows:
            if row.key in self.leads:
                self.history.append((row.key, row.values.get("lp_score")))
        return MemoryConnector.write(self, rows, ())

    def lookup(self, keys: Sequence[str], columns: Sequence[Column]) -> Mapping[str, Standing]:
        self.land()
        self.looked_up.append(list(keys))
        step = self.lookups.pop(0) if self.lookups else None
        if step is not None:
            raise step
        return MemoryConnector.lookup(self, keys, columns)

    def land(self) -> None:
        """Let every late write take effect whose time has come."""
        for landing in [landing for landing in self.late if landing[0] <= self.clock.seconds]:
            self.late.remove(landing)
            self.take(landing[1])

    def pull(self, stream: Stream, cursor: str | None, limit: int) -> Page:
        self.pages.append((stream, cursor))
        events = self.events.get(stream, [])
        start = int(cursor or 0)
        found = events[start : start + limit]
        end = start + len(found)
        return Page(stream, tuple(found), str(end), end >= len(events))

    def lost(self, rows: Sequence[DecisionRow]) -> list[Outcome]:
        """Write, and lose the answer."""
        self.take(rows)
        raise AnswerLostError("the connection broke off")

    def lost_late(self, seconds: float) -> Answer:
        """Lose the answer, and write some time afterwards."""

        def answer(rows: Sequence[DecisionRow]) -> list[Outcome]:
            self.late.append((self.clock.seconds + seconds, list(rows)))
            raise AnswerLostError("the connection broke off")

        return answer

    def effects(self, key: str) -> list[object]:
        """Return what was written for a lead, in order."""
        return [value for lead, value in self.history if lead == key]


S = TypeVar("S", bound=ScriptedCrm)


def never(rows: Sequence[DecisionRow]) -> list[Outcome]:
    """Lose the call before it has any effect, without saying so."""
    raise AnswerLostError(f"no answer for {len(rows)} rows")


def deferring(*keys: str) -> Callable[[ScriptedCrm], Answer]:
    """Refuse some leads for a passing reason and write the others."""

    def on(crm: ScriptedCrm) -> Answer:
        def answer(rows: Sequence[DecisionRow]) -> list[Outcome]:
            written = crm.take([row for row in rows if row.key not in keys])
            held = [row.key for row in rows if row.key in keys]
            return [*written, *(Outcome.deferred(key, "row_locked", "locked") for key in held)]

        return answer

    return on


def ready(connector: C, store: Store, desired: DesiredState = DESIRED) -> C:
    """Bring what the policy needs into the CRM."""
    apply(propose(connector, desired, store), connector, store, at=AT)
    return connector


def scripted(store: Store, *keys: str, capabilities: Capabilities = TABLE) -> ScriptedCrm:
    """Return a CRM with some leads that stands as the policy needs it."""
    return scripted_as(ScriptedCrm, store, *keys, capabilities=capabilities)


def scripted_as(kind: type[S], store: Store, *keys: str, capabilities: Capabilities = TABLE) -> S:
    """Return a CRM of a kind with some leads that stands as the policy needs it."""
    made = ready(kind(leads={key: {} for key in keys}), store)
    made.capabilities = capabilities
    return made


def settings(crm: ScriptedCrm, **more: object) -> Settings:
    """Return settings with the CRM's clock and no chance."""
    return Settings(clock=crm.clock, chance=lambda: 1.0, **more)  # type: ignore[arg-type]


def row(key: str, score: object = 1, share: str = "0.5", at: datetime = AT) -> DecisionRow:
    """Return a decision."""
    values = {"lp_score": score, "lp_share": Decimal(share), "lp_decided_at": at}
    return DecisionRow(key, values)  # type: ignore[arg-type]


def new_store() -> SqliteStore:
    """Return a store in memory."""
    return SqliteStore(":memory:")


def refused(message: str = "no") -> ConnectorError:
    """Return an error after which nothing may be tried again."""
    return ConnectorError(message)
