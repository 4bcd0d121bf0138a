"""Leads of a CRM, each with its signals and consent events, become decisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from leadpolicy.engine.decision import Decision
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.exchange.binding import Binding
from leadpolicy.exchange.convert import RowReader
from leadpolicy.exchange.deciding import Candidate, Decider
from leadpolicy.exchange.dossiers import Dossiers
from leadpolicy.exchange.enrichment import Enrichment
from leadpolicy.exchange.rejects import Reject
from leadpolicy.exchange.tables import RawRow


class CrmLead(Protocol):
    """A lead as a CRM holds it: raw values by column, with its signals and consent events."""

    @property
    def key(self) -> str:
        """The key of the lead."""

    @property
    def values(self) -> Mapping[str, object]:
        """Its raw values by column."""

    @property
    def signals(self) -> Sequence[Mapping[str, object]]:
        """Its signals, raw and by column."""

    @property
    def consents(self) -> Sequence[Mapping[str, object]]:
        """Its consent events, raw and by column."""


def decide_records(
    policy: LeadPolicy,
    binding: Binding,
    leads: Iterable[CrmLead],
    *,
    at: datetime,
    enrichment: Enrichment | None = None,
) -> Iterator[tuple[str, Decision] | Reject]:
    """Yield a decision for every lead that can be decided, and every row that cannot be used."""
    reader = RowReader(policy, binding)
    yield from Decider(policy, reader, at, enrichment).decide_all(_candidates(reader, leads))


def _candidates(reader: RowReader, leads: Iterable[CrmLead]) -> Iterator[Candidate | Reject]:
    binding = reader.binding
    for number, lead in enumerate(leads, start=1):
        dossiers = Dossiers(reader)
        yield from dossiers.add_signals(_rows(lead.key, binding.signals.lead, lead.signals))
        yield from dossiers.add_consents(_rows(lead.key, binding.consents.lead, lead.consents))
        yield Candidate(RawRow(number, lead.values), lead.key, dossiers.of(lead.key))


def _rows(key: str, column: str, rows: Iterable[Mapping[str, object]]) -> Iterator[RawRow]:
    for number, values in enumerate(rows, start=1):
        yield RawRow(number, {**values, column: key})
