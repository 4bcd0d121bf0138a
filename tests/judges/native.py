"""One org with everything that a policy deploys: computed fields, synced ones, and rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, cast

from databases import usable
from judges.leads import as_held, fields_of, record_of
from leadpolicy.crm.connector import Native
from leadpolicy.crm.desired import desired_state
from leadpolicy.crm.native import VERDICTS
from leadpolicy.crm.state import FieldKind as ColumnKind
from leadpolicy.crm.state import Rule
from leadpolicy.expr.facts import Facts
from leadpolicy.expr.types import Value as PolicyValue
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy.testing.policies import reference_outputs
from leadpolicy_salesforce.binding import Binding, BoundField
from leadpolicy_salesforce.formula import Field
from leadpolicy_salesforce.native import compile_native
from leadpolicy_salesforce.options import Options
from leadpolicy_sandbox.formula import FieldKind, Formula, Scope, Value, check, evaluate, parse

STATUS: Final = "Status"
PREFIX: Final = "lp_"
OPTIONS: Final = Options(user_days=True, compiled_max=15_000, criteria=("all",))
_KINDS: Final[Mapping[ColumnKind, FieldKind]] = {
    ColumnKind.TEXT: "text",
    ColumnKind.WHOLE: "number",
    ColumnKind.NUMBER: "number",
    ColumnKind.FLAG: "checkbox",
    ColumnKind.MOMENT: "datetime",
    ColumnKind.CHOICE: "picklist",
}


class Record(Mapping[str, Value]):
    """The values of a lead; fields with formulas are computed when they are read."""

    def __init__(self, org: NativeOrg, stored: Mapping[str, Value], known: Facts) -> None:
        self._org, self._stored, self.known = org, stored, known

    def in_state(self, state: str | None) -> Record:
        """Return the same lead in a state."""
        return Record(self._org, {**self._stored, STATUS: state}, self.known)

    def __getitem__(self, name: str) -> Value:
        formula = self._org.formulas.get(name)
        if formula is None:
            return self._stored.get(name)
        return evaluate(formula, self._org.scope(self, None, self.known))

    def __iter__(self) -> Iterator[str]:
        return iter(self._org.kinds)

    def __len__(self) -> int:
        return len(self._org.kinds)


@dataclass
class NativeOrg:
    """The fields and rules of a policy in an org that computes what it can itself."""

    policy: CheckedPolicy
    native: Native = field(init=False)
    kinds: dict[str, FieldKind] = field(init=False)
    formulas: dict[str, Formula] = field(init=False)
    rules: list[tuple[Rule, Formula]] = field(init=False)

    def __post_init__(self) -> None:
        self._fields = fields_of(self.policy)
        standing = {item.api: item for item in self._fields.values()}
        standing[STATUS] = Field(STATUS, "picklist")
        bound = {name: BoundField(item.api, name) for name, item in self._fields.items()}
        columns = desired_state(self.policy).columns
        binding = Binding(attributes=bound, names={})
        self.native = compile_native(self.policy, columns, binding, standing, OPTIONS)
        self.kinds = {api: item.kind for api, item in standing.items()}
        made = (*columns, *self.native.helpers)
        self.kinds |= {f"{item.name}__c": _KINDS[item.kind] for item in made}
        computed = dict(self.native.formulas)
        computed |= {x.name: x.formula for x in self.native.helpers if x.formula is not None}
        self.rules = [(rule, parse(rule.body)) for rule in self.native.rules]
        self.formulas = {f"{name}__c": parse(text) for name, text in computed.items()}
        for name in self.native.formulas:
            is_listed = self.kinds[f"{name}__c"] == "picklist"
            self.kinds[f"{name}__c"] = "text" if is_listed else self.kinds[f"{name}__c"]

    def checked(self) -> None:
        """Raise FormulaError for a formula or rule that the platform would not take."""
        for formula in self.formulas.values():
            check(formula, self.kinds, where="field")
        for _, body in self.rules:
            check(body, self.kinds, where="rule")

    # ------------------------------------------------------------------------------ leads
    def held(self, known: Facts) -> Facts:
        """Return the facts that a lead of this org can hold."""
        return usable(self.policy, as_held(self.policy, known))

    def record(self, known: Facts) -> Record:
        """Return a lead in no state, with what a sync wrote about it."""
        outputs = reference_outputs(self.policy, known)
        stored = record_of(self._fields, known)
        for column in self.native.helpers:
            if column.formula is None and column.kind is ColumnKind.CHOICE:
                value = outputs[column.name.removeprefix(PREFIX)]
                stored[f"{column.name}__c"] = _verdict(value)
        for score in self.policy.scores:
            stored[f"{PREFIX}{score}__c"] = Decimal(cast(int, outputs[score]))
        return Record(self, stored, known)

    def scope(self, record: Record, prior: Record | None, known: Facts) -> Scope:
        """Return what a formula looks at, before or after a change."""
        return Scope(record, self.kinds, prior, known.at, cast(Any, known.timezone))

    def computed(self, known: Facts) -> dict[str, Value]:
        """Return what the org computes about a lead, by column."""
        record = self.record(known)
        return {name.removesuffix("__c"): record[name] for name in self.formulas}

    # ------------------------------------------------------------------------------- rules
    def refusing(self, lead: Record, before: str | None, after: str | None) -> list[Rule]:
        """Return the rules that refuse a move from one state to another."""
        scope = self.scope(lead.in_state(after), lead.in_state(before), lead.known)
        return [rule for rule, body in self.rules if evaluate(body, scope) is True]


def _verdict(value: PolicyValue | None) -> str:
    met, unmet, undecided = VERDICTS
    return undecided if value is None else met if value else unmet
