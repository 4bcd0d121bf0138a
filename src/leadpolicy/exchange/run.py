"""Files in, files out: every lead of a file decided, every row that was not used accounted for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from leadpolicy.engine.decision import Decision
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.exchange.binding import Binding
from leadpolicy.exchange.cells import CellProblem
from leadpolicy.exchange.columns import Wanted, check_columns
from leadpolicy.exchange.convert import RowError, RowReader
from leadpolicy.exchange.deciding import Candidate, Decider
from leadpolicy.exchange.dossiers import Dossiers, readable_key, require_whole
from leadpolicy.exchange.enrichment import Enrichment
from leadpolicy.exchange.rejects import COLUMNS, Reject, Source
from leadpolicy.exchange.results import result_columns, result_row
from leadpolicy.exchange.tables import RawRow, columns_of, file_kind, read_rows
from leadpolicy.exchange.writing import writing

Progress: TypeAlias = Callable[[str, int, int | None], None]
"""Called with what is being done, how many rows are done, and how many there are if known."""

_STEP = 100


def silent(_what: str, _done: int, _total: int | None) -> None:
    """Show no progress."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """The files of a run; leads without signals or consents are decided without them."""

    leads: Path
    signals: Path | None = None
    consents: Path | None = None


@dataclass(slots=True)
class Report:
    """What a run did: counts by state and rating, rejected rows by source, and notes."""

    decided: int = 0
    states: Counter[str] = field(default_factory=Counter)
    ratings: Counter[str] = field(default_factory=Counter)
    rejected: Counter[Source] = field(default_factory=Counter)
    first_rejects: list[Reject] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def leads(self) -> int:
        """How many leads there were."""
        return self.decided + self.rejected[Source.LEADS]

    def add(self, decision: Decision) -> None:
        """Count a decision."""
        self.decided += 1
        self.states[decision.state] += 1
        if decision.rating is not None:
            self.ratings[decision.rating] += 1

    def reject(self, reject: Reject) -> None:
        """Count a row that was not used, and keep the first ones to show."""
        self.rejected[reject.source] += 1
        if len(self.first_rejects) < 5:
            self.first_rejects.append(reject)

    def to_dict(self) -> dict[str, object]:
        """Return the report as JSON-ready data."""
        return {
            "leads": self.leads,
            "decided": self.decided,
            "states": dict(self.states),
            "ratings": dict(sorted(self.ratings.items())),
            "rejected": {source.value: self.rejected[source] for source in Source},
            "notes": list(self.notes),
        }


def decide_files(
    policy: LeadPolicy,
    inputs: Inputs,
    binding: Binding,
    out: Path,
    rejects: Path,
    *,
    at: datetime,
    progress: Progress = silent,
    enrichment: Enrichment | None = None,
) -> Report:
    """Decide every lead of a file at an instant; the formats follow from the files' endings.

    Rows that cannot be used go to `rejects` (JSON Lines), which is there only if there are any.
    Both files take their place when all went well. Raises `FileError` where a file cannot be
    used at all.
    """
    run = _Run(policy, binding, inputs, at, progress, enrichment)
    whole = file_kind(out) == "jsonl"
    with writing(rejects, COLUMNS) as reject, writing(out, result_columns(policy.checked)) as write:
        for outcome in run.outcomes():
            if isinstance(outcome, Reject):
                run.report.reject(outcome)
                reject(outcome.to_row())
            else:
                run.report.add(outcome[1])
                write(result_row(*outcome, policy.checked, whole=whole))
    if not run.report.rejected:
        rejects.unlink(missing_ok=True)
    return run.report


def check_files(inputs: Inputs, reader: RowReader) -> list[str]:
    """Return notes on the columns of the files; raises `FileError` where a required one lacks."""
    notes: list[str] = []
    for path, wanted in (
        (inputs.leads, reader.leads_columns()),
        (inputs.signals, reader.signals_columns()),
        (inputs.consents, reader.consents_columns()),
    ):
        found = None if path is None else columns_of(path)
        if path is not None and found is not None:
            notes += check_columns(path, found, wanted)
    return notes


class _Run:
    """One run over the files: first the keys of the leads, then signals and consents, then leads.

    Leads are read twice, so that a signal without its lead is told at once and no lead has to be
    kept in memory.
    """

    def __init__(
        self,
        policy: LeadPolicy,
        binding: Binding,
        inputs: Inputs,
        at: datetime,
        progress: Progress,
        enrichment: Enrichment | None,
    ) -> None:
        self.report = Report()
        self._inputs = inputs
        self._progress = progress
        self._reader = RowReader(policy, binding)
        self._decider = Decider(policy, self._reader, at, enrichment)
        self._first: dict[str, int] = {}
        self._count = 0

    def outcomes(self) -> Iterator[tuple[str, Decision] | Reject]:
        """Yield every decided lead, and every row that was not used."""
        self.report.notes += check_files(self._inputs, self._reader)
        self._read_keys()
        dossiers = Dossiers(self._reader, self._first.keys())
        yield from dossiers.add_signals(self._rows("signals", self._inputs.signals))
        yield from dossiers.add_consents(self._rows("consents", self._inputs.consents))
        for source, count in dossiers.left_out.items():
            self.report.notes.append(f"{count} rows of {source} left out, as the binding says")
        rows = self._rows("leads", self._inputs.leads, self._count)
        yield from self._decider.decide_all(self._candidate(row, dossiers) for row in rows)

    def _read_keys(self) -> None:
        """Note in which row each lead stands first; 0 for those in broken rows alone."""
        seen: set[str] = set()
        for row in self._rows("keys", self._inputs.leads):
            self._count += 1
            seen.update(row.values)
            key = readable_key(row, self._reader.key)
            if key is not None and not self._first.get(key):
                self._first[key] = 0 if row.problem else row.number
        if self._count and columns_of(self._inputs.leads) is None:
            read = Wanted(self._reader.leads_columns().read, frozenset())
            self.report.notes += check_columns(self._inputs.leads, seen, read)

    def _rows(self, what: str, path: Path | None, total: int | None = None) -> Iterator[RawRow]:
        if path is None:
            return
        done = 0
        for row in read_rows(path):
            yield row
            done += 1
            if done % _STEP == 0:
                self._progress(what, done, total)
        self._progress(what, done, done)

    def _candidate(self, row: RawRow, dossiers: Dossiers) -> Candidate | Reject:
        key = readable_key(row, self._reader.key)
        try:
            require_whole(row)
            key = self._reader.key(row.values)
            if self._first[key] != row.number:
                said = f"the lead stands already in row {self._first[key]}"
                raise RowError(CellProblem("LP526", None, said))
        except RowError as error:
            return Reject(Source.LEADS, row.number, key, error.problems, row.values)
        return Candidate(row, key, dossiers.of(key))
