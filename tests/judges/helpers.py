"""Fields that a sync writes for what no formula can compute, and what it writes into them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from leadpolicy.crm.native import VERDICTS
from leadpolicy.expr.types import Value as PolicyValue
from leadpolicy.policy.checked import CheckedPolicy, NamedOutput, OutputKind
from leadpolicy_salesforce.formula import Field
from leadpolicy_salesforce.formula.fields import FieldKind
from leadpolicy_salesforce.formula.meaning import Given, Meaning, Term
from leadpolicy_salesforce.formula.source import RefusedError, verdict
from leadpolicy_salesforce.formula.trees import Name
from leadpolicy_sandbox.formula import Value

_CONDITIONS: Final = frozenset({OutputKind.GATE, OutputKind.CRITERION, OutputKind.READINESS})


def api_of(output: str) -> str:
    """Return the name of the field for an output."""
    return f"lp_{output}__c"


def helped(output: NamedOutput, _refusal: RefusedError) -> Meaning | None:
    """Return the field that stands for an output: a verdict, or the points of a score."""
    name = api_of(output.name)
    if output.kind in _CONDITIONS:
        return verdict(Field(name, "picklist"), *VERDICTS[:2])
    if output.kind is not OutputKind.SCORE:
        return None
    return Term(Name(name), output.type.kind, 2, Given(Name(name)))


def synced_kinds(checked: CheckedPolicy) -> dict[str, FieldKind]:
    """Return the kinds of the fields for a policy's outputs."""
    outputs = checked.outputs
    verdicts = {api_of(x.name): "picklist" for x in outputs if x.kind in _CONDITIONS}
    points = {api_of(x.name): "number" for x in outputs if x.kind is OutputKind.SCORE}
    return verdicts | points  # type: ignore[return-value]


def synced(checked: CheckedPolicy, outputs: Mapping[str, PolicyValue | None]) -> dict[str, Value]:
    """Return what a sync writes about one lead."""
    found: dict[str, Value] = {}
    for output in checked.outputs:
        value = outputs[output.name]
        if output.kind in _CONDITIONS:
            met, unmet, undecided = VERDICTS
            word = undecided if value is None else met if value else unmet
            found[api_of(output.name)] = word
        elif output.kind is OutputKind.SCORE and isinstance(value, int | Decimal):
            found[api_of(output.name)] = Decimal(value)
    return found
