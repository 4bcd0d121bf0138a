"""From a seed to a world: contacts, permissions, journeys, sales, and the CRM's rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from leadpolicy.testing.world.contacts import Contact, ContactBook
from leadpolicy.testing.world.journeys import Event, Wanderer
from leadpolicy.testing.world.permissions import Fact, newsletter, objection, tracking
from leadpolicy.testing.world.records import Clerk
from leadpolicy.testing.world.rows import ConsentRow, CrmLead, FeedbackRow, SignalRow, iso
from leadpolicy.testing.world.sales import SalesTeam, Verdict
from leadpolicy.testing.world.season import Season
from leadpolicy.testing.world.world import World

_DEFAULT_UNTIL: Final = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(slots=True)
class _Harvest:
    """What one pass over the contacts brings in."""

    leads: list[CrmLead] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    verdicts: list[tuple[int, Verdict]] = field(default_factory=list)


def generate_world(
    seed: int = 2026,
    leads: int = 3000,
    until: datetime = _DEFAULT_UNTIL,
    days: int = 365,
) -> World:
    """Return a realistic German B2B world of so many leads over the days before `until`.

    The same arguments give the same world. Raises `ValueError` for a naive `until`, fewer than
    one lead, or fewer than one day.

    >>> world = generate_world(leads=50)
    >>> world.leads[0].id, len(world.leads)
    ('L-00001', 50)
    """
    if until.utcoffset() is None:
        raise ValueError(f"`until` needs a time zone: {until.isoformat()}")
    if leads < 1 or days < 1:
        raise ValueError(f"a world needs at least one lead and one day, not {leads} and {days}")
    until = until.astimezone(UTC).replace(microsecond=0)
    season = Season(until - timedelta(days=days), until)
    contacts = ContactBook(_stream(seed, "contacts"), season).fill(leads)
    harvest = _live(seed, season, contacts)
    return World(
        seed=seed,
        since=season.since,
        until=until,
        leads=tuple(harvest.leads),
        signals=_signals(harvest.events),
        consents=_consents(harvest.facts),
        feedback=_feedback(harvest.verdicts),
    )


def _stream(seed: int, stage: str) -> Random:
    """Return a source of chance of its own for one stage, so that stages do not disturb others."""
    return Random(f"{seed}/{stage}")  # noqa: S311 (a demo, not a secret)


def _live(seed: int, season: Season, contacts: Iterable[Contact]) -> _Harvest:
    harvest = _Harvest()
    asking = _stream(seed, "permissions")
    wanderer = Wanderer(_stream(seed, "journeys"), season)
    team = SalesTeam(_stream(seed, "sales"), season.until)
    clerk = Clerk(_stream(seed, "records"))
    for place, met in enumerate(contacts, 1):
        contact = replace(met, number=place)
        facts = newsletter(asking, contact, season.until) + tracking(asking, contact, season.until)
        events = wanderer.journey(contact, facts)
        dealing = team.deal_with(contact, events, facts)
        spoken = dealing.events[0].at if dealing.events else None
        facts += dealing.facts + objection(asking, contact, spoken, season.until)
        harvest.events += events + dealing.events
        harvest.facts += facts
        if dealing.verdict:
            harvest.verdicts.append((place, dealing.verdict))
        mailed = any(fact.channel == "email" for fact in facts)
        harvest.leads.append(clerk.record(_lead_id(place), contact, dealing, known=mailed))
    return harvest


def _lead_id(place: int) -> str:
    return f"L-{place:05d}"


def _signals(events: Iterable[Event]) -> tuple[SignalRow, ...]:
    ordered = sorted(events, key=lambda event: (event.recorded, event.number, event.at))
    return tuple(
        SignalRow(
            id=f"S-{place:06d}",
            lead_id=_lead_id(event.number),
            type=event.type,
            occurred_at=iso(event.at),
            recorded_at=iso(event.recorded),
            source=event.source,
            asset=event.asset,
        )
        for place, event in enumerate(ordered, 1)
    )


def _consents(facts: Iterable[Fact]) -> tuple[ConsentRow, ...]:
    ordered = sorted(facts, key=lambda fact: (fact.at, fact.number))
    return tuple(
        ConsentRow(
            id=f"C-{place:06d}",
            lead_id=_lead_id(fact.number),
            purpose=fact.purpose,
            channel=fact.channel,
            status=fact.status,
            at=iso(fact.at),
            source=fact.source,
        )
        for place, fact in enumerate(ordered, 1)
    )


def _feedback(verdicts: Iterable[tuple[int, Verdict]]) -> tuple[FeedbackRow, ...]:
    ordered = sorted(verdicts, key=lambda pair: (pair[1].at, pair[0]))
    return tuple(
        FeedbackRow(
            lead_id=_lead_id(number),
            verdict="rejected" if verdict.reason else "accepted",
            reason=verdict.reason,
            at=iso(verdict.at),
            by=verdict.by,
        )
        for number, verdict in ordered
    )
