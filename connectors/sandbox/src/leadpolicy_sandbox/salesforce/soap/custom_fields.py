"""Custom fields, and the history tracking of standard ones, in the setup of an org."""

from __future__ import annotations

from dataclasses import replace

from leadpolicy_sandbox.salesforce.org import Org
from leadpolicy_sandbox.salesforce.org.results import Edit
from leadpolicy_sandbox.salesforce.org.schema import FieldDef, ObjectDef, PicklistValue, User
from leadpolicy_sandbox.salesforce.soap import shelf
from leadpolicy_sandbox.salesforce.soap.fields import KEPT, content_of, field_of, flag, text
from leadpolicy_sandbox.salesforce.soap.kinds import Kind, split
from leadpolicy_sandbox.salesforce.soap.reading import ComponentError, Value, Values
from leadpolicy_sandbox.salesforce.soap.value_sets import custom_values

_TYPE = "CustomField"


def _names(org: Org) -> list[str]:
    return [
        f"{definition.name}.{field.name}"
        for definition in org.objects.values()
        for field in definition.fields.values()
        if field.custom
    ]


def _find(org: Org, name: str) -> tuple[ObjectDef, FieldDef] | None:
    parent, _, short = name.partition(".")
    definition = org.known(parent)
    field = None if definition is None else definition.field(short)
    return (definition, field) if definition is not None and field is not None else None


def _read(org: Org, name: str) -> Values | None:
    found = _find(org, name)
    if found is None:
        return None
    definition, field = found
    full = f"{definition.name}.{field.name}"
    kept = dict(shelf.shelf(org, _TYPE).get(full, {}))
    return {"fullName": full, **content_of(field, kept, history=definition.history)}


def _save(org: Org, user: User, name: str, values: Values) -> Edit:
    parent, short = split(name)
    definition = org.known(parent)
    if definition is None:
        problem = f"In field: fullName - no CustomObject named {parent} found"
        raise ComponentError(problem, "INVALID_CROSS_REFERENCE_KEY")
    if not short.endswith("__c"):
        return _save_standard(org, user, definition, short, values)
    field = field_of(short, values, _shared(org, values))
    edit = org.upsert_field(user, definition.name, field)
    kept = shelf.put(org, _TYPE, f"{definition.name}.{short}", _kept(values))
    if edit != "unchanged" or kept == "unchanged":
        return edit
    return shelf.tell(org, user, "changed", f"custom field {short} on {definition.name}")


def _shared(org: Org, values: Values) -> list[PicklistValue] | None:
    value_set = values.get("valueSet")
    name = text(value_set, "valueSetName") if isinstance(value_set, dict) else ""
    if not name:
        return None
    found = shelf.shelf(org, "GlobalValueSet").get(name)
    if found is None:
        problem = f"In field: valueSet - no GlobalValueSet named {name} found"
        raise ComponentError(problem, "INVALID_CROSS_REFERENCE_KEY")
    given = found.get("customValue", [])
    return custom_values(given if isinstance(given, list) else [])


def _kept(values: Values) -> Values:
    kept: Values = {
        name: values[name] for name in KEPT if values.get(name) not in (None, "", False)
    }
    value_set = values.get("valueSet")
    if isinstance(value_set, dict):
        kept |= {name: part for name, part in _set_parts(value_set).items() if part}
    return kept


def _set_parts(value_set: Values) -> dict[str, Value]:
    definition = value_set.get("valueSetDefinition")
    ordered = isinstance(definition, dict) and flag(definition, "sorted")
    return {"valueSetName": text(value_set, "valueSetName"), "sorted": ordered}


def _save_standard(org: Org, user: User, definition: ObjectDef, short: str, values: Values) -> Edit:
    before = definition.field(short)
    if before is None or before.custom:
        raise ComponentError("Could not resolve standard field's name.", "INVALID_FIELD")
    if "valueSet" in values:
        raise ComponentError("Can not specify 'valueSet' for a standard picklist field")
    field = replace(
        before,
        track_history=flag(values, "trackHistory")
        if "trackHistory" in values
        else before.track_history,
        help_text=text(values, "inlineHelpText") or before.help_text,
        description=text(values, "description") or before.description,
    )
    return org.upsert_field(user, definition.name, field)


def _delete(org: Org, user: User, name: str) -> bool:
    found = _find(org, name)
    if found is None:
        return False
    definition, field = found
    org.delete_field(user, definition.name, field.name)
    shelf.drop(org, _TYPE, f"{definition.name}.{field.name}")
    return True


def purge(org: Org, name: str) -> None:
    """Let a deleted field, by its full name, not be brought back."""
    org.state.journal.keep(org.state.erased)
    org.state.erased.pop(name, None)


CUSTOM_FIELD = Kind(_TYPE, "00N", _names, _read, _save, _delete)
