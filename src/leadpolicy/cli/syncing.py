"""One sync: read the leads of a CRM, decide them, write what differs, take in the feedback."""

from __future__ import annotations

import hashlib
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from leadpolicy.cli.boundary import UsageError
from leadpolicy.cli.deployment import Deployment, StorePlace, open_store, store_path
from leadpolicy.crm.desired import decision_row
from leadpolicy.crm.rehearsal import Rehearsal
from leadpolicy.crm.rows import DecisionRow, LeadRow
from leadpolicy.crm.store import Store
from leadpolicy.crm.sync import Permit, Settings, StoreConsents, SyncReport, sync
from leadpolicy.engine.decision import Decision
from leadpolicy.exchange.enrichment import Enrichment
from leadpolicy.exchange.records import decide_records
from leadpolicy.exchange.rejects import COLUMNS, Reject
from leadpolicy.exchange.run import Report
from leadpolicy.exchange.writing import writing

if TYPE_CHECKING:
    from leadpolicy.crm.state import Team

Observer: TypeAlias = Callable[[tuple[str, Decision] | Reject], object]

_STEP: Final = 100
_TEAMS: Final[Mapping[str, Team]] = {"marketing": "marketing", "sales": "sales"}


def unobserved(_outcome: tuple[str, Decision] | Reject) -> None:
    """Look at nothing."""


def synchronise(
    place: Deployment,
    store: Store,
    *,
    at: datetime,
    observe: Observer = unobserved,
    settings: Settings | None = None,
    enrichment: Enrichment | None = None,
) -> tuple[Report, SyncReport]:
    """Decide the leads of a CRM at an instant and bring the decisions there.

    `observe` is shown every decision and every row that cannot be used. Raises `CrmError` where
    the CRM refuses.
    """
    report, chosen = Report(), settings or Settings()

    def decide(leads: Iterable[LeadRow]) -> Iterator[DecisionRow]:
        decided = decide_records(place.policy, place.binding, leads, at=at, enrichment=enrichment)
        for number, outcome in enumerate(decided, start=1):
            observe(outcome)
            if number % _STEP == 0:
                chosen.progress("leads", number, None)
            if isinstance(outcome, Reject):
                report.reject(outcome)
            else:
                report.add(outcome[1])
                yield decision_row(*outcome, prefix=place.prefix, desired=place.desired)

    bound = hashlib.sha256(place.binding.model_dump_json().encode())
    bound.update((enrichment.identity if enrichment else "").encode())
    chosen = replace(chosen, basis=bound.hexdigest())
    done = sync(place.connector, place.desired, decide, store, at=at, settings=chosen)
    report.notes += [str(tally) for tally in enrichment.tallies] if enrichment else []
    return report, done


def teams(members: Iterable[str]) -> Mapping[str, Team]:
    """Read who is in which team from `name=team`; raises `UsageError` for anything else."""
    found: dict[str, Team] = {}
    for member in members:
        name, _, team = member.rpartition("=")
        if not name or team not in _TEAMS:
            hint = "write it like `anna=sales` or `ben=marketing`"
            raise UsageError(f"`{member}` does not say who is in which team", hint)
        found[name] = _TEAMS[team]
    return found


def permits(consents: Sequence[str], store: Store, target: str) -> Permit | None:
    """Return what asks for every consent that is named as `purpose` or `purpose/channel`."""
    asked = []
    for consent in consents:
        purpose, _, channel = consent.partition("/")
        if not purpose:
            raise UsageError(f"`{consent}` names no purpose", "write it like `newsletter/email`")
        asked.append(StoreConsents(store, target, purpose, channel))

    def permit(keys: Sequence[str], at: datetime) -> Mapping[str, str]:
        return {key: why for ask in asked for key, why in ask(keys, at).items()}

    return permit if asked else None


def remarks(done: SyncReport) -> Iterator[str]:
    """Yield what a person should know beside the usual counts."""
    for failure in done.failures[:5]:
        yield f"  {failure.key}: {failure.message}"
    if done.restored:
        yield f"{done.restored} leads had values of ours that somebody else had changed"
    if done.withheld:
        reasons = ", ".join(sorted(set(done.reasons.values())))
        yield f"{done.withheld} leads withheld: {reasons}"
    if done.foreign:
        people = ", ".join(sorted({event.by for event in done.foreign_events}))
        yield f"{done.foreign} pieces of feedback without effect, given by {people}"
    if done.later and done.next_at:
        yield f"{done.later} leads wait for another try, the next at {done.next_at:%H:%M:%S} UTC"
    if done.in_doubt:
        yield f"{done.in_doubt} leads without an answer so far; the next sync looks them up"
    if done.dead:
        yield f"{done.dead} dead letters; `leadpolicy dead-letters list` shows them"


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
def copied_store(place: StorePlace, crm: str) -> Iterator[Store]:
    """Open a copy of the store that is forgotten afterwards; no store is made.

    Raises `UsageError` for a store in a database server.
    """
    if "://" in str(place):
        message = "only a store in a file can be copied for a dry run"
        raise UsageError(message, "leave `--dry-run` out, or name a file with `--store`")
    original = store_path(place, crm)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "store.db"
        if original.exists():
            _copy(original, copy)
        with open_store(copy, crm) as forgotten:
            yield forgotten


def _copy(place: Path, copy: Path) -> None:
    both = (open_store(place, ""), closing(sqlite3.connect(place)), closing(sqlite3.connect(copy)))
    with both[0], both[1] as one, both[2] as other:
        one.backup(other)
