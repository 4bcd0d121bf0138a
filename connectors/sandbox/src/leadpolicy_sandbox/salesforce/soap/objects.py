"""Objects and their validation rules in the setup of an org."""

from __future__ import annotations

from leadpolicy_sandbox.salesforce.org import Org
from leadpolicy_sandbox.salesforce.org.results import Edit
from leadpolicy_sandbox.salesforce.org.schema import ObjectDef, User, ValidationRule
from leadpolicy_sandbox.salesforce.soap import shelf
from leadpolicy_sandbox.salesforce.soap.custom_fields import CUSTOM_FIELD
from leadpolicy_sandbox.salesforce.soap.fields import flag, text
from leadpolicy_sandbox.salesforce.soap.kinds import Kind, split
from leadpolicy_sandbox.salesforce.soap.reading import ComponentError, Value, Values

_OBJECT, _RULE = "CustomObject", "ValidationRule"
_KEPT = ("description", "deploymentStatus", "enableActivities", "enableFeeds", "sharingModel")


def _objects(org: Org) -> list[str]:
    return [definition.name for definition in org.objects.values() if not definition.derived]


def _read_object(org: Org, name: str) -> Values | None:
    definition = org.known(name)
    if definition is None or definition.derived:
        return None
    values: Values = {"fullName": definition.name, **shelf.shelf(org, _OBJECT).get(name, {})}
    values["enableHistory"] = definition.history
    if definition.custom:
        values |= {"label": definition.label, "pluralLabel": definition.plural}
    values["fields"] = _nested(org, CUSTOM_FIELD, definition)
    values["validationRules"] = _nested(org, VALIDATION_RULE, definition)
    return {part: value for part, value in values.items() if value != []}


def _nested(org: Org, kind: Kind, definition: ObjectDef) -> list[Value]:
    names = [name for name in kind.names(org) if split(name)[0] == definition.name]
    return [{**(kind.read(org, name) or {}), "fullName": split(name)[1]} for name in names]


def _save_object(org: Org, user: User, name: str, values: Values) -> Edit:
    definition = org.known(name)
    if definition is None:
        problem = "this practice org takes no new objects"
        if not name.endswith("__c"):
            problem = f"no CustomObject named {name} found"
        raise ComponentError(problem, "INVALID_CROSS_REFERENCE_KEY")
    kept: Values = {part: values[part] for part in _KEPT if part in values}
    put = shelf.put(org, _OBJECT, definition.name, kept) if kept else "unchanged"
    outcomes = [shelf.tell(org, user, put, f"object {definition.name}")]
    if "enableHistory" in values:
        outcomes.append(org.set_history(user, definition.name, flag(values, "enableHistory")))
    return "changed" if any(edit != "unchanged" for edit in outcomes) else "unchanged"


def _delete_object(org: Org, user: User, name: str) -> bool:
    if org.known(name) is None:
        return False
    raise ComponentError(f"Cannot delete standard object: {name}", "INSUFFICIENT_ACCESS")


def _rules(org: Org) -> list[str]:
    return [
        f"{definition.name}.{rule}"
        for definition in org.objects.values()
        for rule in definition.rules
    ]


def _find_rule(org: Org, name: str) -> tuple[ObjectDef, ValidationRule] | None:
    parent, _, short = name.partition(".")
    definition = org.known(parent)
    rule = None if definition is None else definition.rules.get(short)
    return (definition, rule) if definition is not None and rule is not None else None


def _read_rule(org: Org, name: str) -> Values | None:
    found = _find_rule(org, name)
    if found is None:
        return None
    definition, rule = found
    values: Values = {"fullName": f"{definition.name}.{rule.name}", "active": rule.active}
    if rule.description:
        values["description"] = rule.description
    values["errorConditionFormula"] = rule.formula
    if rule.display_field:
        values["errorDisplayField"] = rule.display_field
    return {**values, "errorMessage": rule.message}


def _save_rule(org: Org, user: User, name: str, values: Values) -> Edit:
    parent, short = split(name)
    definition = org.known(parent)
    if definition is None:
        problem = f"In field: fullName - no CustomObject named {parent} found"
        raise ComponentError(problem, "INVALID_CROSS_REFERENCE_KEY")
    rule = ValidationRule(
        name=short,
        active=flag(values, "active"),
        formula=text(values, "errorConditionFormula"),
        message=text(values, "errorMessage"),
        display_field=text(values, "errorDisplayField") or None,
        description=text(values, "description"),
    )
    return org.upsert_rule(user, definition.name, rule)


def _delete_rule(org: Org, user: User, name: str) -> bool:
    found = _find_rule(org, name)
    if found is None:
        return False
    org.delete_rule(user, found[0].name, found[1].name)
    return True


CUSTOM_OBJECT = Kind(
    _OBJECT,
    "01I",
    _objects,
    _read_object,
    _save_object,
    _delete_object,
    suffix="object",
    children=("CustomField", "ValidationRule"),
)
VALIDATION_RULE = Kind(_RULE, "03d", _rules, _read_rule, _save_rule, _delete_rule)
