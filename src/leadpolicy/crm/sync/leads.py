"""Which leads are decided: those that changed, those whose values hold no longer, or all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from heapq import merge
from itertools import groupby
from typing import Final

from leadpolicy.crm.capabilities import Stream
from leadpolicy.crm.rows import LeadRow
from leadpolicy.crm.store.contract import Remembered
from leadpolicy.crm.sync.intake import Intake, pages
from leadpolicy.crm.sync.session import Session
from leadpolicy.crm.sync.settings import Decider

_PAGE: Final = 2_000
"""Leads that are asked for by key at once; a connector splits them as its CRM needs it."""


def decide_leads(session: Session, decide: Decider) -> None:
    """Read the leads that have to be decided, and take their decisions in."""
    basis = _basis(session)
    session.tally.in_full = _is_full(session, basis)
    held: dict[str, Mapping[str, object]] = {}
    leads = _all(session) if session.tally.in_full else _due(session)
    Intake(session).take(decide(_noting(leads, held)), held)
    if session.tally.in_full:
        session.store.rebase(session.lock, basis)


def _is_full(session: Session, basis: str) -> bool:
    told_of_changes = Stream.CHANGES in session.connector.capabilities.feeds
    moved_on = session.store.basis(session.target) != basis
    return session.settings.full or not told_of_changes or moved_on


def _basis(session: Session) -> str:
    """Return the identity of what leads are decided by and where decisions are written."""
    columns = repr([(c.name, c.kind.value, c.scale, c.compared) for c in session.columns])
    parts = (session.desired.content_hash, columns, session.settings.basis)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _noting(leads: Iterator[LeadRow], held: dict[str, Mapping[str, object]]) -> Iterator[LeadRow]:
    for lead in leads:
        if lead.held:
            held[lead.key] = lead.held
        yield lead


def _all(session: Session) -> Iterator[LeadRow]:
    return session.calls.leads(session.columns, None)


def _due(session: Session) -> Iterator[LeadRow]:
    """Yield the leads that changed or are due; those that the CRM lost are due no more."""
    store, target = session.store, session.target
    both = merge(store.touched(target), store.due(target, session.at))
    keys = [key for key, _ in groupby(both)]
    for page in pages(keys, _PAGE):
        leads = _read(session, page)
        yield from leads
        lost = {*page} - {lead.key for lead in leads}
        if lost:
            session.store.remember(session.lock, [Remembered(key, None) for key in sorted(lost)])


def _read(session: Session, keys: Sequence[str]) -> list[LeadRow]:
    connector, columns = session.connector, session.columns
    return session.calls.read("read_leads", lambda: list(connector.read_leads(columns, keys)))
