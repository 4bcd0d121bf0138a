"""References given by what they point to: `{"Account": {"key__c": "A-7"}}` or `Account.key__c`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from leadpolicy_sandbox.salesforce.org import coercion, formulas
from leadpolicy_sandbox.salesforce.org.checks import Refusal
from leadpolicy_sandbox.salesforce.org.coercion import Given
from leadpolicy_sandbox.salesforce.org.results import SaveError
from leadpolicy_sandbox.salesforce.org.schema import ObjectDef
from leadpolicy_sandbox.salesforce.org.state import State


def resolved(state: State, definition: ObjectDef, given: Given) -> dict[str, object]:
    """Return values with ids in place of references by external id; raises Refusal."""
    return {
        name: value
        for key, one in given.items()
        for name, value in _resolve(state, definition, key, one)
    }


def _resolve(
    state: State, definition: ObjectDef, name: str, value: object
) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping) and name != "attributes" and definition.related(name):
        keys = [(key, one) for key, one in value.items() if key != "attributes"]
        key, wanted = keys[0] if keys else ("", None)
        yield _look_up(state, definition, name, key, wanted)
    elif "." in name:
        step, _, key = name.partition(".")
        yield _look_up(state, definition, step, key, value)
    else:
        yield name, value


def _look_up(
    state: State, definition: ObjectDef, step: str, key: str, wanted: object
) -> tuple[str, object]:
    followed = formulas.follow(state, definition, step)
    if followed is None:
        message = f"No such column '{step}' on sobject of type {definition.name}"
        raise Refusal(SaveError("INVALID_FIELD", message))
    reference, target = followed
    field = target.field(key)
    if field is None or not field.looks_up:
        message = (
            f"Field name provided, {key} is not an External ID or indexed field for {target.name}"
        )
        raise Refusal(SaveError("INVALID_FIELD", message, (reference.name,)))
    value = coercion.coerce(field, wanted, "text")
    if value is None:
        return reference.name, None
    found = state.tables[target.name].find(field.name, value, heed_case=field.case_sensitive)
    if len(found) == 1:
        return reference.name, found[0]
    trouble = "not found" if not found else "more than one record found"
    message = f"Foreign key external ID: {wanted} {trouble} for field {field.name} in entity "
    raise Refusal(SaveError("INVALID_FIELD", message + target.name, (reference.name,)))
