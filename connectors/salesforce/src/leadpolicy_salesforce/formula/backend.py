"""The Salesforce back-end: outputs of a checked policy as formulas over fields of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from leadpolicy.backends.base import Backend, Capabilities, Unsupported
from leadpolicy.expr.nodes import Aggregate, ConsentStatus, Property
from leadpolicy.expr.traverse import NODE_KINDS
from leadpolicy.expr.types import Kind, ValueType
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy_salesforce.formula.compiler import Compiler, Refusal, Settings
from leadpolicy_salesforce.formula.fields import Field, FieldKind

_HELD: Final[Mapping[Kind, FieldKind]] = {
    Kind.WHOLE: "number",
    Kind.NUMBER: "number",
    Kind.TEXT: "text",
    Kind.CHOICE: "picklist",
    Kind.CHOICES: "multipicklist",
    Kind.DAY: "date",
    Kind.MOMENT: "datetime",
}


@dataclass(frozen=True, slots=True)
class Formulas:
    """A policy as formulas by output, and the reasons for those that have none."""

    formulas: Mapping[str, str]
    refusals: Mapping[str, str]


def own_fields(policy: CheckedPolicy) -> dict[str, Field]:
    """Return a field for each attribute, named like it with `__c`.

    A flag that can be unknown is a picklist of `true` and `false`, for a checkbox is never blank.
    """
    kinds = policy.vocabulary.attributes
    return {name: Field(f"{name}__c", _kind(type_)) for name, type_ in kinds.items()}


def _kind(type_: ValueType) -> FieldKind:
    if type_.kind is Kind.FLAG:
        return "picklist" if type_.nullable else "checkbox"
    return _HELD[type_.kind]


class SalesforceBackend(Backend[Formulas]):
    """Compiles outputs to formulas over fields that are named like the attributes."""

    def __init__(self, settings: Settings | None = None) -> None:
        elsewhere = {Aggregate, ConsentStatus, Property}
        self.capabilities = Capabilities("salesforce", frozenset(NODE_KINDS - elsewhere))
        self._settings = settings or Settings()

    def unsupported(self, checked: CheckedPolicy) -> Iterator[Unsupported]:
        """Yield everything that a formula cannot carry out."""
        compiler = self._compiler(checked)
        for output in checked.outputs:
            for refusal in compiler.refusals(output.node):
                yield Unsupported(output, refusal.node, refusal.reason)

    def compile(self, checked: CheckedPolicy) -> Formulas:
        """Return the formulas of a policy, and why some outputs have none."""
        compiler = self._compiler(checked)
        found = {x.name: compiler.result(compiler.named(x.name)) for x in checked.outputs}
        return Formulas(
            {name: text for name, text in found.items() if isinstance(text, str)},
            {name: text.reason for name, text in found.items() if isinstance(text, Refusal)},
        )

    def _compiler(self, checked: CheckedPolicy) -> Compiler:
        return Compiler(checked, own_fields(checked), self._settings)
