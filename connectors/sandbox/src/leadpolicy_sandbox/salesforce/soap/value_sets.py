"""Values of picklists between the form of the Metadata API and the form of the org."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from leadpolicy_sandbox.salesforce.org.schema import PicklistValue
from leadpolicy_sandbox.salesforce.soap.reading import ComponentError, Value, Values


def custom_values(given: Sequence[Value]) -> list[PicklistValue]:
    """Picklist values from `CustomValue` or `StandardValue` elements; raises ComponentError."""
    values = [_value(each) for each in given if isinstance(each, dict)]
    _check_labels(values)
    return values


def _value(given: Values) -> PicklistValue:
    name = given.get("fullName")
    if not isinstance(name, str) or not name.strip():
        raise ComponentError("Required field is missing: fullName")
    label, probability = given.get("label"), given.get("probability")
    return PicklistValue(
        name=name,
        label=label if isinstance(label, str) and label else name,
        default=given.get("default") is True,
        active=given.get("isActive") is not False,
        converted=given.get("converted") is True,
        closed=given.get("closed") is True,
        won=given.get("won") is True,
        probability=probability if isinstance(probability, int) else 0,
        forecast=str(given.get("forecastCategory", "")),
    )


def _check_labels(values: Sequence[PicklistValue]) -> None:
    labels = [value.label.casefold() for value in values if value.active]
    for value in values:
        if value.active and labels.count(value.label.casefold()) > 1:
            raise ComponentError(f"Duplicate label: {value.label}", "DUPLICATE_VALUE")


def values_content(values: Iterable[PicklistValue]) -> list[Value]:
    """The values as `CustomValue` elements."""
    return [_content(value) for value in values]


def _content(value: PicklistValue) -> Values:
    content: Values = {"fullName": value.name, "default": value.default}
    if not value.active:
        content["isActive"] = False
    return content | {"label": value.label}


def standard_content(name: str, values: Iterable[PicklistValue]) -> list[Value]:
    """The values as `StandardValue` elements of the set of that name."""
    return [_content(value) | _marks(name, value) for value in values]


def _marks(name: str, value: PicklistValue) -> Values:
    if name == "LeadStatus":
        return {"converted": value.converted}
    if name == "OpportunityStage":
        forecast: Values = {"forecastCategory": value.forecast} if value.forecast else {}
        return {
            "closed": value.closed,
            **forecast,
            "probability": value.probability,
            "won": value.won,
        }
    return {}
