"""Leads from their raw rows to their decisions, or to the reasons why they cannot be decided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final, TypeAlias

from leadpolicy.engine.decision import Decision
from leadpolicy.engine.inputs import InputError
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.exchange.convert import RowError, RowReader
from leadpolicy.exchange.dossiers import Dossier, require_whole
from leadpolicy.exchange.enrichment import Enrichment
from leadpolicy.exchange.rejects import Reject, Source
from leadpolicy.exchange.tables import RawRow

Outcome: TypeAlias = tuple[str, Decision] | Reject

_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A raw row that is a lead, with its key and its dossier."""

    row: RawRow
    key: str
    dossier: Dossier


@dataclass(frozen=True, slots=True)
class _Readable:
    """A candidate whose attributes could be read."""

    row: RawRow
    key: str
    lead: dict[str, object]
    dossier: Dossier

    def decide(self, policy: LeadPolicy, at: datetime) -> Decision:
        dossier = self.dossier
        return policy.decide(self.lead, signals=dossier.signals, consents=dossier.consents, at=at)


class Decider:
    """Decides leads from raw rows at one instant, after an enrichment if there is one."""

    def __init__(
        self,
        policy: LeadPolicy,
        reader: RowReader,
        at: datetime,
        enrichment: Enrichment | None = None,
    ) -> None:
        self._policy = policy
        self._reader = reader
        self._at = at
        self._enrichment = enrichment

    def decide(self, row: RawRow, key: str, dossier: Dossier) -> Decision | Reject:
        """Decide one lead, or say why it cannot be decided."""
        (outcome,) = self.decide_all([Candidate(row, key, dossier)])
        return outcome if isinstance(outcome, Reject) else outcome[1]

    def decide_all(self, candidates: Iterable[Candidate | Reject]) -> Iterator[Outcome]:
        """Decide leads in their order; rejects among them are passed on."""
        source = iter(candidates)
        size = 1 if self._enrichment is None else _AT_ONCE
        while some := [self._read(item) for item in islice(source, size)]:
            readable = [item for item in some if isinstance(item, _Readable)]
            if self._enrichment is not None:
                self._enrichment.fill(readable, self._at)
            for item in some:
                yield item if isinstance(item, Reject) else self._decide(item)

    def _read(self, item: Candidate | Reject) -> _Readable | Reject:
        if isinstance(item, Reject):
            return item
        row, key, dossier = item.row, item.key, item.dossier
        try:
            require_whole(row)
            if dossier.broken:
                raise RowError(*dossier.broken)
            return _Readable(row, key, self._reader.lead(row.values), dossier)
        except RowError as error:
            return Reject(Source.LEADS, row.number, key, error.problems, row.values)

    def _decide(self, item: _Readable) -> Outcome:
        try:
            return item.key, item.decide(self._policy, self._at)
        except InputError as error:
            problems = tuple(map(self._reader.problem_of_lead, error.diagnostics))
            return Reject(Source.LEADS, item.row.number, item.key, problems, item.row.values)
