"""Permissions: newsletter, web tracking and sales contact, from request to withdrawal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

from leadpolicy.testing.world.contacts import Contact


@dataclass(frozen=True, slots=True)
class Fact:
    """One step of a permission, before it becomes a row."""

    number: int
    purpose: str
    channel: str
    status: str
    at: datetime
    source: str


_ASKED_FOR_NEWSLETTER: Final = {
    "Newsletter-Anmeldung Website": 1.0,
    "Whitepaper Vorausschauende Wartung": 0.88,
    "Webinar-Reihe": 0.8,
    "LinkedIn Lead Ads": 0.75,
    "Kontaktformular": 0.7,
    "Google Ads Marke": 0.8,
}
_PAPER_GRANTS: Final = {"Fachmesse Frühjahr": 0.5, "Altbestand Import": 0.4}
_UNSUBSCRIBED: Final = 0.1
_OBJECTED: Final = 0.007


def is_allowed(facts: Iterable[Fact], purpose: str, at: datetime) -> bool:
    """Say whether the latest fact about a purpose grants it at an instant, on any channel."""
    known = [fact for fact in facts if fact.purpose == purpose and fact.at <= at]
    return bool(known) and known[-1].status in {"granted", "confirmed"}


def newsletter(rng: Random, contact: Contact, until: datetime) -> list[Fact]:
    """Draw how the newsletter was asked for, confirmed (double opt-in) and left again."""
    asked = contact.created + timedelta(seconds=rng.randrange(5, 90))
    steps: list[tuple[str, datetime, str]] = []
    if rng.random() < _PAPER_GRANTS.get(contact.campaign, 0.0):
        steps.append(("granted", asked, "Papierformular"))
    elif rng.random() < _ASKED_FOR_NEWSLETTER.get(contact.campaign, 0.2):
        steps.append(("requested", asked, "Formular Website"))
        if rng.random() < 0.72 + 0.5 * contact.intent:
            steps.append(("confirmed", _confirmation(rng, asked), "Bestätigungsmail"))
    if steps and steps[-1][0] != "requested" and rng.random() < _UNSUBSCRIBED:
        steps.append(("withdrawn", _later(rng, steps[-1][1], until), "Abmeldelink"))
    if rng.random() < _OBJECTED:
        last = steps[-1][1] if steps else asked
        steps.append(("objected", _later(rng, last, until), "Brief"))
    return _facts(contact, ("newsletter", "email"), steps, until)


def tracking(rng: Random, contact: Contact, until: datetime) -> list[Fact]:
    """Draw the answer to the cookie banner; many contacts never gave one."""
    seen = contact.created - timedelta(minutes=rng.randrange(1, 40))
    draw = rng.random()
    if draw < 0.48:
        steps = [("granted", seen, "Cookie-Banner")]
        if rng.random() < 0.04:
            steps.append(("withdrawn", _later(rng, seen, until), "Cookie-Banner"))
    elif draw < 0.74:
        steps = [("refused", seen, "Cookie-Banner")]
    else:
        steps = []
    return _facts(contact, ("tracking_web", "web"), steps, until)


def sales_contact(rng: Random, contact: Contact, asked: datetime, until: datetime) -> list[Fact]:
    """Draw the double opt-in for sales contact that a demo or price form asks for."""
    if rng.random() < 0.1:
        return []
    steps = [("requested", asked + timedelta(seconds=2), "Formular Website")]
    if rng.random() < 0.84:
        steps.append(("confirmed", _confirmation(rng, asked), "Bestätigungsmail"))
        if rng.random() < 0.05:
            steps.append(("withdrawn", _later(rng, steps[-1][1], until), "E-Mail"))
    return _facts(contact, ("sales_contact", "email"), steps, until)


def telephone(rng: Random, contact: Contact, spoken: datetime, until: datetime) -> list[Fact]:
    """Draw what a contact said about calls when sales spoke with them."""
    draw = rng.random()
    if draw < 0.45:
        steps = [("granted", spoken, "Gespräch")]
    elif draw < 0.52:
        steps = [("refused", spoken, "Gespräch")]
    else:
        steps = []
    return _facts(contact, ("sales_contact", "phone"), steps, until)


def objection(
    rng: Random, contact: Contact, spoken: datetime | None, until: datetime
) -> list[Fact]:
    """Draw the rare objection to contact by sales; less rare after sales `spoken` with them."""
    if rng.random() >= (_OBJECTED if spoken is None else 3 * _OBJECTED):
        return []
    steps = [("objected", _later(rng, spoken or contact.created, until), "Brief")]
    return _facts(contact, ("sales_contact", "email"), steps, until)


def _facts(
    contact: Contact,
    about: tuple[str, str],
    steps: Iterable[tuple[str, datetime, str]],
    until: datetime,
) -> list[Fact]:
    return [
        Fact(contact.number, *about, status, at, source)
        for status, at, source in steps
        if at <= until
    ]


def _confirmation(rng: Random, asked: datetime) -> datetime:
    return asked + timedelta(seconds=30 + round(rng.lognormvariate(6.5, 1.8)))


def _later(rng: Random, start: datetime, until: datetime) -> datetime:
    span = max((until - start).total_seconds(), 0.0)
    return start + timedelta(seconds=60 + round(span * rng.random()))
