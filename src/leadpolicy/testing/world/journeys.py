"""Journeys: what contacts do, in bursts of interest spread over the seasons."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

from leadpolicy.testing.world.contacts import Contact
from leadpolicy.testing.world.names import WEBINARS, WHITEPAPERS
from leadpolicy.testing.world.permissions import Fact, is_allowed
from leadpolicy.testing.world.season import BERLIN, Season, business_moment, busyness, moment


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, before it becomes a row; `recorded` is never earlier than `at`."""

    number: int
    type: str
    at: datetime
    recorded: datetime
    source: str
    asset: str | None = None


_LEAKAGE: Final = 0.05
_LATE_WEBINAR_LISTS: Final = 0.35
_LATE_FORMS: Final = 0.004
_KINDS: Final = ("content_download", "pricing_page_view", "webinar_attended")
_KIND_WEIGHTS: Final = (60, 27, 13)
_FIRST_TOUCH: Final = {
    "Whitepaper Vorausschauende Wartung": ("content_download", 1.0),
    "Webinar-Reihe": ("webinar_attended", 0.7),
    "LinkedIn Lead Ads": ("content_download", 0.8),
    "Google Ads Marke": ("content_download", 0.4),
    "Kontaktformular": ("demo_request", 0.15),
}
_REQUEST_DRIVE: Final = {"decider": 1.1, "head": 1.2, "expert": 0.9, "support": 0.4}


class Wanderer:
    """Draws the signals of one contact after another."""

    def __init__(self, rng: Random, season: Season) -> None:
        self._rng = rng
        self._season = season
        self._mailings = _mailings(season)

    def journey(self, contact: Contact, facts: Sequence[Fact]) -> list[Event]:
        """Return everything a contact did by themselves, in order of time."""
        events = [*self._first_touch(contact), *self._clicks(contact, facts)]
        for start in self._starts(contact):
            events.extend(self._burst(contact, facts, start))
        events.extend(self._download_after_leaving(contact, facts))
        kept = [e for e in events if e.at >= contact.created and self._is_inside(e)]
        return sorted(kept, key=lambda event: event.at)

    def _is_inside(self, event: Event) -> bool:
        return self._season.since <= event.at and event.recorded <= self._season.until

    def _first_touch(self, contact: Contact) -> list[Event]:
        kind, chance = _FIRST_TOUCH.get(contact.campaign, ("", 0.0))
        if self._rng.random() >= chance or contact.created < self._season.since:
            return []
        return [self._event(contact, kind, contact.created)]

    def _starts(self, contact: Contact) -> list[datetime]:
        rng = self._rng
        soon = business_moment(rng, contact.created, days=rng.expovariate(0.1))
        drawn = [moment(rng, self._season.day(rng)) for _ in range(_how_many(rng, contact.intent))]
        fresh = [soon] if rng.random() < 0.15 + contact.intent else []
        return [at for at in fresh + drawn if at >= contact.created]

    def _burst(self, contact: Contact, facts: Sequence[Fact], start: datetime) -> list[Event]:
        rng, at = self._rng, start
        events: list[Event] = []
        for _ in range(1 + _how_many(rng, contact.intent * 0.9)):
            kind = rng.choices(_KINDS, _KIND_WEIGHTS)[0]
            if kind != "pricing_page_view" or self._is_seen(facts, at):
                events.append(self._event(contact, kind, at))
            at = business_moment(rng, at, days=rng.expovariate(0.25))
        if rng.random() < _request_chance(contact):
            kind = "demo_request" if rng.random() < 0.68 else "price_request"
            events.append(self._event(contact, kind, at))
        return events

    def _clicks(self, contact: Contact, facts: Sequence[Fact]) -> list[Event]:
        rng = self._rng
        chance = 0.03 + 0.35 * contact.intent
        opened = [sent for sent in self._mailings if rng.random() < chance]
        clicks: list[Event] = []
        for sent in opened:
            at = sent + timedelta(seconds=60 + round(rng.lognormvariate(9.0, 1.3)))
            if is_allowed(facts, "newsletter", sent) and self._is_seen(facts, at):
                clicks.append(self._event(contact, "newsletter_click", at))
        return clicks

    def _download_after_leaving(self, contact: Contact, facts: Sequence[Fact]) -> list[Event]:
        left = [f.at for f in facts if f.purpose == "newsletter" and f.status == "withdrawn"]
        if not left or self._rng.random() > 0.15 + contact.intent:
            return []
        at = business_moment(self._rng, left[0], days=self._rng.uniform(1, 40))
        return [self._event(contact, "content_download", at)]

    def _is_seen(self, facts: Sequence[Fact], at: datetime) -> bool:
        return is_allowed(facts, "tracking_web", at) or self._rng.random() < _LEAKAGE

    def _event(self, contact: Contact, kind: str, at: datetime) -> Event:
        rng = self._rng
        recorded = at + timedelta(seconds=rng.randrange(4))
        if kind == "webinar_attended":
            late = rng.random() < _LATE_WEBINAR_LISTS
            recorded = business_moment(rng, at, days=1.0 if late else 0.05)
            return Event(
                contact.number, kind, at, recorded, "Webinar-Werkzeug", rng.choice(WEBINARS)
            )
        if kind == "content_download":
            if rng.random() < _LATE_FORMS:
                recorded = business_moment(rng, at, days=rng.uniform(3, 20))
            return Event(contact.number, kind, at, recorded, "Website", rng.choice(WHITEPAPERS))
        source = "Newsletter" if kind == "newsletter_click" else "Website"
        return Event(contact.number, kind, at, recorded, source)


def _request_chance(contact: Contact) -> float:
    if contact.company.competitor:
        return 0.1
    return min(0.75, 0.85 * math.pow(contact.intent, 1.6) * _REQUEST_DRIVE.get(contact.role, 0.02))


def _how_many(rng: Random, intent: float) -> int:
    """Draw a count that grows with intent; most contacts stay near zero."""
    count, level = 0, rng.random()
    while level < 0.12 + 0.8 * math.sqrt(intent) and count < 9:
        count, level = count + 1, rng.random()
    return count


def _mailings(season: Season) -> list[datetime]:
    """Return when the newsletter went out: every second Tuesday at half past nine."""
    day = season.since.astimezone(BERLIN).date()
    day += timedelta(days=(1 - day.weekday()) % 7)
    sent: list[datetime] = []
    while day <= season.until.date():
        if busyness(day) > 0.5:
            sent.append(datetime(day.year, day.month, day.day, 9, 30, tzinfo=BERLIN))
        day += timedelta(days=14)
    return sent
