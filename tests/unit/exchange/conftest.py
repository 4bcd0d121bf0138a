"""The policy `machines`, and leads of it in files that name things their own way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import leadpolicy
from leadpolicy.exchange.binding import Binding
from leadpolicy.exchange.fitting import read_binding

MACHINES = Path(__file__).parents[2] / "conformance" / "machines.yaml"

BINDING = """
leads:
  key: Nr
  missing: [Select, k.A.]
  attributes:
    email: E-Mail
    employees: Mitarbeiter
    revenue: Umsatz
    industry: {column: Branche, codes: {Maschinenbau: machinery, Software: software, Test: null}}
    budget_confirmed: {column: Budget, codes: {Ja: true, Nein: false}}
    last_contact: Kontakt
signals:
  key: Id
  lead: Nr
  type: {column: Art, codes: {Download: content_download, Demo: demo_request, Intern: null}}
  occurred_at: Zeit
  properties: {asset: Inhalt, pages: Seiten}
consents:
  lead: Nr
  purpose: Zweck
  channel: Kanal
  status: {column: Stand, codes: {bestätigt: confirmed, widerrufen: withdrawn}}
  at: Zeit
"""


@pytest.fixture(scope="session")
def policy() -> leadpolicy.LeadPolicy:
    """The policy, ready to decide."""
    return leadpolicy.load(MACHINES)


@pytest.fixture(scope="session")
def binding(policy: leadpolicy.LeadPolicy, tmp_path_factory: pytest.TempPathFactory) -> Binding:
    """The binding of a German CRM."""
    place = tmp_path_factory.mktemp("binding") / "binding.yaml"
    place.write_text(BINDING, encoding="utf-8")
    return read_binding(place, policy.checked)


@pytest.fixture
def german_lead() -> dict[str, Any]:
    """A row of leads as that CRM exports it."""
    return {
        "Nr": " K1 ",
        "E-Mail": "jana@maschinen.example",
        "Mitarbeiter": "120",
        "Umsatz": "1500000.50",
        "Branche": "Maschinenbau ",
        "Budget": "Ja",
        "Kontakt": "2026-10-01",
        "Notiz": "wird nicht gelesen",
    }
