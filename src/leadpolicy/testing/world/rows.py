"""The rows of the demo CRM, with the column names that such a CRM has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Final


@dataclass(frozen=True, slots=True)
class CrmLead:
    """One contact as the CRM stores it: display labels, gaps and markers; instants in UTC."""

    id: str
    first_name: str | None
    last_name: str | None
    email: str | None
    job_title: str | None
    company: str | None
    employees: int | None
    industry: str | None
    country: str | None
    budget_confirmed: str | None
    budget_released: str | None
    need_clarity: str | None
    preference_stability: str | None
    buying_centre: str | None
    project_timing: str | None
    empty_required_fields: int
    opportunity_open: int | None
    customer: int | None
    campaign: str | None
    created_at: str


@dataclass(frozen=True, slots=True)
class SignalRow:
    """Something a lead did; `recorded_at` is when the CRM learned of it, never earlier."""

    id: str
    lead_id: str
    type: str
    occurred_at: str
    recorded_at: str
    source: str
    asset: str | None


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """One fact about a permission; status `confirmed` means double opt-in."""

    id: str
    lead_id: str
    purpose: str
    channel: str
    status: str
    at: str
    source: str


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """What sales will say about a lead: `reason` is None when the verdict is `accepted`."""

    lead_id: str
    verdict: str
    reason: str | None
    at: str
    by: str


Row = CrmLead | SignalRow | ConsentRow
Tables = Mapping[str, Sequence[Row]]

MOMENT_COLUMNS: Final = frozenset({"created_at", "occurred_at", "recorded_at", "at"})
WHOLE_COLUMNS: Final = frozenset(
    {"employees", "empty_required_fields", "opportunity_open", "customer"}
)
_ROWS: Final = {"leads": CrmLead, "signals": SignalRow, "consents": ConsentRow}


def columns_of(table: str) -> tuple[str, ...]:
    """Return the columns of one of the CRM's tables, in order."""
    return tuple(column.name for column in fields(_ROWS[table]))


def iso(instant: datetime) -> str:
    """Return an instant as UTC text with whole seconds, such as `2026-03-04T09:12:00Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
