"""Sales: conversations after a request, what they found out, and the verdict they owe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Final

from leadpolicy.testing.world.contacts import Contact
from leadpolicy.testing.world.journeys import Event
from leadpolicy.testing.world.names import SALES_TEAM
from leadpolicy.testing.world.permissions import Fact, is_allowed, sales_contact, telephone
from leadpolicy.testing.world.season import business_moment

REQUESTS: Final = frozenset({"demo_request", "price_request"})
TIMINGS: Final = ("dieses Quartal", "dieses Halbjahr", "dieses Jahr", "später")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What sales thinks of a lead that was handed over."""

    reason: str | None
    at: datetime
    by: str


@dataclass(slots=True)
class Dealing:
    """Everything that came of one contact's requests; None means nobody asked."""

    events: list[Event] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    budget_confirmed: str | None = None
    budget_released: str | None = None
    need_clarity: str | None = None
    preference_stability: str | None = None
    buying_centre: str | None = None
    project_timing: str | None = None
    verdict: Verdict | None = None
    opportunity: bool = False
    won: bool = False


class SalesTeam:
    """Plays the sales team for one contact after another; knows nothing after `until`."""

    def __init__(self, rng: Random, until: datetime) -> None:
        self._rng = rng
        self._until = until

    def deal_with(
        self, contact: Contact, events: Sequence[Event], facts: Sequence[Fact]
    ) -> Dealing:
        """Return what sales did, learned and said about a contact."""
        dealing = Dealing()
        requested = next((event.at for event in events if event.type in REQUESTS), None)
        if requested is not None:
            self._answer(dealing, contact, requested)
        handed_over = requested or _matured(contact, events, facts)
        if handed_over is not None:
            self._judge(dealing, contact, handed_over)
        if dealing.verdict and dealing.verdict.reason is None and dealing.events:
            self._sell(dealing, contact)
        return dealing

    def _answer(self, dealing: Dealing, contact: Contact, requested: datetime) -> None:
        rng, until = self._rng, self._until
        dealing.facts = sales_contact(rng, contact, requested, until)
        if rng.random() < 0.6:
            dealing.project_timing = _graded(rng, TIMINGS, 1.0 - contact.intent)
        reachable = 0.9 if dealing.facts[-1:] and dealing.facts[-1].status == "confirmed" else 0.45
        if contact.role in {"trainee", "academic"} or contact.company.competitor:
            reachable = 0.25
        at = business_moment(rng, requested, days=rng.lognormvariate(0.3, 0.8))
        if rng.random() >= reachable or at > until:
            return
        dealing.events = self._conversations(contact, at)
        dealing.facts += telephone(rng, contact, at, until)
        if dealing.events:
            self._find_out(dealing, contact)

    def _conversations(self, contact: Contact, first: datetime) -> list[Event]:
        rng = self._rng
        talks: list[Event] = []
        at = first
        while at <= self._until and len(talks) < 4:
            recorded = at + timedelta(minutes=rng.randrange(5, 200))
            if recorded <= self._until:
                talks.append(Event(contact.number, "sales_conversation", at, recorded, "CRM"))
            if rng.random() > 0.25 + 0.6 * contact.intent:
                break
            at = business_moment(rng, at, days=rng.uniform(4, 25))
        return talks

    def _find_out(self, dealing: Dealing, contact: Contact) -> None:
        rng = self._rng
        keen = min(1.0, contact.intent * 1.15 + 0.1)
        dealing.budget_confirmed = _budget(rng, 0.2 + 0.75 * keen)
        if dealing.budget_confirmed == "Ja":
            dealing.budget_released = _budget(rng, 0.15 + 0.75 * keen)
        elif dealing.budget_confirmed == "Nein":
            dealing.budget_released = "Nein"
        dealing.need_clarity = _graded(rng, ("niedrig", "mittel", "hoch"), keen)
        if rng.random() < 0.85:
            dealing.preference_stability = _graded(rng, ("niedrig", "mittel", "hoch"), keen)
        if rng.random() < 0.8:
            dealing.buying_centre = _graded(rng, ("keins", "teilweise", "einig"), keen)
        if rng.random() < 0.5:
            dealing.project_timing = _graded(rng, TIMINGS, 1.0 - contact.intent)

    def _judge(self, dealing: Dealing, contact: Contact, handed_over: datetime) -> None:
        rng = self._rng
        late = business_moment(rng, handed_over, days=rng.lognormvariate(-0.4, 1.0))
        talked = max([late, *(event.recorded for event in dealing.events[:1])])
        at = talked + timedelta(minutes=rng.randrange(2, 50))
        if rng.random() < 0.22 or at > self._until:
            return
        reason = self._reason(dealing, contact)
        dealing.verdict = Verdict(reason, at, SALES_TEAM[contact.number % len(SALES_TEAM)])

    def _reason(self, dealing: Dealing, contact: Contact) -> str | None:
        rng = self._rng
        if contact.company.competitor:
            return "competitor"
        if contact.role in {"trainee", "academic"}:
            return rng.choice(("wrong_contact", "no_need"))
        if contact.duplicate:
            return "bad_data"
        if contact.company.employees < 20 and rng.random() < 0.55:
            return "too_small"
        if dealing.budget_confirmed == "Nein" and rng.random() < 0.7:
            return "no_budget"
        if dealing.project_timing == "später" and rng.random() < 0.6:
            return "timing"
        if rng.random() < (0.85 if dealing.events else 0.25 + 0.6 * contact.intent):
            return None
        return rng.choices(
            ("not_reachable", "no_need", "timing", "wrong_contact", "bad_data"), (35, 30, 15, 12, 8)
        )[0]

    def _sell(self, dealing: Dealing, contact: Contact) -> None:
        rng = self._rng
        if dealing.budget_confirmed != "Ja" or rng.random() > 0.55:
            return
        age = self._until - dealing.events[0].at
        dealing.won = age > timedelta(days=75) and rng.random() < 0.2 + 0.4 * contact.intent
        dealing.opportunity = not dealing.won and age > timedelta(days=10)


def _matured(contact: Contact, events: Sequence[Event], facts: Sequence[Fact]) -> datetime | None:
    """Return when marketing would have handed a contact over for reading alone, if ever."""
    downloads = [event.recorded for event in events if event.type == "content_download"]
    if contact.company.employees < 10 or len(downloads) < 3:
        return None
    return downloads[2] if is_allowed(facts, "newsletter", downloads[2]) else None


def _budget(rng: Random, chance: float) -> str | None:
    if rng.random() < 0.1:
        return rng.choice(("unbekannt", None))
    return "Ja" if rng.random() < chance else "Nein"


def _graded(rng: Random, labels: Sequence[str], level: float) -> str:
    """Draw a label, later ones more often the higher the level in 0..1 is."""
    position = level + rng.gauss(0.0, 0.25)
    return labels[max(0, min(len(labels) - 1, int(position * len(labels))))]
