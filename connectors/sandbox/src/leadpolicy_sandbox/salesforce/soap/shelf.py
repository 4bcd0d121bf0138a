"""Metadata that changes no behaviour of an org and is given back as it came."""

from __future__ import annotations

from leadpolicy_sandbox.salesforce.org import Org
from leadpolicy_sandbox.salesforce.org.results import Edit
from leadpolicy_sandbox.salesforce.org.schema import User
from leadpolicy_sandbox.salesforce.soap.reading import Values

_PLACE = "metadata"


def shelf(org: Org, type_name: str) -> dict[str, Values]:
    """What is kept of a type, by full name; not to be changed by callers."""
    shelves: dict[str, dict[str, Values]] = org.state.settings.setdefault(_PLACE, {})
    return shelves.setdefault(type_name, {})


def put(org: Org, type_name: str, name: str, values: Values) -> Edit:
    """Keep values under a full name; nothing at all is kept for none."""
    kept = shelf(org, type_name)
    before = kept.get(name)
    if before == values or (before is None and not values):
        return "unchanged"
    org.state.journal.keep(kept)
    kept[name] = dict(values)
    return "created" if before is None else "changed"


def drop(org: Org, type_name: str, name: str) -> bool:
    """Forget what is kept under a full name; False when there is nothing."""
    kept = shelf(org, type_name)
    if name not in kept:
        return False
    org.state.journal.keep(kept)
    del kept[name]
    return True


def tell(org: Org, user: User, edit: Edit, what: str) -> Edit:
    """Note a change that only the shelf has seen in the audit trail, and return it."""
    if edit != "unchanged":
        org.changed_setup(user, f"{edit}Metadata", f"{edit.capitalize()} {what}")
    return edit
