"""Columns as custom fields: made anew, or a standing field with what is looked after in it."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from lxml import etree

from leadpolicy.crm.state import Column, FieldKind
from leadpolicy_salesforce.metadata.names import shortened
from leadpolicy_salesforce.metadata.values import Edit, Wanted, edited, value_set, values_of
from leadpolicy_salesforce.metadata.xml import build, put, renamed, value_of

DIGITS: Final = 18
TEXT_MAX: Final = 255
LONG_TEXT_MAX: Final = 131_072
_LABEL_MAX: Final = 40
_DESCRIPTION_MAX: Final = 1000
_HELP_MAX: Final = 510


@dataclass(frozen=True, slots=True)
class Words:
    """What people read about a field: its label, what Setup says of it, and help beside it."""

    label: str
    description: str
    help: str | None


def words(column: Column) -> Words:
    """Return what a field says about itself; a label that is cut goes on in the description.

    >>> words(Column("lp_fit", FieldKind.WHOLE, label="Fit")).label
    'Fit'
    """
    label = shortened(column.label or column.name, _LABEL_MAX)
    is_cut = label != (column.label or column.name)
    more = "\n".join(text for text in (column.label if is_cut else "", column.description) if text)
    origin = _ORIGINS[_origin(column)]
    about = shortened(more, _DESCRIPTION_MAX - len(origin) - 1)
    return Words(label, f"{about}\n{origin}".strip(), shortened(more, _HELP_MAX) or None)


_ORIGINS: Final = {
    "key": "Tells leads apart for leadpolicy; whoever makes a lead fills it in.",
    "formula": "Computed from the lead policy; leadpolicy writes the formula.",
    "policy": "Written by leadpolicy; a change by hand is overwritten.",
    "marketing": "Filled in by marketing; leadpolicy reads it.",
    "sales": "Filled in by sales; leadpolicy reads it.",
}
"""Who fills a field, for whoever looks at it in Setup."""


def _origin(column: Column) -> str:
    if column.key:
        return "key"
    return column.owner if column.formula is None else "formula"


def describes(description: str, column: Column) -> bool:
    """Tell whether a description says what a column's says, whoever it says fills the field.

    >>> describes("", Column("lp_fit", FieldKind.WHOLE))
    True
    """
    return _about(description) == _about(words(column).description)


def _about(description: str) -> str:
    first, _, last = description.rpartition("\n")
    return first if last in _ORIGINS.values() else description


def custom_field(
    column: Column, name: str, *, tracked: bool = False, values: Sequence[Wanted] | None = None
) -> etree._Element:
    """Return a column as a new field; `tracked` keeps the history of its values.

    `values` are those of a picklist with their labels; without them the codes are their own labels.
    """
    said = words(column)
    made = build(
        "CustomField",
        fullName=name,
        complianceGroup="PII" if _names_people(column) else None,
        description=said.description,
        externalId=column.key,
        inlineHelpText=said.help,
        label=said.label,
        securityClassification="Internal",
        trackHistory=tracked or None,
    )
    if column.formula is None:
        _hold(made, column, values)
    else:
        _compute(made, column, column.formula)
    return made


def _names_people(column: Column) -> bool:
    return column.owner == "sales" and column.kind is FieldKind.TEXT


def _hold(made: etree._Element, column: Column, values: Sequence[Wanted] | None) -> None:
    """Say what a field holds that somebody fills in."""
    if column.kind is not FieldKind.FLAG:
        put(made, "required", False)
    match column.kind:
        case FieldKind.TEXT:
            _text(made, column)
        case FieldKind.WHOLE | FieldKind.NUMBER:
            _number(made, column)
        case FieldKind.FLAG:
            put(made, "type", "Checkbox")
            put(made, "defaultValue", False)
        case FieldKind.MOMENT:
            put(made, "type", "DateTime")
        case FieldKind.CHOICE:
            put(made, "type", "Picklist")
            wanted = [*map(Wanted, column.codes)] if values is None else values
            put(made, "valueSet", value_set(edited((), Edit(wanted, exactly=True), "value")))


def _text(made: etree._Element, column: Column) -> None:
    length = column.length or TEXT_MAX
    if length > TEXT_MAX:
        put(made, "type", "LongTextArea")
        put(made, "length", min(length, LONG_TEXT_MAX))
        put(made, "visibleLines", 3)
        put(made, "required", None)
        return
    put(made, "type", "Text")
    put(made, "length", length)
    put(made, "unique", column.key)
    if column.key:
        put(made, "caseSensitive", True)


def _number(made: etree._Element, column: Column) -> None:
    put(made, "type", "Number")
    put(made, "precision", DIGITS)
    put(made, "scale", column.scale if column.kind is FieldKind.NUMBER else 0)
    put(made, "unique", False)


_COMPUTED: Final = {
    FieldKind.TEXT: "Text",
    FieldKind.CHOICE: "Text",
    FieldKind.WHOLE: "Number",
    FieldKind.NUMBER: "Number",
    FieldKind.FLAG: "Checkbox",
    FieldKind.MOMENT: "DateTime",
}


def _compute(made: etree._Element, column: Column, formula: str) -> None:
    """Say what a field computes; a blank number stays blank in it."""
    put(made, "type", _COMPUTED[column.kind])
    put(made, "formula", formula)
    put(made, "formulaTreatBlanksAs", "BlankAsBlank")
    if column.kind in {FieldKind.WHOLE, FieldKind.NUMBER}:
        put(made, "precision", DIGITS)
        put(made, "scale", column.scale if column.kind is FieldKind.NUMBER else 0)


def changed_field(
    standing: etree._Element, column: Column, properties: AbstractSet[str]
) -> etree._Element:
    """Return a standing field with some properties of a column; the rest stays as it stands."""
    made = renamed(standing, "CustomField")
    name = value_of(standing, "fullName") or ""
    put(made, "fullName", name.rpartition(".")[2])
    said = words(column)
    if "label" in properties:
        put(made, "label", said.label)
    if properties & {"label", "description"}:
        put(made, "description", said.description)
        put(made, "inlineHelpText", said.help)
    if "formula" in properties:
        put(made, "formula", column.formula)
        put(made, "formulaTreatBlanksAs", "BlankAsBlank")
    if "codes" in properties:
        edit = Edit([*map(Wanted, column.codes)], exactly=True)
        put(made, "valueSet", value_set(edited(values_of(standing), edit, "value")))
    return made


def with_values(field: etree._Element, edit: Edit) -> etree._Element:
    """Return a picklist field with an edit made to its values; the rest stays as it stands."""
    made = renamed(field, "CustomField")
    values = edited(values_of(field), edit, "value")
    for a_set in made.findall("{*}valueSet"):
        for definition in a_set.findall("{*}valueSetDefinition"):
            put(definition, "value", values)
    return made


def is_formula(field: etree._Element) -> bool:
    """Tell whether a field is computed."""
    return bool(value_of(field, "formula"))
