"""Changes of validation rules, permission sets and object settings."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from leadpolicy_sandbox.salesforce.org import formulas
from leadpolicy_sandbox.salesforce.org.results import Edit, SetupError
from leadpolicy_sandbox.salesforce.org.schema import (
    FieldPermission,
    ObjectDef,
    PermissionSet,
    User,
    ValidationRule,
)
from leadpolicy_sandbox.salesforce.org.state import State

_NAME: Final = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*")
_RULE_NAME: Final = 40
_SET_NAME: Final = 80
_SECTION: Final = "Manage Users"


def upsert(state: State, user: User | None, definition: ObjectDef, rule: ValidationRule) -> Edit:
    """Add or change a validation rule; raises SetupError."""
    before = definition.rules.get(rule.name)
    if rule == before:
        return "unchanged"
    _refuse_name(rule.name, _RULE_NAME, "Validation Rule")
    most = state.limits.message_characters
    if not rule.message or len(rule.message) > most:
        problem = f"Error Message: data value too large: {rule.message} (max length={most})"
        raise SetupError(problem, "STRING_TOO_LONG")
    if rule.display_field and definition.field(rule.display_field) is None:
        name = f"{definition.name}.{rule.display_field}"
        raise SetupError(f"In field: errorDisplayField - no CustomField named {name} found")
    formulas.refusals(state, definition, rule.formula, where="rule")
    state.journal.keep(definition.rules)
    definition.rules[rule.name] = replace(rule)
    state.edited()
    verb = "Changed" if before else "New"
    display = f"{verb} validation rule {rule.name} on {definition.name}"
    action = "changedValidationFormula" if before else "createdValidationNew"
    state.audit(user, action, display, definition.name)
    return "changed" if before else "created"


def _refuse_name(name: str, most: int, what: str) -> None:
    if not _NAME.fullmatch(name) or len(name) > most:
        problem = (
            f"The {what} Name {name} must begin with a letter, contain only underscores and "
            "alphanumeric characters, not end with an underscore and not contain two consecutive "
            f"underscores, in at most {most} characters"
        )
        raise SetupError(problem, "INVALID_FIELD")


def delete(state: State, user: User | None, definition: ObjectDef, name: str) -> None:
    """Delete a validation rule; raises SetupError."""
    if name not in definition.rules:
        problem = f"No ValidationRule named: {definition.name}.{name} found"
        raise SetupError(problem, "INVALID_CROSS_REFERENCE_KEY")
    state.journal.keep(definition.rules)
    del definition.rules[name]
    state.edited()
    display = f"Deleted validation rule {name} on {definition.name}"
    state.audit(user, "deletedValidationRule", display, definition.name)


def upsert_set(state: State, user: User | None, wanted: PermissionSet) -> Edit:
    """Add a permission set, or set what is named in it; what is not named stays.

    A field permission that allows nothing takes the entry away. Raises SetupError.
    """
    _refuse_name(wanted.name, _SET_NAME, "Permission Set")
    if not wanted.label or len(wanted.label) > _SET_NAME:
        raise SetupError("Required fields are missing: [Label]", "REQUIRED_FIELD_MISSING")
    before = state.permission_sets.get(wanted.name)
    granted = {} if before is None else dict(before.fields)
    for one in wanted.fields.values():
        granted[one.field] = _permission(state, one)
    after = replace(
        wanted,
        fields={name: one for name, one in granted.items() if one.readable},
        objects={**(before.objects if before else {}), **wanted.objects},
        custom_permissions={
            **(before.custom_permissions if before else {}), **wanted.custom_permissions,
        },
        user_permissions={**(before.user_permissions if before else {}), **wanted.user_permissions},
    )  # fmt: skip
    if after == before:
        return "unchanged"
    state.journal.keep(state.permission_sets)
    state.permission_sets[after.name] = after
    state.edited()
    verb = "Changed" if before else "Created"
    action = "PermSetFlsChanged" if before else "PermSetCreate"
    state.audit(user, action, f"{verb} permission set {after.name}", _SECTION)
    return "changed" if before else "created"


def _permission(state: State, wanted: FieldPermission) -> FieldPermission:
    object, _, name = wanted.field.partition(".")
    definition = state.known(object)
    field = definition.field(name) if definition else None
    if definition is None or field is None:
        problem = f"In field: field - no CustomField named {wanted.field} found"
        raise SetupError(problem, "INVALID_CROSS_REFERENCE_KEY")
    if not field.fls:
        raise SetupError(f"You cannot deploy to a required field: {wanted.field}")
    if wanted.editable and not wanted.readable:
        problem = f"Permission Edit {wanted.field} depends on permission(s): Read {wanted.field}"
        raise SetupError(problem)
    editable = wanted.editable and field.formula is None
    return FieldPermission(f"{definition.name}.{field.name}", wanted.readable, editable)


def delete_set(state: State, user: User | None, name: str) -> None:
    """Delete a permission set that nobody holds; raises SetupError."""
    if name not in state.permission_sets:
        problem = f"No PermissionSet named: {name} found"
        raise SetupError(problem, "INVALID_CROSS_REFERENCE_KEY")
    if any(name in one.sets for one in state.users.values()):
        problem = "You can't delete a permission set that's assigned to users."
        raise SetupError(problem, "DEPENDENCY_EXISTS")
    state.journal.keep(state.permission_sets)
    del state.permission_sets[name]
    state.edited()
    state.audit(user, "PermSetDelete", f"Deleted permission set {name}", _SECTION)


def set_history(state: State, user: User | None, definition: ObjectDef, on: bool) -> Edit:
    """Turn the history of an object's tracked fields on or off."""
    if definition.history == on:
        return "unchanged"
    state.journal.assign(definition, "history", on)
    state.edited()
    word = "Enabled" if on else "Disabled"
    display = f"{word} field history tracking for {definition.name}"
    state.audit(user, "changedHistoryTracking", display, definition.name)
    return "changed"
