"""Standard and global value sets in the setup of an org."""

from __future__ import annotations

from dataclasses import replace

from leadpolicy_sandbox.salesforce.org import Org
from leadpolicy_sandbox.salesforce.org.results import Edit
from leadpolicy_sandbox.salesforce.org.schema import User
from leadpolicy_sandbox.salesforce.org.setup_fields import STANDARD_SETS, merged
from leadpolicy_sandbox.salesforce.soap import shelf
from leadpolicy_sandbox.salesforce.soap.fields import check_name, flag, text
from leadpolicy_sandbox.salesforce.soap.kinds import Kind
from leadpolicy_sandbox.salesforce.soap.reading import ComponentError, Values, groups
from leadpolicy_sandbox.salesforce.soap.value_sets import (
    custom_values,
    standard_content,
    values_content,
)

_STANDARD, _GLOBAL = "StandardValueSet", "GlobalValueSet"


def _standard_names(org: Org) -> list[str]:
    return list(STANDARD_SETS)


def _read_standard(org: Org, name: str) -> Values | None:
    if name not in STANDARD_SETS:
        return None
    ordered = flag(shelf.shelf(org, _STANDARD).get(name, {}), "sorted")
    values = standard_content(name, org.standard_values(name))
    return {"fullName": name, "sorted": ordered, "standardValue": values}


def _save_standard(org: Org, user: User, name: str, values: Values) -> Edit:
    wanted = custom_values(groups(values, "standardValue"))
    edit = org.set_standard_values(user, name, wanted)
    kept = shelf.put(org, _STANDARD, name, {"sorted": True} if flag(values, "sorted") else {})
    if edit != "unchanged" or kept == "unchanged":
        return edit
    return shelf.tell(org, user, "changed", f"order of the picklist {name}")


def _delete_standard(org: Org, user: User, name: str) -> bool:
    raise ComponentError(f"Cannot delete standard value set: {name}", "INSUFFICIENT_ACCESS")


def _global_names(org: Org) -> list[str]:
    return list(shelf.shelf(org, _GLOBAL))


def _read_global(org: Org, name: str) -> Values | None:
    found = shelf.shelf(org, _GLOBAL).get(name)
    return None if found is None else {**found, "fullName": name}


def _save_global(org: Org, user: User, name: str, values: Values) -> Edit:
    check_name(name.removesuffix("__gvs"), "API Name", 40)
    if not text(values, "masterLabel"):
        raise ComponentError("Required field is missing: masterLabel")
    wanted = custom_values(groups(values, "customValue"))
    before = custom_values(groups(shelf.shelf(org, _GLOBAL).get(name, {}), "customValue"))
    stored: Values = {
        "customValue": values_content(merged(before, wanted)),
        "sorted": flag(values, "sorted"),
    }
    stored |= {part: values[part] for part in ("description", "masterLabel") if part in values}
    edit = shelf.tell(org, user, shelf.put(org, _GLOBAL, name, stored), f"global value set {name}")
    for parent, field in _users_of(org, name):
        changed = replace(org.objects[parent].fields[field], values=wanted)
        org.upsert_field(user, parent, changed)
    return edit


def _users_of(org: Org, name: str) -> list[tuple[str, str]]:
    kept = shelf.shelf(org, "CustomField")
    names = [full for full, values in kept.items() if text(values, "valueSetName") == name]
    return [(full.partition(".")[0], full.partition(".")[2]) for full in names]


def _delete_global(org: Org, user: User, name: str) -> bool:
    used = _users_of(org, name)
    if used:
        listed = ", ".join(".".join(place) for place in used)
        problem = f"This global value set is referenced elsewhere in salesforce.com : {listed}."
        raise ComponentError(problem, "DEPENDENCY_EXISTS")
    if not shelf.drop(org, _GLOBAL, name):
        return False
    org.changed_setup(user, "deletedMetadata", f"Deleted global value set {name}")
    return True


STANDARD_VALUE_SET = Kind(
    _STANDARD,
    "0Nt",
    _standard_names,
    _read_standard,
    _save_standard,
    _delete_standard,
    folder="standardValueSets",
    suffix="standardValueSet",
)
GLOBAL_VALUE_SET = Kind(
    _GLOBAL,
    "0Nu",
    _global_names,
    _read_global,
    _save_global,
    _delete_global,
    folder="globalValueSets",
    suffix="globalValueSet",
)
