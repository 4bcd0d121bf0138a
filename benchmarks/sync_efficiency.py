"""Measure how a sync uses a CRM: `python -m benchmarks.sync_efficiency`.

Calls are counted against the fewest that can do the work: one write for each full batch. Goals: at
most 1.01 times as many when nothing goes wrong, and 1.30 times, lookups included, when every tenth
call fails; no write call when nothing has changed; at least 96 % of a rolling rate window used and
at most 0.1 % of the calls throttled; the first send within 2 s of a restart with a million leads
waiting. The CRM is simulated: it counts, fails by chance, and throttles whoever is too fast.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from benchmarks.table import print_table
from leadpolicy.crm.apply import apply
from leadpolicy.crm.capabilities import Capabilities, RateWindow
from leadpolicy.crm.connector import (
    AnswerLostError,
    BusyError,
    ConnectorError,
    DecisionRow,
    LeadRow,
    Outcome,
    QuotaError,
    Standing,
    ThrottledError,
)
from leadpolicy.crm.memory import MemoryConnector
from leadpolicy.crm.plan import propose
from leadpolicy.crm.state import Column, DesiredState, FieldKind
from leadpolicy.crm.store import SqliteStore
from leadpolicy.crm.store.holders import this_process
from leadpolicy.crm.sync import Settings, SyncReport, push, sync
from leadpolicy.crm.sync.payload import message

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
COLUMNS = (Column("lp_score", FieldKind.WHOLE), Column("lp_state", FieldKind.TEXT))
DESIRED = DesiredState("benchmark", "1", "hash", COLUMNS)
BATCH, LEADS, WAITING = 100, 20_000, 1_000_000
WINDOW, LATENCY_S, THREADS, WINDOWS = RateWindow(190, 10.0), 0.2, 8, 4
FAULTS = 0.1
CLEAN_GOAL, FAULTY_GOAL, USED_GOAL, THROTTLED_GOAL, RESTART_GOAL_S = 1.01, 1.30, 96.0, 0.1, 2.0


@dataclass
class QuickClock:
    """Time that passes only while somebody waits."""

    seconds: float = 0.0

    def now(self) -> datetime:
        return AT + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass(slots=True)
class Crm(MemoryConnector):
    """Counts its calls; `before` may refuse a write, `after` may lose its answer."""

    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None
    writes: int = 0
    lookups: int = 0
    doubled: int = 0
    seen: set[str] = field(default_factory=set)

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        self.writes += 1
        self.before()
        keys = {row.key for row in rows}
        self.doubled += len(keys & self.seen)
        self.seen |= keys
        outcomes = MemoryConnector.write(self, rows, columns)
        self.after()
        return outcomes

    def lookup(self, keys: Sequence[str], columns: Sequence[Column]) -> Mapping[str, Standing]:
        self.lookups += 1
        return MemoryConnector.lookup(self, keys, columns)


def ready(store: SqliteStore, leads: int) -> Crm:
    """Return a CRM with leads in which the policy's columns stand."""
    crm = Crm({f"{number:07}": {} for number in range(leads)})
    apply(propose(crm, DESIRED, store), crm, store, at=AT)
    crm.capabilities = Capabilities(idempotency="native_key", batch_max=BATCH)
    return crm


def decided(leads: Iterator[LeadRow] | Sequence[LeadRow], score: int) -> Iterator[DecisionRow]:
    """Give every lead the same score."""
    return (DecisionRow(lead.key, {"lp_score": score, "lp_state": "mql"}) for lead in leads)


def synchronise(crm: Crm, store: SqliteStore, score: int = 1) -> SyncReport:
    """Run one sync without waiting."""
    chosen = Settings(clock=QuickClock(), patience=50)
    return sync(
        crm, DESIRED, lambda leads: decided(iter(leads), score), store, at=AT, settings=chosen
    )


# ------------------------------------------------------------------------------------ calls
def measure_calls(rate: float) -> tuple[float, Crm, SyncReport]:
    """Return calls over the fewest possible when a share of the writes fails; and a second run."""
    chance = Random(7)
    with closing(SqliteStore(":memory:")) as store:
        crm = ready(store, LEADS)
        crm.before, crm.after = failing(chance, rate * 0.75), losing(chance, rate * 0.25)
        synchronise(crm, store)
        ratio = (crm.writes + crm.lookups) / (LEADS / BATCH)
        crm.before = crm.after = lambda: None
        return ratio, crm, synchronise(crm, store)


