"""Measure the outbox of the store: `python -m benchmarks.outbox`.

Messages are taken in, claimed in batches and settled as done, with the commits that a sync makes
and without a CRM. Keys come in no order, as keys drawn at random do. Goals: at most 15 µs CPU per
record through the outbox, the first claim within 2 s of opening a store where all messages wait.
"""

import argparse
import gc
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from time import perf_counter, process_time

from benchmarks.table import print_table
from leadpolicy.crm.store import SqliteStore
from leadpolicy.crm.store.contract import Holder, Lock, Message, Settled, Verdict

SIZES = (100_000, 1_000_000)
BATCH = 200
CRM = "benchmark"
AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
GOAL_US = 15.0
GOAL_FIRST_CLAIM_S = 2.0


@dataclass
class Spent:
    """CPU and wall seconds."""

    cpu_s: float = 0.0
    wall_s: float = 0.0

    @contextmanager
    def measured(self) -> Iterator[None]:
        cpu, wall = process_time(), perf_counter()
        yield
        self.cpu_s += process_time() - cpu
        self.wall_s += perf_counter() - wall


@dataclass(frozen=True)
class Found:
    """What one number of records took."""

    records: int
    enqueue: Spent
    deliver: Spent
    first_claim: Spent
    bytes_per_record: float

    @property
    def cpu_us(self) -> float:
        return (self.enqueue.cpu_s + self.deliver.cpu_s) / self.records * 1e6


def messages(count: int) -> list[Message]:
    """Return decisions of about the size that the German reference policy makes."""
    return [_message(number) for number in range(count)]


def _message(number: int) -> Message:
    key = blake2b(number.to_bytes(8), digest_size=9).hexdigest()
    values = {
        "lp_state": "mql",
        "lp_fit": number % 101,
        "lp_engagement": number % 97,
        "lp_grade": "ABCD"[number % 4],
        "lp_decided_at": AT.isoformat(),
    }
    return Message(key, blake2b(key.encode(), digest_size=16).hexdigest(), json.dumps(values))


def measure(count: int, folder: Path) -> Found:
    """Bring messages through a new store that is opened again before the first claim."""
    path = folder / f"store-{count}.db"
    waiting = messages(count)
    gc.collect()
    gc.freeze()
    enqueue, deliver, first = Spent(), Spent(), Spent()
    with _locked(path) as (store, lock), enqueue.measured():
        store.enqueue(lock, waiting, AT)
    size = path.stat().st_size
    with first.measured(), _locked(path) as (store, lock):
        claimed = store.claim(lock, BATCH, AT)
    assert claimed is not None
    with _locked(path) as (store, lock), deliver.measured():
        _deliver(store, lock)
    gc.unfreeze()
    path.unlink()
    return Found(count, enqueue, deliver, first, size / count)


@contextmanager
def _locked(path: Path) -> Iterator[tuple[SqliteStore, Lock]]:
    with closing(SqliteStore(path)) as store:
        lock = store.acquire(CRM, "sync", Holder("benchmark", "nowhere", 1), AT, take_over=True)
        yield store, lock


def _deliver(store: SqliteStore, lock: Lock) -> None:
    for batch in store.in_doubt(lock):
        _settle(store, lock)(batch.intent, [row.seq for row in batch.rows])
    while (claimed := store.claim(lock, BATCH, AT)) is not None:
        _settle(store, lock)(claimed.intent, [row.seq for row in claimed.rows])


def _settle(store: SqliteStore, lock: Lock) -> Callable[[str, Sequence[int]], None]:
    return lambda intent, seqs: store.settle(
        lock, intent, [Settled(seq, Verdict.DONE) for seq in seqs], AT
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return 1 if `--check` is asked for and a goal is not met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.outbox", description=__doc__)
    parser.add_argument("--records", type=int, nargs="*", default=SIZES)
    parser.add_argument("--check", action="store_true", help="exit 1 unless every goal is met")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        found = [measure(count, Path(folder)) for count in options.records]
    print_table(HEADS, [_row(one) for one in found], right=range(len(HEADS)))
    print(f"\ngoals: {GOAL_US:.0f} µs CPU a record, first claim within {GOAL_FIRST_CLAIM_S:.0f} s")
    met = [one.cpu_us <= GOAL_US and one.first_claim.wall_s <= GOAL_FIRST_CLAIM_S for one in found]
    return int(options.check and not all(met))


HEADS = (
    "records",
    "CPU µs/record",
    "enqueue µs",
    "deliver µs",
    "enqueue wall s",
    "deliver wall s",
    "B/record",
    "first claim s",
)


def _row(one: Found) -> tuple[str, ...]:
    return (
        f"{one.records:,}",
        f"{one.cpu_us:.1f}",
        f"{one.enqueue.cpu_s / one.records * 1e6:.1f}",
        f"{one.deliver.cpu_s / one.records * 1e6:.1f}",
        f"{one.enqueue.wall_s:.1f}",
        f"{one.deliver.wall_s:.1f}",
        f"{one.bytes_per_record:.0f}",
        f"{one.first_claim.wall_s:.3f}",
    )


if __name__ == "__main__":
    sys.exit(main())
