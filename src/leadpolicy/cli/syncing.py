"""One sync: read the leads of a CRM, decide them, write what differs, take in the feedback."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from leadpolicy.cli.deployment import Deployment, open_store, store_path
from leadpolicy.cli.terminal import Progress
from leadpolicy.crm.connector import DecisionRow
from leadpolicy.crm.desired import decision_row
from leadpolicy.crm.rehearsal import Rehearsal
from leadpolicy.crm.store import Store
from leadpolicy.crm.sync import SyncReport, sync
from leadpolicy.engine.decision import Decision
from leadpolicy.exchange.records import decide_records
from leadpolicy.exchange.rejects import COLUMNS, Reject
from leadpolicy.exchange.run import Report, silent
from leadpolicy.exchange.writing import writing

Observer: TypeAlias = Callable[[tuple[str, Decision] | Reject], object]

_STEP = 100


def unobserved(_outcome: tuple[str, Decision] | Reject) -> None:
    """Look at nothing."""


def synchronise(
    place: Deployment,
    store: Store,
    *,
    at: datetime,
    progress: Progress = silent,
    observe: Observer = unobserved,
) -> tuple[Report, SyncReport]:
    """Decide every lead of a CRM at an instant and bring the decisions there.

    `observe` is shown every decision and every row that cannot be used. Raises `CrmError` where
    the CRM refuses.
    """
    report = Report()
    decided = decide_records(place.policy, place.binding, place.connector.read_leads(), at=at)

    def rows() -> Iterator[DecisionRow]:
        for number, outcome in enumerate(decided, start=1):
            observe(outcome)
            if number % _STEP == 0:
                progress("leads", number, None)
            if isinstance(outcome, Reject):
                report.reject(outcome)
            else:
                report.add(outcome[1])
                yield decision_row(*outcome, prefix=place.prefix)

    return report, sync(place.connector, place.desired, rows(), store, at=at)


@contextmanager
def rejects_to(path: Path | None) -> Iterator[Observer]:
    """Give an observer that writes the rows that cannot be used to a file, if one is named."""
    if path is None:
        yield unobserved
        return
    with writing(path, COLUMNS) as write:
        yield lambda outcome: write(outcome.to_row()) if isinstance(outcome, Reject) else None


def rehearsed(place: Deployment) -> Deployment:
    """Return the same deployment, in which nothing is written."""
    return replace(place, connector=Rehearsal(place.connector))


@contextmanager
def copied_store(path: Path | None, crm: str) -> Iterator[Store]:
    """Open a copy of the store that is forgotten afterwards; no store is made."""
    place = store_path(path, crm)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "store.db"
        if place.exists():
            _copy(place, copy)
        with open_store(copy, crm) as forgotten:
            yield forgotten


def _copy(place: Path, copy: Path) -> None:
    both = (open_store(place, ""), closing(sqlite3.connect(place)), closing(sqlite3.connect(copy)))
    with both[0], both[1] as one, both[2] as other:
        one.backup(other)
