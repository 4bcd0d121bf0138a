"""Which fields have the history of their values kept, so that moves and feedback can be pulled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lxml import etree

from leadpolicy.crm.state import LEAD, Column, FieldKind
from leadpolicy_salesforce.metadata.xml import build
from leadpolicy_salesforce.options import Options

TRACKED_MAX: Final = 20
"""Fields of an object whose history Salesforce keeps at most."""
STATUS: Final = "Lead.Status"
"""The standard field in which people move leads."""
_DECISIONS: Final = ("state", "rating")


def to_track(
    new: Mapping[str, Column], tracked: Mapping[str, frozenset[str]], options: Options
) -> frozenset[str]:
    """Return the fields by full name that are to be tracked, as far as there is room for them.

    These are the new ones that hold states, ratings and feedback, and the standard status beside
    them. `tracked` are fields that are tracked already, by object, in small letters.
    """
    wanted = [name for name, column in new.items() if _is_worth_tracking(column)]
    if wanted and STATUS.endswith(f".{options.status_field}"):
        wanted.insert(0, STATUS)
    taken = tracked.get("Lead", frozenset())
    fresh = [name for name in wanted if name.partition(".")[2].lower() not in taken]
    return frozenset(fresh[: max(TRACKED_MAX - len(taken), 0)])


def _is_worth_tracking(column: Column) -> bool:
    is_choice = column.kind is FieldKind.CHOICE and column.formula is None
    is_told = column.owner == "sales" or column.name.endswith(_DECISIONS)
    return column.object == LEAD and is_choice and is_told


def status_field() -> etree._Element:
    """Return the standard status with its history kept, and nothing else said of it."""
    return build("CustomField", fullName="Status", trackHistory=True, type="Picklist")
