"""What formulas and rules stand on: the policy, its columns, and the fields of the org."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from leadpolicy.crm.connector import Column
from leadpolicy.crm.native import VERDICTS
from leadpolicy.crm.state import FieldKind as ColumnKind
from leadpolicy.expr.folding import normalise
from leadpolicy.expr.types import Kind
from leadpolicy.policy.checked import CheckedPolicy, NamedOutput, OutputKind
from leadpolicy_salesforce.binding import Binding, BoundField
from leadpolicy_salesforce.formula.compiler import Compiler, Settings
from leadpolicy_salesforce.formula.fields import Field, FieldKind, Fields
from leadpolicy_salesforce.formula.meaning import Given, Meaning, Term
from leadpolicy_salesforce.formula.sizes import RAISED_COMPILED
from leadpolicy_salesforce.formula.source import RefusedError, verdict
from leadpolicy_salesforce.formula.trees import Name
from leadpolicy_salesforce.metadata.names import problem_with
from leadpolicy_salesforce.options import Options
from leadpolicy_salesforce.rules.standard import assumed

_HOLDING: Final[Mapping[ColumnKind, FieldKind]] = {
    ColumnKind.TEXT: "text",
    ColumnKind.WHOLE: "number",
    ColumnKind.NUMBER: "number",
    ColumnKind.FLAG: "checkbox",
    ColumnKind.MOMENT: "datetime",
    ColumnKind.CHOICE: "picklist",
}
CONDITIONS: Final = frozenset({OutputKind.GATE, OutputKind.CRITERION, OutputKind.READINESS})
"""What a sync can write the verdict of, because it has a name that people know."""


@dataclass(frozen=True)
class Ground:
    """A policy beside the leads of one org; without `standing`, fields are taken as usual."""

    policy: CheckedPolicy
    columns: tuple[Column, ...]
    binding: Binding
    standing: Mapping[str, Field] | None
    options: Options

    # ------------------------------------------------------------------------------ columns
    @cached_property
    def prefix(self) -> str:
        """What the names of the policy's columns begin with."""
        names = (column.name for column in self.columns if column.owner == "policy")
        return next((name.removesuffix("state") for name in names if name.endswith("state")), "")

    def own(self, output: str) -> Column | None:
        """Return the column that the policy writes under a name of its own."""
        wanted = self.prefix + output
        return next((column for column in self.columns if column.name == wanted), None)

    def api(self, column: str) -> str:
        """Return the API name of a column."""
        return self.binding.api(column)

    def fits(self, column: Column) -> str | None:
        """Return why a column cannot be made under its name, or None."""
        return problem_with(self.binding, column)

    def taken(self, name: str) -> str | None:
        """Return why a further column cannot have a name, or None."""
        is_taken = any(column.name == name for column in self.columns)
        return f"the policy has another column `{name}`" if is_taken else None

    @cached_property
    def status(self) -> Field | None:
        """The field in which people move leads; None where the org has none of that name."""
        api = self.options.status_field
        made = {
            self.api(column.name): _made(column, self.api(column.name)) for column in self.columns
        }
        return (
            self._standing(api)
            or made.get(api)
            or (assumed(api, Kind.CHOICE) if self._is_blind else None)
        )

    @property
    def is_synced_status(self) -> bool:
        """Whether a sync writes the state into the field in which people move leads."""
        state = self.own("state")
        return state is not None and self.api(state.name) == self.options.status_field

    @property
    def _is_blind(self) -> bool:
        return self.standing is None

    # ------------------------------------------------------------------------------- fields
    @cached_property
    def fields(self) -> Fields:
        """The field of every attribute, or why it cannot be read."""
        kinds = self.policy.vocabulary.attributes
        return {name: self._field(name, type_.kind) for name, type_ in kinds.items()}

    def _field(self, name: str, kind: Kind) -> Field | str:
        bound = self.binding.attributes.get(name)
        own = next((column for column in self.columns if column.name == name), None)
        if bound is None and own is None:
            return f"no field is bound to `{name}`"
        path = self.api(name) if bound is None else bound.path
        found = self._standing(path) or (None if own is None else _made(own, path))
        if found is None and self._is_blind:
            found = assumed(path, kind)
        if found is None:
            return f"the lead has no field `{path}` that formulas can read"
        return self._labelled(found, bound)

    def _standing(self, api: str) -> Field | None:
        found = self.standing or {}
        if api in found:
            return found[api]
        return next((field for name, field in found.items() if name.lower() == api.lower()), None)

    def _labelled(self, field: Field, bound: BoundField | None) -> Field:
        missing = frozenset(_clean(self.binding.missing))
        if bound is None or not bound.codes:
            return replace(field, missing=missing)
        labels = {normalise(label) or "": code for label, code in bound.codes.items()}
        labels.pop("", None)
        return replace(field, missing=missing, labels=labels)

    # ------------------------------------------------------------------------------ helpers
    def compiler(self) -> Compiler:
        """Return what compiles outputs; synced columns stand for what no formula can compute."""
        most = min(self.options.compiled_max, RAISED_COMPILED)
        settings = Settings(self.options.user_days, most)
        return Compiler(self.policy, self.fields, settings, self.helped)

    def helped(self, output: NamedOutput, _refusal: RefusedError) -> Meaning | None:
        """Return the field that a sync writes for an output that no formula can compute."""
        if output.kind in CONDITIONS:
            column = self.verdict_column(output)
            if self.fits(column) is not None or self.taken(column.name) is not None:
                return None
            return verdict(Field(self.api(column.name), "picklist"), *VERDICTS[:2])
        own = self.own(output.name)
        if output.kind is not OutputKind.SCORE or own is None:
            return None
        name = Name(self.api(own.name))
        return Term(name, output.type.kind, own.scale, Given(name))

    def verdict_column(self, output: NamedOutput) -> Column:
        """Return the column for the verdict that a sync writes."""
        name = self.prefix + output.name
        return Column(name, ColumnKind.CHOICE, codes=VERDICTS, label=self.title(output.name))

    def title(self, name: str) -> str:
        """Return what people call a condition."""
        parts = self.policy.policy
        part = parts.criteria.get(name) or parts.readiness.get(name) or parts.gates.get(name)
        return name if part is None else part.title.text(self.options.lang)


def _made(column: Column, api: str) -> Field:
    """Return the field that a column of ours is, or will be."""
    return Field(api, _HOLDING[column.kind])


def _clean(markers: Iterable[str]) -> Iterator[str]:
    found = (normalise(marker) for marker in markers)
    return (marker for marker in found if marker is not None)
