"""What of consents an org has, and shows to the login."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from leadpolicy_salesforce.binding import LEAD
from leadpolicy_salesforce.client.wire import Wire
from leadpolicy_salesforce.consents.words import (
    CONSENT_FIELDS,
    LEAD_FLAG,
    PERSON,
    REFUSALS,
    TYPE_CONSENT,
)
from leadpolicy_salesforce.questions import ask_queries
from leadpolicy_salesforce.rows.soql import select

_LOOKS: Final = tuple(
    f"{select(fields, table)} LIMIT 1"
    for fields, table in (
        (PERSON, LEAD),
        ((LEAD_FLAG,), LEAD),
        (REFUSALS, "Individual"),
        (CONSENT_FIELDS, TYPE_CONSENT),
    )
)


@dataclass(frozen=True, slots=True)
class Sight:
    """Whether leads are linked to persons, leads and persons have flags, and consents are kept."""

    persons: bool
    lead_flag: bool
    person_flags: bool
    consents: bool

    @property
    def flags(self) -> tuple[str, ...]:
        """The paths from a lead to every flag that refuses e-mail."""
        own = (LEAD_FLAG,) if self.lead_flag else ()
        theirs = REFUSALS if self.persons and self.person_flags else ()
        return (*own, *(f"Individual.{flag}" for flag in theirs))

    @property
    def is_whole(self) -> bool:
        """Tell whether consents can be told to the org."""
        return self.persons and self.consents


def look(wire: Wire) -> Sight:
    """Return what the org shows, with one call."""
    told = ask_queries(wire, _LOOKS)
    return Sight(*(not told[query].is_missing for query in _LOOKS))
