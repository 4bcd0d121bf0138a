"""What the records of one person say of consent, where an opt-out wins against every opt-in.

Salesforce keeps consents as records that anybody may change, several for the same purpose and
channel, without an order among them. Where they disagree, the opt-out counts, and so does it where
a flag of the person or of the lead refuses e-mail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from leadpolicy_salesforce.consents.words import CHANNELS, LEAD_FLAG, OPT_IN, OPT_OUT, REFUSALS
from leadpolicy_salesforce.rows.soql import value_at

Record: TypeAlias = Mapping[str, Any]
Coder: TypeAlias = Callable[[str], str | None]
"""Returns the purpose that a name in the org stands for, None for one of no concern."""

DENIED: Final = "withdrawn"
EMAIL: Final = "email"
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_WHEN: Final = ("CaptureDate", "EffectiveFrom", "CreatedDate")


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person says of a purpose on a channel; `name` is the purpose as the org writes it."""

    purpose: str
    channel: str
    status: str
    at: datetime
    source: str = ""
    name: str = ""

    @property
    def pair(self) -> tuple[str, str]:
        """What the consent is for."""
        return self.purpose, self.channel


def instant(text: object) -> datetime | None:
    """Return a time of Salesforce in UTC, None for a blank."""
    return datetime.fromisoformat(str(text)).astimezone(UTC) if text else None


def captured(record: Record) -> datetime:
    """Return when a person said what a record says (UTC), as far as it tells."""
    return next(filter(None, (instant(record.get(field)) for field in _WHEN)), _NEVER)


def read_consent(record: Record, code: Coder, now: datetime) -> Consent | None:
    """Return what a record says at a moment; None when it is of no concern or says nothing."""
    name = str(value_at(dict(record), "DataUsePurpose.Name") or "")
    purpose = code(name)
    channel = CHANNELS.get(str(record.get("ContactPointType")))
    at, status = captured(record), _status(record)
    if purpose is None or channel is None or status is None:
        return None
    ends = instant(record.get("EffectiveTo"))
    if status != DENIED and ends is not None and ends <= now:
        status, at = "expired", ends
    return Consent(purpose, channel, status, at, str(record.get("CaptureSource") or ""), name)


def _status(record: Record) -> str | None:
    match record.get("PrivacyConsentStatus"):
        case word if word == OPT_IN:
            return "confirmed" if record.get("DoubleConsentCaptureDate") else "granted"
        case word if word == OPT_OUT:
            return DENIED
    return None


def merged(consents: Iterable[Consent]) -> list[Consent]:
    """Return one consent for each purpose and channel: the latest, or the opt-out if there is one.

    An opt-out is dated by the latest record, so that no opt-in comes after it.
    """
    found: dict[tuple[str, str], list[Consent]] = {}
    for consent in consents:
        found.setdefault(consent.pair, []).append(consent)
    return [_one(some) for some in found.values()]


def _one(some: Sequence[Consent]) -> Consent:
    latest = max(some, key=lambda consent: consent.at)
    denials = [consent for consent in some if consent.status == DENIED]
    if not denials:
        return latest
    said = max(denials, key=lambda consent: consent.at)
    return Consent(said.purpose, said.channel, DENIED, latest.at, said.source, said.name)


def refuses(record: Record) -> bool:
    """Tell whether a lead or a person refuses all e-mail."""
    return any(record.get(flag) for flag in (LEAD_FLAG, *REFUSALS))


def with_refusal(
    consents: Sequence[Consent], purposes: Mapping[str, str], at: datetime, flag: str
) -> list[Consent]:
    """Return the consents of somebody who refuses all e-mail, for purposes by code with names."""
    others = [consent for consent in consents if consent.channel != EMAIL]
    said = {c.purpose: c for c in consents if c.channel == EMAIL}
    latest = {code: max(at, said[code].at) if code in said else at for code in purposes}
    denials = [Consent(c, EMAIL, DENIED, latest[c], flag, name) for c, name in purposes.items()]
    return [*others, *(c for c in said.values() if c.purpose not in purposes), *denials]
