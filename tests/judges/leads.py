"""Leads as Salesforce holds them: fields for the attributes of a policy, and records of facts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from leadpolicy.expr.facts import Facts
from leadpolicy.expr.folding import fold
from leadpolicy.expr.types import Kind, ValueType
from leadpolicy.expr.types import Value as PolicyValue
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy_salesforce.formula import Field
from leadpolicy_salesforce.formula.fields import FieldKind
from leadpolicy_sandbox.formula import Value

_KINDS: Final[Mapping[Kind, FieldKind]] = {
    Kind.WHOLE: "number",
    Kind.NUMBER: "number",
    Kind.TEXT: "text",
    Kind.CHOICE: "picklist",
    Kind.CHOICES: "multipicklist",
    Kind.DAY: "date",
    Kind.MOMENT: "datetime",
}
_ADDRESS: Final = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_ADDRESSES: Final = ("jana@gmx.de", "A.B@Sub.Example.COM", "x@xn--mller-kva.de", "jana@GMX.DE")
PERCENT: Final = "discount"
RENAMED: Final = "billing_country"
"""A percent field, and a picklist whose values are called otherwise than the codes."""


def fields_of(checked: CheckedPolicy) -> dict[str, Field]:
    """Return a field for every attribute of a policy."""
    attributes = checked.vocabulary.attributes.items()
    return {name: _field(name, kind) for name, kind in attributes}


def _field(name: str, kind: ValueType) -> Field:
    api = f"{name}__c"
    if kind.kind is Kind.FLAG:
        return Field(api, "picklist" if kind.nullable else "checkbox")
    if name == PERCENT:
        return Field(api, "percent")
    if name == RENAMED:
        return Field(api, "picklist", codes={code: f"Land {code}" for code in kind.codes})
    return Field(api, _KINDS[kind.kind], is_email=name == "email")


def as_held(checked: CheckedPolicy, known: Facts) -> Facts:
    """Return the facts that a lead in Salesforce can hold.

    Moments and the decision fall on whole seconds, numbers have the declared decimals, an empty set
    is blank, addresses are addresses, and texts fold as LOWER does: what is beyond is an
    attribute's loss on the way in, not a difference between decisions.
    """
    attributes = {name: _held(checked, name, value) for name, value in known.attributes.items()}
    at = known.at.replace(microsecond=0)
    return replace(known, attributes=attributes, at=at, signals=known.signals)


def _held(checked: CheckedPolicy, name: str, value: PolicyValue | None) -> PolicyValue | None:
    match value:
        case frozenset():
            return value or None
        case datetime():
            return value.replace(microsecond=0)
        case Decimal():
            places = checked.policy.record.attributes[name].decimals or 0
            return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
        case str() if name == "email" and not _ADDRESS.fullmatch(value):
            return _ADDRESSES[len(value) % len(_ADDRESSES)]
        case str() if fold(value) != value.lower().replace("ß", "ss"):
            return f"plain {len(value)}"
        case _:
            return value


def record_of(fields: Mapping[str, Field], known: Facts) -> dict[str, Value]:
    """Return facts as the values of fields, by API name."""
    return {
        field.api: _written(field, known.attributes.get(name)) for name, field in fields.items()
    }


def _written(field: Field, value: PolicyValue | None) -> Value:
    match value:
        case None:
            return False if field.kind == "checkbox" else None
        case bool():
            return value if field.kind == "checkbox" else str(value).lower()
        case int():
            return Decimal(value)
        case frozenset():
            return ";".join(sorted(value))
        case str():
            return field.codes.get(value, value)
        case Decimal() | date():
            return value
