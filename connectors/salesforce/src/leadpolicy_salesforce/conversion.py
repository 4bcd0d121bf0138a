"""What becomes of a lead that is converted: read-only itself, it goes on as other records.

Salesforce lets nobody change a converted lead. What is decided of it can stand on its contact, and
what becomes of it is read through the lead: `ConvertedOpportunity.IsWon`, `ConvertedContact.Title`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from leadpolicy_salesforce.binding import Binding

CONTACT: Final = "Contact"
CONVERSION_FIELDS: Final = ("IsConverted", "ConvertedContactId", "ConvertedOpportunityId")
"""What has to be read of a lead before `conversion_of` can tell what became of it."""
_OPPORTUNITY: Final = "ConvertedOpportunity"


@dataclass(frozen=True, slots=True)
class Conversion:
    """The records that a converted lead became, by Id; empty where there is none."""

    contact: str = ""
    opportunity: str = ""


def conversion_of(record: Mapping[str, Any]) -> Conversion | None:
    """Return what a lead became, or None while it is a lead.

    >>> conversion_of({"IsConverted": True, "ConvertedContactId": "003000000000001AAA"})
    Conversion(contact='003000000000001AAA', opportunity='')
    """
    if not record.get("IsConverted"):
        return None
    ids = (record.get(name) or "" for name in CONVERSION_FIELDS[1:])
    return Conversion(*map(str, ids))


def follows_opportunity(binding: Binding) -> bool:
    """Tell whether an attribute is read from the opportunity that a lead became."""
    first = (bound.path.partition(".")[0].lower() for bound in binding.attributes.values())
    return _OPPORTUNITY.lower() in first
