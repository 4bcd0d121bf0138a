"""What has to be saved so that a consent stands in an org, if anything.

A denial is written over every opt-in that is not newer, and where there is nothing. A grant is
written unless the person has opted out at the same time or later, or refuses all e-mail by a flag,
which has no time: nobody is subscribed who has left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from leadpolicy.crm.connector import ConsentRow, Outcome, Status
from leadpolicy.policy.consent import RIGHTS_STATUSES
from leadpolicy_salesforce.consents.people import Person
from leadpolicy_salesforce.consents.standing import EMAIL, captured
from leadpolicy_salesforce.consents.words import OPT_IN, OPT_OUT, TYPE_CONSENT, TYPES

Record: TypeAlias = Mapping[str, Any]
_CAPTURED: Final = "Web"
_NAME_MAX: Final = 255


@dataclass(frozen=True, slots=True)
class Plan:
    """Records to make and to change; with neither, the outcome stands already."""

    made: tuple[dict[str, Any], ...] = ()
    changed: tuple[dict[str, Any], ...] = ()
    outcome: Outcome | None = None


def plan(row: ConsentRow, person: Person, purpose: str, standing: Sequence[Record]) -> Plan:
    """Return what to save for a consent of a person, given the records that stand for it."""
    if row.status in RIGHTS_STATUSES:
        return _deny(row, person, purpose, standing)
    if any(_is(r, OPT_OUT) and captured(r) >= _second(row.at) for r in standing):
        said = "the org holds an opt-out that is not older"
        return Plan(outcome=Outcome.failed(row.key, "newer_opt_out", said))
    if person.refuses and row.channel == EMAIL:
        said = "the lead or its person refuses all e-mail"
        return Plan(outcome=Outcome.failed(row.key, "opted_out", said))
    return _grant(row, person, purpose, standing)


def _deny(row: ConsentRow, person: Person, purpose: str, standing: Sequence[Record]) -> Plan:
    at = _second(row.at)
    older = [r for r in standing if not _is(r, OPT_OUT)]
    older = [r for r in older if not (_is(r, OPT_IN) and captured(r) > at)]
    if older:
        return Plan(changed=tuple(_changed(r, row, OPT_OUT) for r in older))
    if standing:
        return Plan(outcome=Outcome(row.key, Status.UNCHANGED))
    return Plan(made=(_made(row, person, purpose, OPT_OUT),))


def _grant(row: ConsentRow, person: Person, purpose: str, standing: Sequence[Record]) -> Plan:
    out = [r for r in standing if _is(r, OPT_OUT)]
    if not out and any(_stands(r, row) for r in standing):
        return Plan(outcome=Outcome(row.key, Status.UNCHANGED))
    if standing:
        again = out or [max(standing, key=captured)]
        return Plan(changed=tuple(_changed(r, row, OPT_IN) for r in again))
    return Plan(made=(_made(row, person, purpose, OPT_IN),))


def _stands(record: Record, row: ConsentRow) -> bool:
    """Tell whether a record says at least as much as is to be told."""
    is_enough = bool(record.get("DoubleConsentCaptureDate")) or row.status != "confirmed"
    return _is(record, OPT_IN) and captured(record) >= _second(row.at) and is_enough


def _made(row: ConsentRow, person: Person, purpose: str, status: str) -> dict[str, Any]:
    return {
        "attributes": {"type": TYPE_CONSENT},
        "Name": f"{row.purpose} {row.channel}"[:_NAME_MAX],
        "PartyId": person.id,
        "DataUsePurposeId": purpose,
        "ContactPointType": TYPES[row.channel],
        **_values(row, status),
    }


def _changed(record: Record, row: ConsentRow, status: str) -> dict[str, Any]:
    return {
        "attributes": {"type": TYPE_CONSENT},
        "Id": str(record["Id"]),
        **_values(row, status),
    }


def _values(row: ConsentRow, status: str) -> dict[str, Any]:
    """Return what a record says: since when, from where, and whether it was confirmed."""
    at = _second(row.at).strftime("%Y-%m-%dT%H:%M:%SZ")
    confirmed = status == OPT_IN and row.status == "confirmed"
    return {
        "PrivacyConsentStatus": status,
        "CaptureDate": at,
        "CaptureSource": (row.source or "leadpolicy")[:_NAME_MAX],
        "CaptureContactPointType": _CAPTURED,
        "EffectiveFrom": at,
        "EffectiveTo": None,
        "DoubleConsentCaptureDate": at if confirmed else None,
    }


def _second(at: datetime) -> datetime:
    """Return a moment as Salesforce keeps it, to the second (UTC)."""
    return at.astimezone(UTC).replace(microsecond=0)


def _is(record: Record, status: str) -> bool:
    return record.get("PrivacyConsentStatus") == status
