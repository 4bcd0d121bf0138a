"""What is refused before a record is saved: unknown and closed fields, misfits, gaps, rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from leadpolicy_sandbox.salesforce.org import access, coercion, formulas, ids, values
from leadpolicy_sandbox.salesforce.org.coercion import Given, MisfitError, Source
from leadpolicy_sandbox.salesforce.org.results import SaveError
from leadpolicy_sandbox.salesforce.org.schema import FieldDef, ObjectDef, User
from leadpolicy_sandbox.salesforce.org.state import State
from leadpolicy_sandbox.salesforce.org.tables import Row

_EMAIL: Final = re.compile(
    r"[^\s@<>(),;:\\\"\[\]]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+"
)
_TEXTS: Final = frozenset({"string", "textarea", "phone", "url", "email", "picklist"})


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure
    """A record is not saved, for these reasons."""

    def __init__(self, *errors: SaveError) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = errors


def incoming(
    state: State,
    user: User | None,
    definition: ObjectDef,
    given: Given,
    source: Source,
    before: Row | None,
) -> Row:
    """Return what a request wants to set, in the form rows have; raises Refusal."""
    named = _named(state, user, definition, given)
    _refuse_closed(state, user, definition, [field for field, _ in named], before)
    errors: list[SaveError] = []
    changes: Row = {}
    for field, value in named:
        try:
            changes[field.name] = coercion.coerce(field, value, source)
        except MisfitError:
            errors.append(coercion.misfit(field, value))
            continue
        errors += _field_errors(state, field, changes[field.name], before)
    if errors:
        raise Refusal(*errors)
    return changes


def _named(
    state: State, user: User | None, definition: ObjectDef, given: Given
) -> list[tuple[FieldDef, object]]:
    named: list[tuple[FieldDef, object]] = []
    for name, value in given.items():
        if name == "attributes":
            continue
        field = access.field(state, user, definition, name)
        if field is None:
            message = f"No such column '{name}' on sobject of type {definition.name}"
            raise Refusal(SaveError("INVALID_FIELD", message))
        named.append((field, value))
    return named


def _refuse_closed(
    state: State,
    user: User | None,
    definition: ObjectDef,
    fields: list[FieldDef],
    before: Row | None,
) -> None:
    closed = tuple(
        field.name
        for field in fields
        if field.formula is not None
        or not (field.createable if before is None else field.updateable)
        or not access.editable(state, user, definition, field)
    )
    if "Id" in closed and before is None:
        raise Refusal(
            SaveError(
                "INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", ("Id",)
            )
        )
    if closed:
        message = (
            f"Unable to create/update fields: {', '.join(closed)}. Please check the security "
            "settings of this field and verify that it is read/write for your profile or "
            "permission set."
        )
        raise Refusal(SaveError("INVALID_FIELD_FOR_INSERT_UPDATE", message, closed))


def _field_errors(state: State, field: FieldDef, value: Any, before: Row | None) -> list[SaveError]:
    if value is None:
        return [coercion.misfit(field, None)] if field.type == "boolean" else []
    if field.type in _TEXTS:
        return _text_errors(field, value, before)
    if field.type in coercion.NUMBERS and coercion.outside(field, value):
        message = f"{field.label}: value outside of valid range on numeric field: {value}"
        return [SaveError("NUMBER_OUTSIDE_VALID_RANGE", message, (field.name,))]
    if field.type == "reference":
        return _reference_errors(state, field, value)
    return []


def _text_errors(field: FieldDef, value: str, before: Row | None) -> list[SaveError]:
    if field.length and len(value) > field.length:
        message = f"{field.label}: data value too large: {value} (max length={field.length})"
        return [SaveError("STRING_TOO_LONG", message, (field.name,))]
    if field.type == "email" and not _EMAIL.fullmatch(value):
        message = f"{field.label}: invalid email address: {value}"
        return [SaveError("INVALID_EMAIL_ADDRESS", message, (field.name,))]
    if field.type == "picklist" and field.restricted:
        known = field.value(value)
        kept = before is not None and before.get(field.name) == value
        if known is None or not (known.active or kept):
            message = f"{field.label}: bad value for restricted picklist field: {value}"
            code = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
            return [SaveError(code, message, (field.name,))]
    return []


def _reference_errors(state: State, field: FieldDef, value: str) -> list[SaveError]:
    targets = [one for one in map(state.known, field.reference_to) if one is not None]
    wrong = ids.full(value) is None or not any(value.startswith(one.prefix) for one in targets)
    if targets and wrong:
        message = f"{field.label}: id value of incorrect type: {value}"
        return [SaveError("MALFORMED_ID", message, (field.name,))]
    if any(one.name == "User" and value.startswith(one.prefix) for one in targets):
        found = None if state.user(value) is None else {"IsDeleted": False}
    else:
        pair = state.row(value)
        found = pair[1] if pair else ({} if any(one.derived for one in targets) else None)
    if found is None:
        return [SaveError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id",
                          (field.name,))]  # fmt: skip
    if found.get("IsDeleted"):
        return [SaveError("ENTITY_IS_DELETED", "entity is deleted", (field.name,))]
    return []


def refuse_gaps(definition: ObjectDef, row: Row, changes: Mapping[str, Any] | None) -> None:
    """Refuse a row that lacks a value it must have; `changes` limits an update to what it sets."""
    names = definition.fields if changes is None else changes
    missing = tuple(
        name
        for name in names
        if (field := definition.fields[name]).required
        and (field.createable or field.updateable)
        and row.get(name) is None
    )
    if missing:
        message = f"Required fields are missing: [{', '.join(missing)}]"
        raise Refusal(SaveError("REQUIRED_FIELD_MISSING", message, missing))


def refuse_duplicates(state: State, definition: ObjectDef, row: Row) -> None:
    """Refuse a row whose unique value another row has that is not deleted."""
    table = state.tables[definition.name]
    for field in definition.fields.values():
        value = row.get(field.name)
        if not field.unique or value is None:
            continue
        for other in table.find(field.name, value, heed_case=field.case_sensitive):
            if other != row["Id"]:
                message = (
                    f"duplicate value found: {field.name} duplicates value on record "
                    f"with id: {other}"
                )
                raise Refusal(SaveError("DUPLICATE_VALUE", message))


def refuse_by_rules(
    state: State, user: User | None, definition: ObjectDef, row: Row, before: Row | None
) -> None:
    """Refuse a row for which validation rules are true; every one of them is told."""
    active = [rule for rule in definition.rules.values() if rule.active]
    if not active:
        return
    read = values.reading(state, user, definition, row)
    prior = None if before is None else values.reading(state, user, definition, before)
    errors: list[SaveError] = []
    from leadpolicy_sandbox.formula import FormulaError

    for rule in active:
        try:
            compiled = formulas.compiled(state, definition, rule.formula)
            fails = formulas.evaluate(compiled, read, prior, state.clock.now(), state.zone)
        except FormulaError as error:
            message = (
                f'The formula in the "{rule.name}" validation rule is invalid due to the '
                f"following: {error.message}"
            )
            errors.append(SaveError("FIELD_INTEGRITY_EXCEPTION", message))
            continue
        if fails is True:
            shown = (rule.display_field,) if rule.display_field else ()
            errors.append(SaveError("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message, shown))
    if errors:
        raise Refusal(*errors)
