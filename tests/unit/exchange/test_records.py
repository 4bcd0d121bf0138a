"""Leads of a CRM are decided with the signals and consent events that belong to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import leadpolicy
from leadpolicy.exchange.binding import Binding
from leadpolicy.exchange.records import decide_records
from leadpolicy.exchange.rejects import Reject

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Crm:
    """One lead as a connector yields it: its key stands beside the values."""

    key: str
    values: Mapping[str, object]
    signals: Sequence[Mapping[str, object]] = ()
    consents: Sequence[Mapping[str, object]] = ()


def test_leads_are_decided_one_after_the_other(
    policy: leadpolicy.LeadPolicy, binding: Binding, german_lead: dict[str, Any]
) -> None:
    values = {name: value for name, value in german_lead.items() if name != "Nr"}
    download = {"Id": None, "Art": "Download", "Zeit": datetime(2026, 10, 30, tzinfo=UTC)}
    consent = {"Zweck": "newsletter", "Kanal": "email", "Stand": "bestätigt"}
    given = [
        Crm("K1", values, [download] * 3, [{**consent, "Zeit": "2026-01-01T00:00:00Z"}]),
        Crm("K2", values, [{**download, "Art": "Banane"}]),
        Crm("K3", values, [], [{**consent, "Zeit": "2026-01-01"}]),
        Crm("K4", {**values, "Mitarbeiter": "viele"}),
    ]
    outcomes = list(decide_records(policy, binding, given, at=AT))
    decided = {x[0]: x[1].state for x in outcomes if not isinstance(x, Reject)}
    rejected = [(x.source, x.key, x.problems[0].code) for x in outcomes if isinstance(x, Reject)]
    assert decided == {"K1": "mql", "K2": "lead"}
    assert rejected == [
        ("signals", "K2", "LP507"),
        ("consents", "K3", "LP504"),
        ("leads", "K3", "LP528"),
        ("leads", "K4", "LP522"),
    ]


def test_nothing_of_one_lead_reaches_another(
    policy: leadpolicy.LeadPolicy, binding: Binding, german_lead: dict[str, Any]
) -> None:
    demo = {"Art": "Demo", "Zeit": datetime(2026, 10, 30, tzinfo=UTC)}
    given = [Crm("K1", german_lead, [demo]), Crm("K2", german_lead)]
    first, second = (x for x in decide_records(policy, binding, given, at=AT))
    assert not isinstance(first, Reject)
    assert not isinstance(second, Reject)
    assert (first[1].scores["engagement"], second[1].scores["engagement"]) == (50, 0)
