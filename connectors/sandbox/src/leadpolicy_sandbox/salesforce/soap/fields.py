"""Custom fields between the form of the Metadata API and the form of the org."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from leadpolicy_sandbox.salesforce.org.schema import FieldDef, PicklistValue
from leadpolicy_sandbox.salesforce.soap.reading import ComponentError, Values, groups
from leadpolicy_sandbox.salesforce.soap.value_sets import custom_values, values_content

Need = Literal["length", "precision", "defaultValue", "visibleLines", "valueSet", "referenceTo"]


@dataclass(frozen=True)
class FieldType:
    """How the org keeps a type of field: its word of describe, its length, what it asks for."""

    word: str
    length: int = 0
    needs: tuple[Need, ...] = ()
    unique: bool = False
    external_id: bool = False
    extra: str | None = None


TYPES: Mapping[str, FieldType] = {
    "Text": FieldType("string", needs=("length",), unique=True, external_id=True),
    "TextArea": FieldType("textarea", 255, extra="plaintextarea"),
    "LongTextArea": FieldType("textarea", needs=("length", "visibleLines"), extra="plaintextarea"),
    "Html": FieldType("textarea", needs=("length", "visibleLines"), extra="richtextarea"),
    "Number": FieldType("double", needs=("precision",), unique=True, external_id=True),
    "Currency": FieldType("currency", needs=("precision",)),
    "Percent": FieldType("percent", needs=("precision",)),
    "Checkbox": FieldType("boolean", needs=("defaultValue",)),
    "Date": FieldType("date"),
    "DateTime": FieldType("datetime"),
    "Email": FieldType("email", 80, unique=True, external_id=True),
    "Phone": FieldType("phone", 40),
    "Url": FieldType("url", 255),
    "Picklist": FieldType("picklist", 255, needs=("valueSet",)),
    "MultiselectPicklist": FieldType("multipicklist", 4099, needs=("valueSet", "visibleLines")),
    "Lookup": FieldType("reference", 18, needs=("referenceTo",)),
}
FORMULA_TYPES = frozenset({"Text", "Number", "Currency", "Percent", "Checkbox", "Date", "DateTime"})
NUMERIC = frozenset({"Number", "Currency", "Percent"})
NEEDS: tuple[Need, ...] = (*("length", "precision", "visibleLines", "valueSet", "referenceTo"),)
DIGITS = 18
FORMULA_LENGTH = 1300
KEPT = (
    *("businessOwnerGroup", "businessOwnerUser", "businessStatus", "complianceGroup"),
    *("securityClassification", "deleteConstraint", "relationshipLabel", "visibleLines"),
    *("trackFeedHistory", "trackTrending", "defaultValue"),
)
"""Elements that change nothing in the org and are given back as they came."""

_NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*")
_LENGTHS = {
    "label": ("MasterLabel", 40),
    "description": ("Description", 1000),
    "inlineHelpText": ("InlineHelpText", 510),
}


def check_name(name: str, what: str, longest: int) -> None:
    """Refuse what is no developer name; raises ComponentError."""
    if not _NAME.fullmatch(name) or len(name) > longest:
        raise ComponentError(
            f"The {what} field can only contain underscores and alphanumeric characters. It must "
            "be unique, begin with a letter, not include spaces, not end with an underscore, and "
            f"not contain two consecutive underscores. ({name})",
            "INVALID_FIELD",
        )


def field_of(name: str, values: Values, shared: list[PicklistValue] | None = None) -> FieldDef:
    """A custom field from its metadata; `shared` are the values of the global set that it names.

    Raises ComponentError when its elements do not go together.
    """
    _check_texts(values)
    type_name = text(values, "type")
    kind = TYPES.get(type_name)
    if kind is None:
        problem = f"this practice org has no fields of type {type_name}"
        raise ComponentError(problem if type_name else "Required field is missing: type")
    if "formula" in values:
        return _formula_field(name, type_name, kind, values)
    return _plain_field(name, type_name, kind, values, shared)


def _plain_field(
    name: str, type_name: str, kind: FieldType, values: Values, shared: list[PicklistValue] | None
) -> FieldDef:
    _check_needs(type_name, kind, values)
    field = _common(name, kind, values)
    field.required = flag(values, "required")
    field.unique, field.external_id = flag(values, "unique"), flag(values, "externalId")
    field.case_sensitive = flag(values, "caseSensitive")
    field.length = number(values, "length") or kind.length
    if type_name in NUMERIC:
        _set_digits(field, values)
    field.default = _default(type_name, values)
    value_set = values.get("valueSet")
    if isinstance(value_set, dict):
        field.restricted = flag(value_set, "restricted")
        field.values = shared if shared is not None else custom_values(_definition(value_set))
    if "referenceTo" in values:
        field.reference_to = (text(values, "referenceTo"),)
        field.relationship = f"{name.removesuffix('__c')}__r"
        field.children = text(values, "relationshipName") or None
    return field


def _formula_field(name: str, type_name: str, kind: FieldType, values: Values) -> FieldDef:
    if type_name not in FORMULA_TYPES:
        raise ComponentError(f"Can not specify 'formula' for a CustomField of type {type_name}")
    for part in ("required", "unique", "externalId"):
        if flag(values, part):
            raise ComponentError(f"Can not specify '{part}' for a formula CustomField")
    field = _common(name, kind, values)
    field.formula = text(values, "formula")
    field.blanks_as_zero = text(values, "formulaTreatBlanksAs") == "BlankAsZero"
    field.createable = field.updateable = False
    if type_name in NUMERIC:
        _set_digits(field, values)
    elif type_name == "Text":
        field.length = FORMULA_LENGTH
    return field


def _common(name: str, kind: FieldType, values: Values) -> FieldDef:
    return FieldDef(
        name=name,
        type=kind.word,
        label=text(values, "label"),
        custom=True,
        extra=kind.extra,
        description=text(values, "description"),
        help_text=text(values, "inlineHelpText"),
        track_history=flag(values, "trackHistory"),
    )


def _check_texts(values: Values) -> None:
    if not text(values, "label"):
        raise ComponentError("Must specify a non-empty label for the CustomField")
    for part, (column, longest) in _LENGTHS.items():
        if len(text(values, part)) > longest:
            problem = f"Value too long for field: {column} maximum length is:{longest}"
            raise ComponentError(problem, "STRING_TOO_LONG", (part,))


def _check_needs(type_name: str, kind: FieldType, values: Values) -> None:
    for need in kind.needs:
        if need not in values:
            raise ComponentError(f"Must specify '{need}' for a CustomField of type {type_name}")
    for need in NEEDS:
        if need in values and need not in kind.needs:
            raise ComponentError(f"Can not specify '{need}' for a CustomField of type {type_name}")
    allowed = {"unique": kind.unique, "externalId": kind.external_id}
    for part, may in allowed.items():
        if flag(values, part) and not may:
            raise ComponentError(f"Can not specify '{part}' for a CustomField of type {type_name}")


def _set_digits(field: FieldDef, values: Values) -> None:
    field.precision, field.scale = number(values, "precision") or DIGITS, number(values, "scale")


def _default(type_name: str, values: Values) -> object:
    """The default as records get it; a default that is a formula beyond a literal stays out."""
    given = text(values, "defaultValue")
    if type_name == "Checkbox":
        return given == "true"
    if type_name in NUMERIC and given:
        try:
            return Decimal(given)
        except InvalidOperation:
            return None
    quoted = re.fullmatch(r'"([^"]*)"', given)
    return quoted.group(1) if quoted else None


def _definition(value_set: Values) -> list[Values]:
    definition = value_set.get("valueSetDefinition")
    return groups(definition, "value") if isinstance(definition, dict) else []


def content_of(field: FieldDef, kept: Values, *, history: bool) -> Values:
    """The metadata of a field without its full name; `kept` are elements as they once came."""
    type_name = type_of(field)
    values: Values = dict(kept)
    values |= {"label": field.label, "type": type_name}
    if field.description:
        values["description"] = field.description
    if field.help_text:
        values["inlineHelpText"] = field.help_text
    if history:
        values["trackHistory"] = field.track_history
    if type_name in NUMERIC:
        values |= {"precision": field.precision, "scale": field.scale}
    if not field.custom:
        return values
    values["externalId"] = field.external_id
    if type_name != "Checkbox":
        values["required"] = field.required
    values.setdefault("trackTrending", False)
    return values | (
        _formula_content(field)
        if field.formula is not None
        else _plain_content(field, type_name, kept)
    )


def _formula_content(field: FieldDef) -> Values:
    blanks = "BlankAsZero" if field.blanks_as_zero else "BlankAsBlank"
    return {"formula": field.formula or "", "formulaTreatBlanksAs": blanks}


def _plain_content(field: FieldDef, type_name: str, kept: Values) -> Values:
    kind, values = TYPES[type_name], Values()
    if kind.unique:
        values["unique"] = field.unique
    if field.unique and type_name == "Text":
        values["caseSensitive"] = field.case_sensitive
    if "length" in kind.needs:
        values["length"] = field.length
    if "referenceTo" in kind.needs:
        values |= {"referenceTo": field.reference_to[0], "relationshipName": field.children or ""}
    if "valueSet" in kind.needs:
        values["valueSet"] = _value_set(field, kept)
    return values


def _value_set(field: FieldDef, kept: Values) -> Values:
    name, ordered = kept.pop("valueSetName", None), kept.pop("sorted", False)
    if name:
        return {"restricted": field.restricted, "valueSetName": name}
    definition: Values = {"sorted": ordered, "value": values_content(field.values)}
    return {"restricted": field.restricted, "valueSetDefinition": definition}


def type_of(field: FieldDef) -> str:
    """The FieldType of a field of the org."""
    if field.type == "textarea":
        if field.extra == "richtextarea":
            return "Html"
        return "TextArea" if field.length <= TYPES["TextArea"].length else "LongTextArea"
    if field.type == "int":
        return "Number"
    return next((name for name, kind in TYPES.items() if kind.word == field.type), "Text")


def text(values: Values, name: str) -> str:
    """A text part; empty where it is not there."""
    value = values.get(name, "")
    return value if isinstance(value, str) else ""


def flag(values: Values, name: str) -> bool:
    """A flag; False where it is not there."""
    return values.get(name) is True


def number(values: Values, name: str) -> int:
    """A whole number; 0 where it is not there."""
    value = values.get(name, 0)
    return value if isinstance(value, int) else 0
