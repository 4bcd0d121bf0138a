"""Contacts: who works where, with which title, mail address, campaign and intent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Final

from leadpolicy.testing.world.companies import Company, CompanyRegister, competitors
from leadpolicy.testing.world.names import (
    FEMALE,
    FREEMAIL_DOMAINS,
    FREEMAIL_WEIGHTS,
    MALE,
    SURNAMES,
    TOWNS,
    ascii_name,
)
from leadpolicy.testing.world.season import Season, business_moment, moment


@dataclass(frozen=True, slots=True)
class Contact:
    """A person as they are; `intent` in 0..1 drives everything they will do."""

    number: int
    company: Company
    first_name: str
    last_name: str
    job_title: str
    role: str
    email: str
    campaign: str
    created: datetime
    intent: float
    duplicate: bool = False


@dataclass(frozen=True, slots=True)
class _Role:
    titles: tuple[tuple[str, str], ...]
    drive: float


_ROLES: Final = {
    "decider": _Role(
        (
            ("Geschäftsführer", "Geschäftsführerin"),
            ("Geschäftsführender Gesellschafter", "Geschäftsführende Gesellschafterin"),
            ("Inhaber", "Inhaberin"),
            ("Vorstand", "Vorständin"),
            ("CEO", "CEO"),
        ),
        1.05,
    ),
    "head": _Role(
        (
            ("Leiter Einkauf", "Leiterin Einkauf"),
            ("IT-Leiter", "IT-Leiterin"),
            ("CTO", "CTO"),
            ("COO", "COO"),
            ("Head of Marketing", "Head of Marketing"),
            ("Vertriebsleiter", "Vertriebsleiterin"),
            ("Produktionsleiter", "Produktionsleiterin"),
            ("Leiter Instandhaltung", "Leiterin Instandhaltung"),
            ("Werksleiter", "Werksleiterin"),
            ("Kaufmännischer Leiter", "Kaufmännische Leiterin"),
        ),
        1.2,
    ),
    "expert": _Role(
        (
            ("Einkäufer", "Einkäuferin"),
            ("Strategischer Einkäufer", "Strategische Einkäuferin"),
            ("Projektleiter Digitalisierung", "Projektleiterin Digitalisierung"),
            ("International Sales Manager", "International Sales Manager"),
            ("Product Owner", "Product Owner"),
            ("Prozessingenieur", "Prozessingenieurin"),
            ("Internal Auditor", "Internal Auditor"),
            ("Referent Beschaffung", "Referentin Beschaffung"),
        ),
        0.9,
    ),
    "support": _Role(
        (
            ("Assistent der Geschäftsleitung", "Assistenz der Geschäftsleitung"),
            ("Sachbearbeiter", "Sachbearbeiterin"),
            ("Office Manager", "Office Managerin"),
        ),
        0.55,
    ),
    "trainee": _Role(
        (
            ("Praktikant", "Praktikantin"),
            ("Werkstudent", "Werkstudentin"),
            ("Praktikant Marketing", "Praktikantin Marketing"),
            ("Auszubildender", "Auszubildende"),
        ),
        0.6,
    ),
    "academic": _Role(
        (
            ("Student", "Studentin"),
            ("Student Wirtschaftsingenieurwesen", "Studentin Wirtschaftsingenieurwesen"),
            ("Professor", "Professorin"),
            ("Wissenschaftlicher Mitarbeiter", "Wissenschaftliche Mitarbeiterin"),
        ),
        1.5,
    ),
}
_ROLE_WEIGHTS: Final = (
    (10, {"decider": 80, "head": 4, "expert": 8, "support": 8}),
    (50, {"decider": 42, "head": 28, "expert": 18, "support": 10, "trainee": 2}),
    (250, {"decider": 18, "head": 42, "expert": 28, "support": 9, "trainee": 3}),
    (10**9, {"decider": 6, "head": 42, "expert": 40, "support": 8, "trainee": 4}),
)
_CAMPAIGNS: Final = {
    "Whitepaper Vorausschauende Wartung": 24,
    "Newsletter-Anmeldung Website": 17,
    "Google Ads Marke": 13,
    "Webinar-Reihe": 13,
    "Kontaktformular": 9,
    "LinkedIn Lead Ads": 10,
    "Fachmesse Frühjahr": 9,
    "Altbestand Import": 5,
}
_ACADEMIC_SHARE: Final = 0.03
_COMPETITOR_SHARE: Final = 0.005
_DUPLICATE_SHARE: Final = 0.012
_EARLIER_SHARE: Final = 0.4
_EARLIER_DAYS: Final = 900


class ContactBook:
    """Fills a list of contacts, company by company, until it has as many as asked for."""

    def __init__(self, rng: Random, season: Season) -> None:
        self._rng = rng
        self._season = season
        self._register = CompanyRegister(rng)
        self._rivals = competitors()

    def fill(self, count: int) -> list[Contact]:
        """Return exactly `count` contacts in the order in which the CRM met them."""
        duplicates = round(count * _DUPLICATE_SHARE)
        contacts: list[Contact] = []
        while len(contacts) < count - duplicates:
            contacts.extend(self._household(len(contacts)))
        del contacts[count - duplicates :]
        for original in self._rng.sample(contacts, duplicates):
            contacts.append(self._again(original, len(contacts)))
        return sorted(contacts, key=lambda contact: (contact.created, contact.number))

    def _household(self, start: int) -> list[Contact]:
        rng = self._rng
        draw = rng.random()
        if draw < _ACADEMIC_SHARE:
            return [self._person(start, self._university(), "academic")]
        if draw < _ACADEMIC_SHARE + _COMPETITOR_SHARE:
            return [self._person(start, rng.choice(self._rivals), "expert")]
        company = self._register.found()
        size = _contacts_at(rng, company.employees)
        return [self._person(start + i, company, _role(rng, company)) for i in range(size)]

    def _university(self) -> Company:
        rng = self._rng
        name = f"Hochschule {rng.choice(TOWNS)}"
        staff = rng.randrange(180, 2400)
        appetite = rng.betavariate(2.0, 2.5)
        domain = f"{ascii_name(name)}.example"
        return Company(name, domain, "Sonstige", staff, "Deutschland", appetite)

    def _person(self, number: int, company: Company, role: str) -> Contact:
        rng = self._rng
        female = rng.random() < 0.42
        first, last = rng.choice(FEMALE if female else MALE), rng.choice(SURNAMES)
        intent = (0.6 * company.appetite + 0.4 * rng.betavariate(1.2, 3.0)) * _ROLES[role].drive
        return Contact(
            number=number,
            company=company,
            first_name=first,
            last_name=last,
            job_title=rng.choice(_ROLES[role].titles)[female],
            role=role,
            email=_address(rng, number, company, (first, last), role),
            campaign=rng.choices(list(_CAMPAIGNS), list(_CAMPAIGNS.values()))[0],
            created=self._created(),
            intent=min(1.0, intent),
        )

    def _created(self) -> datetime:
        rng, season = self._rng, self._season
        if rng.random() < _EARLIER_SHARE:
            age = timedelta(days=1 + rng.random() * _EARLIER_DAYS)
            return moment(rng, (season.since - age).date())
        return min(max(moment(rng, season.day(rng)), season.since), season.until)

    def _again(self, original: Contact, number: int) -> Contact:
        rng, until = self._rng, self._season.until
        age = (until - original.created) / timedelta(days=1)
        later = business_moment(rng, original.created, days=age * rng.random())
        return replace(
            original,
            number=number,
            campaign=rng.choice(list(_CAMPAIGNS)),
            created=min(later, until).replace(microsecond=0),
            intent=original.intent * 0.4,
            duplicate=True,
        )


def _contacts_at(rng: Random, employees: int) -> int:
    limit, more = (3, 0.25) if employees < 50 else (8, 0.5 if employees < 500 else 0.64)
    size = 1
    while size < limit and rng.random() < more:
        size += 1
    return size


def _role(rng: Random, company: Company) -> str:
    weights = next(table for limit, table in _ROLE_WEIGHTS if company.employees < limit)
    return rng.choices(list(weights), list(weights.values()))[0]


def _address(rng: Random, number: int, company: Company, name: tuple[str, str], role: str) -> str:
    local = ".".join(ascii_name(part) for part in name)
    if rng.random() >= _freemail_share(company, role):
        return f"{local}@{company.domain}"
    domain = rng.choices(FREEMAIL_DOMAINS, FREEMAIL_WEIGHTS)[0]
    return f"{local}.{number:05d}@{domain}"


def _freemail_share(company: Company, role: str) -> float:
    if role == "academic":
        return 0.7
    if role == "trainee":
        return 0.45
    if company.competitor:
        return 0.0
    if company.employees < 10:
        return 0.4
    return 0.17 if company.employees < 50 else 0.05
