"""The values of picklists: which stand, which are wanted, and the list to send."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from leadpolicy_salesforce.metadata.names import shortened
from leadpolicy_salesforce.metadata.xml import build, is_true, parts_of, put, renamed, value_of

LABEL_MAX: Final = 255


@dataclass(frozen=True, slots=True)
class Wanted:
    """A value that shall be there; `label` None keeps what stands, `converted` None too."""

    code: str
    label: str | None = None
    converted: bool | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """What to do to a list of values: put some into it, and leave some out of it.

    With `exactly`, whatever is not named is left out, and the order is the one given. A value that
    is left out becomes inactive: records keep it, and nobody can choose it any more.
    """

    wanted: Sequence[Wanted] = ()
    dropped: frozenset[str] = field(default_factory=frozenset)
    exactly: bool = False


def edited(standing: Iterable[etree._Element], edit: Edit, name: str) -> list[etree._Element]:
    """Return a list of values after an edit, as elements of a name; others stay as they stand."""
    known = {value_of(value, "fullName") or "": renamed(value, name) for value in standing}
    wanted = {value.code: value for value in edit.wanted}
    order = [*wanted] if edit.exactly else [*known, *(code for code in wanted if code not in known)]
    return [
        _put(known.get(code), wanted[code], name) if code in wanted else known[code]
        for code in order
        if code not in edit.dropped or code in wanted
    ]


def _put(standing: etree._Element | None, wanted: Wanted, name: str) -> etree._Element:
    made = standing if standing is not None else build(name, fullName=wanted.code, default=False)
    put(made, "isActive", None)
    if wanted.label is not None or value_of(made, "label") is None:
        put(made, "label", shortened(wanted.label or wanted.code, LABEL_MAX))
    if wanted.converted is not None:
        put(made, "converted", wanted.converted)
    return made


def value_set(values: Iterable[etree._Element]) -> etree._Element:
    """Return the values of a field of ours, which takes no others."""
    definition = build("valueSetDefinition", sorted=False, value=values)
    return build("valueSet", restricted=True, valueSetDefinition=definition)


def values_of(custom_field: etree._Element) -> list[etree._Element]:
    """Return the values of a picklist field, inactive ones too."""
    return [
        value
        for a_set in parts_of(custom_field, "valueSet")
        for definition in parts_of(a_set, "valueSetDefinition")
        for value in parts_of(definition, "value")
    ]


def status_set(standing: etree._Element, edit: Edit) -> etree._Element:
    """Return the lead states after an edit; every value says whether it stands for a conversion."""
    made = renamed(standing, "StandardValueSet")
    values = edited(parts_of(made, "standardValue"), edit, "standardValue")
    for value in values:
        put(value, "converted", is_true(value, "converted"))
    put(made, "fullName", None)
    put(made, "sorted", is_true(standing, "sorted"))
    put(made, "standardValue", values)
    return made