def failing(chance: Random, rate: float) -> Callable[[], None]:
    """Refuse a share of the calls before they have any effect."""
    errors: list[ConnectorError] = [
        ThrottledError("slow down", retry_after=1),
        BusyError("not now"),
        AnswerLostError("no answer"),
    ]

    def fail() -> None:
        if chance.random() < rate:
            raise chance.choice(errors)

    return fail


def losing(chance: Random, rate: float) -> Callable[[], None]:
    """Lose a share of the answers after the effect."""

    def lose() -> None:
        if chance.random() < rate:
            raise AnswerLostError("no answer")

    return lose


# ----------------------------------------------------------------------------------- window
def measure_window() -> tuple[float, float]:
    """Return how much of a rolling window was used, and how many calls were throttled, in %."""
    calls = WINDOW.calls * WINDOWS + 1
    times: deque[float] = deque()
    throttled = 0
    lock = threading.Lock()

    def arrive() -> None:
        nonlocal throttled
        with lock:
            now = time.monotonic()
            inside = sum(now - moment < WINDOW.seconds for moment in times)
            if inside >= WINDOW.calls:
                throttled += 1
                raise ThrottledError("slow down", retry_after=1)
            times.append(now)
        time.sleep(LATENCY_S)

    with closing(SqliteStore(":memory:")) as store:
        crm = ready(store, calls)
        crm.capabilities = replace(
            crm.capabilities, batch_max=1, rates=(WINDOW,), max_concurrency=THREADS
        )
        crm.before = arrive
        rows = decided([LeadRow(key, {}) for key in crm.leads], 1)
        put(store, crm, rows)
        push(crm, DESIRED, (), store, at=AT)
    span = times[-1] - times[0]
    used = (len(times) - 1) / span / (WINDOW.calls / WINDOW.seconds)
    return 100 * used, 100 * throttled / len(times)


def put(store: SqliteStore, crm: Crm, rows: Iterator[DecisionRow]) -> None:
    """Put decisions into the outbox."""
    lock = store.acquire(crm.target, "sync", this_process(), AT)
    store.enqueue(lock, (message(row, COLUMNS) for row in rows), AT)
    store.release(lock)


# ---------------------------------------------------------------------------------- restart
def measure_restart(waiting: int) -> float:
    """Return the seconds from opening a store in which leads wait to the first send."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        with closing(SqliteStore(path)) as store:
            crm = ready(store, waiting)
            put(store, crm, decided([LeadRow(key, {}) for key in crm.leads], 1))
        sent_at = 0.0

        def stop() -> None:
            nonlocal sent_at
            sent_at = time.perf_counter()
            raise QuotaError("that was enough")

        crm.before = stop
        began = time.perf_counter()
        with closing(SqliteStore(path)) as store, suppress(QuotaError):
            push(crm, DESIRED, (), store, at=AT)
        return sent_at - began


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return 1 if `--check` is asked for and a goal is not met."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.sync_efficiency", description=__doc__
    )
    parser.add_argument("--waiting", type=int, default=WAITING, help=f"default {WAITING}")
    parser.add_argument("--check", action="store_true", help="exit 1 unless every goal is met")
    options = parser.parse_args(arguments)
    clean, _, again = measure_calls(0.0)
    faulty, crm, _ = measure_calls(FAULTS)
    used, throttled = measure_window()
    restart = measure_restart(options.waiting)
    goals = [
        ("calls / fewest, clean", f"{clean:.3f}", f"<= {CLEAN_GOAL}", clean <= CLEAN_GOAL),
        (
            "calls / fewest, 10 % faults",
            f"{faulty:.3f}",
            f"<= {FAULTY_GOAL}",
            faulty <= FAULTY_GOAL,
        ),
        ("leads written twice, 10 % faults", str(crm.doubled), "0", not crm.doubled),
        ("write calls of an unchanged run", str(again.writes), "0", not again.writes),
        ("rolling window used, %", f"{used:.1f}", f">= {USED_GOAL:g}", used >= USED_GOAL),
        (
            "calls throttled, %",
            f"{throttled:.2f}",
            f"<= {THROTTLED_GOAL}",
            throttled <= THROTTLED_GOAL,
        ),
        (
            f"first send with {options.waiting:,} waiting, s",
            f"{restart:.2f}",
            f"<= {RESTART_GOAL_S:g}",
            restart <= RESTART_GOAL_S,
        ),
    ]
    rows = [[name, found, goal, "yes" if met else "NO"] for name, found, goal, met in goals]
    print_table(["what", "measured", "goal", "met"], rows, right={1, 2})
    return int(options.check and not all(met for *_, met in goals))


if __name__ == "__main__":
    sys.exit(main())
