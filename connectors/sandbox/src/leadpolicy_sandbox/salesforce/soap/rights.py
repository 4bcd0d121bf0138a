"""Permission sets and custom permissions in the setup of an org."""

from __future__ import annotations

from leadpolicy_sandbox.salesforce.org import Org
from leadpolicy_sandbox.salesforce.org.results import Edit
from leadpolicy_sandbox.salesforce.org.schema import User
from leadpolicy_sandbox.salesforce.soap import shelf
from leadpolicy_sandbox.salesforce.soap.fields import check_name, text
from leadpolicy_sandbox.salesforce.soap.kinds import Kind
from leadpolicy_sandbox.salesforce.soap.permission_sets import content_of, permission_set_of
from leadpolicy_sandbox.salesforce.soap.reading import ComponentError, Values

_PERMISSION = "CustomPermission"
_RIGHTS = ("ModifyMetadata", "ModifyAllData", "CustomizeApplication")


def may_customize(org: Org, user: User) -> bool:
    """Whether a user may read and change the setup by way of metadata."""
    held = [org.permission_sets[name] for name in user.sets if name in org.permission_sets]
    return user.admin or any(one.user_permissions.get(right) for one in held for right in _RIGHTS)


def _sets(org: Org) -> list[str]:
    return list(org.permission_sets)


def _read_set(org: Org, name: str) -> Values | None:
    found = org.permission_sets.get(name)
    return None if found is None else {"fullName": found.name, **content_of(found)}


def _save_set(org: Org, user: User, name: str, values: Values) -> Edit:
    granted = permission_set_of(name, values, org.permission_sets.get(name))
    for each in granted.objects:
        if org.known(each) is None:
            raise _absent("object", "CustomObject", each)
    for each in granted.custom_permissions:
        if each not in shelf.shelf(org, _PERMISSION):
            raise _absent("name", _PERMISSION, each)
    return org.upsert_permission_set(user, granted)


def _absent(part: str, type_name: str, name: str) -> ComponentError:
    problem = f"In field: {part} - no {type_name} named {name} found"
    return ComponentError(problem, "INVALID_CROSS_REFERENCE_KEY")


def _delete_set(org: Org, user: User, name: str) -> bool:
    if name not in org.permission_sets:
        return False
    org.delete_permission_set(user, name)
    return True


def _permissions(org: Org) -> list[str]:
    return list(shelf.shelf(org, _PERMISSION))


def _read_permission(org: Org, name: str) -> Values | None:
    found = shelf.shelf(org, _PERMISSION).get(name)
    return None if found is None else {**found, "fullName": name}


def _save_permission(org: Org, user: User, name: str, values: Values) -> Edit:
    check_name(name, "API Name", 80)
    if not text(values, "label"):
        raise ComponentError("Required field is missing: label")
    edit = shelf.put(org, _PERMISSION, name, {**values, "fullName": name})
    return shelf.tell(org, user, edit, f"custom permission {name}")


def _delete_permission(org: Org, user: User, name: str) -> bool:
    holders = [one.label for one in org.permission_sets.values() if name in one.custom_permissions]
    if holders:
        listed = ", ".join(holders)
        raise ComponentError(
            f"Your attempt to delete {name} failed: used by {listed}", "DEPENDENCY_EXISTS"
        )
    if not shelf.drop(org, _PERMISSION, name):
        return False
    org.changed_setup(user, "deletedMetadata", f"Deleted custom permission {name}")
    return True


PERMISSION_SET = Kind(
    "PermissionSet",
    "0PS",
    _sets,
    _read_set,
    _save_set,
    _delete_set,
    folder="permissionsets",
    suffix="permissionset",
)
CUSTOM_PERMISSION = Kind(
    _PERMISSION,
    "0CP",
    _permissions,
    _read_permission,
    _save_permission,
    _delete_permission,
    folder="customPermissions",
    suffix="customPermission",
)
