"""Records: contacts as people typed them into a CRM, with the faults that CRMs have."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final
from unicodedata import normalize

from leadpolicy.testing.world.contacts import Contact
from leadpolicy.testing.world.rows import CrmLead, iso
from leadpolicy.testing.world.sales import Dealing

_FORM_MARKERS: Final = (None, None, "", "k.A.", "unknown")
_BLANK: Final = frozenset({None, "", "Select", "k.A.", "unknown"})
_LIST_MARKERS: Final = (None, "Select", "Select", "Select", "k.A.")


@dataclass(frozen=True, slots=True)
class Clerk:
    """Types contacts into the CRM, and makes the mistakes."""

    rng: Random

    def record(self, lead_id: str, contact: Contact, dealing: Dealing, *, known: bool) -> CrmLead:
        """Return the CRM's row; `known` says that a mail address is needed for what follows."""
        company = contact.company
        care = 0.3 if dealing.events else 1.0
        job_title = self._typed(contact.job_title, 0.06 * care)
        company_name = self._typed(company.name, 0.03 * care)
        industry = self._picked(company.industry, 0.09 * care)
        country = self._picked(company.country, 0.03 * care)
        employees = None if self.rng.random() < _size_gap(contact) * care else company.employees
        required = (job_title, company_name, industry, country, employees)
        imported = contact.campaign == "Altbestand Import"
        return CrmLead(
            id=lead_id,
            first_name=self._typed(contact.first_name, 0.05),
            last_name=self._surname(contact.last_name),
            email=self._address(contact.email, required=known),
            job_title=job_title,
            company=company_name,
            employees=employees,
            industry=industry,
            country=country,
            budget_confirmed=dealing.budget_confirmed,
            budget_released=dealing.budget_released,
            need_clarity=dealing.need_clarity,
            preference_stability=dealing.preference_stability,
            buying_centre=dealing.buying_centre,
            project_timing=dealing.project_timing or self._untouched(),
            empty_required_fields=sum(value in _BLANK for value in required),
            opportunity_open=None if imported else int(dealing.opportunity),
            customer=None if imported else int(company.customer or dealing.won),
            campaign=contact.campaign,
            created_at=iso(contact.created),
        )

    def _typed(self, text: str, gap: float) -> str | None:
        draw = self.rng.random()
        if draw < gap:
            return self.rng.choice(_FORM_MARKERS)
        if draw > 0.975:
            return f"{text} " if draw > 0.985 else f" {text}"
        return normalize("NFD", text) if draw > 0.965 else text

    def _picked(self, label: str, gap: float) -> str | None:
        draw = self.rng.random()
        if draw < gap:
            return self.rng.choice(_LIST_MARKERS)
        return f"{label} " if draw > 0.98 else label

    def _surname(self, name: str) -> str:
        draw = self.rng.random()
        if draw < 0.015:
            return name.upper()
        return f"{name} " if draw < 0.03 else name

    def _address(self, email: str, *, required: bool) -> str | None:
        draw = self.rng.random()
        if draw < 0.06:
            local, domain = email.split("@")
            return f"{local.title()}@{domain.capitalize()}"
        if draw < 0.07:
            return f"{email} "
        return None if draw > 0.96 and not required else email

    def _untouched(self) -> str | None:
        return "Select" if self.rng.random() < 0.1 else None


def _size_gap(contact: Contact) -> float:
    if contact.role in {"academic", "trainee"}:
        return 0.5
    return 0.35 if contact.duplicate or not contact.email.endswith(".example") else 0.12
