"""Permission sets between the form of the Metadata API and the form of the org."""

from __future__ import annotations

from leadpolicy_sandbox.salesforce.org.schema import FieldPermission, PermissionSet
from leadpolicy_sandbox.salesforce.soap.fields import flag, text
from leadpolicy_sandbox.salesforce.soap.reading import ComponentError, Value, Values, groups

OBJECT_RIGHTS = (
    *("allowCreate", "allowDelete", "allowEdit", "allowRead"),
    *("modifyAllRecords", "viewAllFields", "viewAllRecords"),
)


def permission_set_of(name: str, values: Values, before: PermissionSet | None) -> PermissionSet:
    """A permission set from its metadata; raises ComponentError.

    Since version 40 of the API a deployed set holds what its file grants and nothing else, so what
    stands `before` and is not in the file is denied.
    """
    if not text(values, "label"):
        raise ComponentError("Required field is missing: label")
    stood = before or PermissionSet(name, "")
    return PermissionSet(
        name=name,
        label=text(values, "label"),
        description=text(values, "description"),
        license=text(values, "license") or None,
        activation=flag(values, "hasActivationRequired"),
        fields={
            **{each: FieldPermission(each, False, False) for each in stood.fields},
            **_fields(values),
        },
        objects={
            **{each: dict.fromkeys(OBJECT_RIGHTS, False) for each in stood.objects},
            **_objects(values),
        },
        custom_permissions=_named(values, "customPermissions", stood.custom_permissions),
        user_permissions=_named(values, "userPermissions", stood.user_permissions),
    )


def _fields(values: Values) -> dict[str, FieldPermission]:
    return {
        text(each, "field"): FieldPermission(
            text(each, "field"), flag(each, "readable"), flag(each, "editable")
        )
        for each in _distinct(values, "fieldPermissions", "field")
    }


def _objects(values: Values) -> dict[str, dict[str, bool]]:
    return {
        text(each, "object"): {right: flag(each, right) for right in OBJECT_RIGHTS}
        for each in _distinct(values, "objectPermissions", "object")
    }


def _named(values: Values, part: str, stood: dict[str, bool]) -> dict[str, bool]:
    given = {text(each, "name"): flag(each, "enabled") for each in _distinct(values, part, "name")}
    return {**dict.fromkeys(stood, False), **given}


def _distinct(values: Values, part: str, key: str) -> list[Values]:
    entries = groups(values, part)
    seen: set[str] = set()
    for entry in entries:
        if text(entry, key) in seen:
            problem = f"Field:{key}, value:{text(entry, key)} appears more than once"
            raise ComponentError(problem, "DUPLICATE_VALUE")
        seen.add(text(entry, key))
    return entries


def content_of(granted: PermissionSet) -> Values:
    """The metadata of a permission set without its full name."""
    values: Values = {
        "customPermissions": _switched(granted.custom_permissions),
        "fieldPermissions": [
            {"editable": each.editable, "field": each.field, "readable": each.readable}
            for _, each in sorted(granted.fields.items())
        ],
        "hasActivationRequired": granted.activation,
        "label": granted.label,
        "objectPermissions": [
            _rights(name, each)
            for name, each in sorted(granted.objects.items())
            if any(each.values())
        ],
        "userPermissions": _switched(granted.user_permissions),
    }
    if granted.description:
        values["description"] = granted.description
    if granted.license:
        values["license"] = granted.license
    return {name: value for name, value in values.items() if value != []}


def _switched(rights: dict[str, bool]) -> list[Value]:
    return [{"enabled": on, "name": name} for name, on in sorted(rights.items()) if on]


def _rights(name: str, granted: dict[str, bool]) -> Values:
    return {"object": name, **{right: granted.get(right, False) for right in OBJECT_RIGHTS}}
