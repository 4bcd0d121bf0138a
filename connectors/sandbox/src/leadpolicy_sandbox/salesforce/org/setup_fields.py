"""Changes of fields and picklists, each refused with the words that a deployment shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from leadpolicy_sandbox.salesforce.org import formulas
from leadpolicy_sandbox.salesforce.org.results import Edit, SetupError
from leadpolicy_sandbox.salesforce.org.schema import FieldDef, ObjectDef, PicklistValue, User
from leadpolicy_sandbox.salesforce.org.state import State

_NAME: Final = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*__c")
_NAME_LENGTH: Final = 43
_LABEL_LENGTH: Final = 40
_TEXT_LENGTH: Final = 255
_DIGITS: Final = 18
_NUMBERS: Final = frozenset({"double", "currency", "percent"})
_TEXTS: Final = frozenset({"string", "textarea", "picklist", "email", "phone", "url"})
_RESULTS: Final = {"string": "text", "boolean": "boolean", "date": "date", "datetime": "datetime"}
_WORDS: Final = {"text": "Text", "number": "Number", "boolean": "Boolean", "date": "Date",
                 "datetime": "DateTime", "null": "Null"}  # fmt: skip
STANDARD_SETS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "LeadStatus": (("Lead", "Status"),),
    "LeadSource": (("Lead", "LeadSource"), ("Contact", "LeadSource"),
                   ("Opportunity", "LeadSource"), ("Account", "AccountSource")),
    "Industry": (("Lead", "Industry"), ("Account", "Industry")),
    "AccountRating": (("Lead", "Rating"), ("Account", "Rating")),
    "Salutation": (("Lead", "Salutation"), ("Contact", "Salutation"), ("Individual", "Salutation")),
    "AccountType": (("Account", "Type"),),
    "OpportunityStage": (("Opportunity", "StageName"),),
    "OpportunityType": (("Opportunity", "Type"),),
    "CampaignStatus": (("Campaign", "Status"),),
    "CampaignType": (("Campaign", "Type"),),
    "TaskStatus": (("Task", "Status"),),
    "TaskPriority": (("Task", "Priority"),),
}  # fmt: skip


def upsert(state: State, user: User | None, definition: ObjectDef, field: FieldDef) -> Edit:
    """Add a custom field or change a field; raises SetupError.

    Of a standard field only the tracking of its history, the help text and the description change.
    Picklist values that are left out become inactive.
    """
    before = definition.field(field.name)
    if before is not None and not before.custom:
        wanted = replace(
            before, track_history=field.track_history, help_text=field.help_text,
            description=field.description,
        )  # fmt: skip
    else:
        wanted = _wanted(field, before)
        _refuse_shape(wanted)
        _refuse_limits(state, definition, wanted, before)
        _refuse_type_change(state, definition, wanted, before)
    _refuse_tracking(state, definition, wanted, before)
    if wanted == before:
        return "unchanged"
    if wanted.formula is not None:
        _refuse_formula(state, definition, wanted)
    state.journal.keep(definition.fields)
    definition.fields[wanted.name] = wanted
    state.edited()
    verb = "Changed" if before else "Created"
    state.audit(
        user, f"{verb.lower()}CF{definition.name}",
        f"{verb} custom field {wanted.label} ({wanted.name}) on {definition.name}", definition.name,
    )  # fmt: skip
    return "changed" if before else "created"


def _wanted(field: FieldDef, before: FieldDef | None) -> FieldDef:
    calculated = field.formula is not None
    name = before.name if before else field.name
    return replace(
        field, name=name, custom=True,
        values=merged(before.values if before else [], field.values),
        createable=not calculated, updateable=not calculated, fls=not field.required,
        default=field.default is True if field.type == "boolean" else field.default,
    )  # fmt: skip


def merged(before: Sequence[PicklistValue], after: Sequence[PicklistValue]) -> list[PicklistValue]:
    """Return the values that stand: those given, then those left out, which become inactive."""
    given = {value.name for value in after}
    left = [
        replace(value, active=False, default=False) for value in before if value.name not in given
    ]
    return [replace(value) for value in after] + left


def _refuse_shape(field: FieldDef) -> None:
    if not field.name.endswith("__c"):
        raise SetupError(f"fullName must end with: __c; found {field.name}")
    if not _NAME.fullmatch(field.name) or len(field.name) > _NAME_LENGTH:
        problem = (
            f"The Field Name {field.name} must begin with a letter, contain only underscores and "
            "alphanumeric characters, not end with an underscore and not contain two consecutive "
            "underscores, in at most 40 characters"
        )
        raise SetupError(problem, "INVALID_FIELD")
    if not field.label or len(field.label) > _LABEL_LENGTH:
        problem = f"Label: data value too large: {field.label} (max length={_LABEL_LENGTH})"
        raise SetupError(problem, "STRING_TOO_LONG")
    if field.formula is not None:
        return
    if field.type == "string" and not 1 <= field.length <= _TEXT_LENGTH:
        raise SetupError(f"Length must be between 1 and {_TEXT_LENGTH} for a CustomField of Text")
    if field.type in _NUMBERS and not 0 <= field.scale <= field.precision <= _DIGITS:
        raise SetupError("Can not specify more than 18 digits in precision and scale together")
    if field.type == "picklist":
        _refuse_values(field.values)


def _refuse_values(values: Sequence[PicklistValue]) -> None:
    if not any(value.active for value in values):
        raise SetupError("Must specify at least one value for a picklist")
    names = [value.name.casefold() for value in values]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise SetupError(f"Duplicate value: {min(twice)}", "DUPLICATE_VALUE")
    if sum(value.default for value in values) > 1:
        raise SetupError("Only one value can be the default")
    if any(len(value.name) > _TEXT_LENGTH or not value.name for value in values):
        raise SetupError(f"Picklist value: max length={_TEXT_LENGTH}", "STRING_TOO_LONG")


def _refuse_limits(
    state: State, definition: ObjectDef, field: FieldDef, before: FieldDef | None
) -> None:
    custom = [one for one in definition.fields.values() if one.custom and one is not before]
    if len(custom) >= state.limits.custom_fields:
        problem = (
            "You have reached the maximum number of custom fields for this object: "
            f"{state.limits.custom_fields}"
        )
        raise SetupError(problem, "CUSTOM_ENTITY_OR_FIELD_LIMIT")
    keys = sum(one.external_id for one in custom)
    if field.external_id and keys >= state.limits.external_ids:
        raise SetupError(
            f"You have reached the maximum number of external ID fields: "
            f"{state.limits.external_ids}", "CUSTOM_FIELD_INDEX_LIMIT_EXCEEDED",
        )  # fmt: skip


def _refuse_tracking(
    state: State, definition: ObjectDef, field: FieldDef, before: FieldDef | None
) -> None:
    if not field.track_history or (before is not None and before.track_history):
        return
    if not definition.history:
        raise SetupError(f"The entity: {definition.name} does not have history tracking enabled")
    if field.formula is not None:
        raise SetupError("Can not track the history of a formula field")
    tracked = sum(one.track_history for one in definition.fields.values())
    if tracked >= state.limits.tracked_fields:
        problem = (
            "You have reached the maximum number of fields to track the history of: "
            f"{state.limits.tracked_fields}"
        )
        raise SetupError(problem, "LIMIT_EXCEEDED")


def _refuse_type_change(
    state: State, definition: ObjectDef, field: FieldDef, before: FieldDef | None
) -> None:
    if before is None:
        return
    if (before.formula is None) != (field.formula is None):
        way = "from" if before.formula is not None else "to"
        other = "to" if way == "from" else "from"
        raise SetupError(f"Cannot update a field {way} a Formula {other} something else")
    if field.type != before.type and not _convertible(before, field):
        held = any(
            row.get(before.name) not in {None, False}
            for row in state.tables[definition.name].rows.values()
        )
        if held:
            raise SetupError("Cannot change type due to existing data")
    _refuse_unique(state, definition, field, before)


def _convertible(before: FieldDef, after: FieldDef) -> bool:
    kinds = {before.type, after.type}
    return before.formula is not None or kinds <= _NUMBERS or kinds <= _TEXTS


def _refuse_unique(state: State, definition: ObjectDef, field: FieldDef, before: FieldDef) -> None:
    if not field.unique or before.unique:
        return
    table = state.tables[definition.name]
    for row in table.rows.values():
        value = row.get(field.name)
        if value is not None and not row["IsDeleted"]:
            found = table.find(field.name, value, heed_case=field.case_sensitive)
            if len(found) > 1:
                raise SetupError(
                    "Cannot make the field unique because it contains duplicate values"
                )


def _refuse_formula(state: State, definition: ObjectDef, field: FieldDef) -> None:
    text = field.formula or ""
    result = formulas.refusals(state, definition, text, where="field")
    expected = _RESULTS.get(field.type, "number")
    if result not in {expected, "null"}:
        problem = (
            f"Formula result is data type ({_WORDS[result]}), incompatible with expected data "
            f"type ({_WORDS[expected]})."
        )
        raise SetupError(problem)
    if field.name.lower() in _reached(state, definition, text, set()):
        raise SetupError(f"Formula contains a circular reference to the field {field.name}.")


def _reached(state: State, definition: ObjectDef, text: str, seen: set[str]) -> set[str]:
    for name in formulas.compiled(state, definition, text).references:
        low = name.lower()
        field = definition.field(name)
        if low in seen or field is None:
            continue
        seen.add(low)
        if field.formula is not None:
            _reached(state, definition, field.formula, seen)
    return seen


def delete(state: State, user: User | None, definition: ObjectDef, name: str) -> None:
    """Delete a custom field that nothing refers to, keeping its values aside; raises SetupError."""
    field = definition.field(name)
    if field is None or not field.custom:
        raise SetupError(
            f"No CustomField named: {definition.name}.{name} found", "INVALID_CROSS_REFERENCE_KEY"
        )
    used = references(state, field)
    if used:
        problem = " ".join(
            f"This custom field is referenced elsewhere in salesforce.com. : {one}." for one in used
        )
        raise SetupError(problem.removesuffix("."), "DEPENDENCY_EXISTS")
    full = f"{definition.name}.{field.name}"
    state.journal.keep(state.erased)
    state.erased[full] = (field, _take_values(state, definition, field.name))
    state.journal.keep(definition.fields)
    del definition.fields[field.name]
    _withdraw(state, full)
    state.edited()
    display = f"Deleted custom field {field.label} ({field.name}) from {definition.name}"
    state.audit(user, f"deletedCF{definition.name}", display, definition.name)


def references(state: State, field: FieldDef) -> list[str]:
    """Return the formula fields and rules that read a field, in the words of a deployment."""
    return [use for other in state.objects.values() for use in _uses(state, other, field)]


def _uses(state: State, other: ObjectDef, field: FieldDef) -> Iterator[str]:
    for one in other.fields.values():
        if one.formula is not None and _reads(state, other, one.formula, field):
            yield f"Custom Formula Field - {other.name}.{one.name}"
    for rule in other.rules.values():
        shown = rule.display_field and other.fields.get(rule.display_field) is field
        if shown or _reads(state, other, rule.formula, field):
            yield f"Validation Rule - {other.name}.{rule.name}"


def _reads(state: State, definition: ObjectDef, text: str, field: FieldDef) -> bool:
    names = formulas.compiled(state, definition, text).references
    return any(formulas.at(state, definition, name) is field for name in names)


def _take_values(state: State, definition: ObjectDef, name: str) -> dict[str, Any]:
    table = state.tables[definition.name]
    held = {id: row[name] for id, row in table.rows.items() if row.get(name) is not None}
    for id in held:
        table.put({key: value for key, value in table.rows[id].items() if key != name})
    return held


def _withdraw(state: State, full: str) -> None:
    for granted in state.permission_sets.values():
        if full in granted.fields:
            state.journal.keep(granted.fields)
            del granted.fields[full]


def restore(state: State, user: User | None, definition: ObjectDef, name: str) -> None:
    """Bring a deleted field back with its values; field permissions are not brought back."""
    full = f"{definition.name}.{name}"
    if full not in state.erased or definition.field(name) is not None:
        raise SetupError(f"No deleted field named: {full} found", "INVALID_CROSS_REFERENCE_KEY")
    state.journal.keep(state.erased)
    field, held = state.erased.pop(full)
    state.journal.keep(definition.fields)
    definition.fields[name] = field
    table = state.tables[definition.name]
    for id, value in held.items():
        if id in table.rows:
            table.put({**table.rows[id], name: value})
    state.edited()
    display = f"Undeleted custom field {field.label} on {definition.name}"
    state.audit(user, f"undeletedCF{definition.name}", display, definition.name)


def standard_values(state: State, name: str) -> list[PicklistValue]:
    """Return the values of a standard value set such as `LeadStatus`; raises SetupError."""
    if name not in STANDARD_SETS:
        raise SetupError(f"Invalid name for standard picklist: {name}", "INVALID_FIELD")
    object, field = STANDARD_SETS[name][0]
    return state.objects[object].fields[field].values


def set_standard_values(
    state: State, user: User | None, name: str, values: Sequence[PicklistValue]
) -> Edit:
    """Set the values of a standard value set; those left out become inactive; raises SetupError."""
    before = standard_values(state, name)
    _refuse_values(values)
    if name == "LeadStatus":
        active = [value.converted for value in values if value.active]
        if not any(active):
            raise SetupError("You must have at least one lead status marked as Converted")
        if all(active):
            raise SetupError("You must have at least one lead status not marked as Converted")
    after = merged(before, values)
    if after == before:
        return "unchanged"
    for object, field in STANDARD_SETS[name]:
        state.journal.assign(state.objects[object].fields[field], "values", list(after))
    state.edited()
    state.audit(user, "changedPicklist", f"Changed values of the picklist {name}", "Picklists")
    return "changed"
