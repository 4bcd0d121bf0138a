"""A CRM in memory: what a policy needs can be seen and rehearsed with nothing installed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from leadpolicy.crm.connector import (
    BaseConnector,
    Capabilities,
    ColumnMissingError,
    DecisionRow,
    FeedbackRow,
    LeadRow,
    Outcome,
    PartKind,
    Standing,
    Status,
    TableMissingError,
)
from leadpolicy.crm.state import (
    Action,
    Change,
    Column,
    DesiredState,
    ObservedColumn,
    ObservedReason,
    ObservedState,
    ObservedTable,
    Part,
    Permission,
    ReasonRow,
    Rule,
    Table,
    address,
)

_PARTS: Final = frozenset(PartKind)
_CAPABILITIES: Final = Capabilities(
    idempotency="native_key",
    batch_max=100,
    creates=_PARTS,
    changes=_PARTS,
    destroys=_PARTS,
)


@dataclass(slots=True)
class MemoryConnector(BaseConnector):
    """A CRM that lasts as long as the object; it keeps labels and codes like a hosted CRM.

    `leads` maps the key of a lead to its values by column name. Rules and rights are kept and
    given back, and bind nobody.
    """

    leads: dict[str, dict[str, object]] = field(default_factory=dict)
    target: str = "memory:"
    name: str = "memory"
    capabilities: Capabilities = _CAPABILITIES
    columns: dict[tuple[str, str], ObservedColumn] = field(default_factory=dict)
    tables: dict[str, dict[str, ObservedReason]] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)
    permissions: dict[str, Permission] = field(default_factory=dict)

    def observe(self, desired: DesiredState) -> ObservedState:
        """Return what stands under the desired names."""
        columns = (self.columns.get((c.object, c.name)) for c in desired.columns)
        names = [table.name for table in desired.tables if table.name in self.tables]
        rules = (self.rules.get(address(rule)) for rule in desired.rules)
        rights = (self.permissions.get(address(right)) for right in desired.permissions)
        return ObservedState(
            tuple(column for column in columns if column is not None),
            tuple(ObservedTable(name, tuple(self.tables[name].values())) for name in names),
            tuple(rule for rule in rules if rule is not None),
            tuple(right for right in rights if right is not None),
        )

    def apply(self, change: Change) -> None:
        """Make one change."""
        if change.action is Action.DESTROY:
            self._destroy(change.part)
            return
        match change.part:
            case Column() as column:
                self.columns[column.object, column.name] = _observed(column)
            case Table(name):
                self.tables.setdefault(name, {})
            case ReasonRow(name, reason):
                if name not in self.tables:
                    raise TableMissingError(f"there is no table `{name}`")
                active = change.action is not Action.DEACTIVATE
                self.tables[name][reason.code] = ObservedReason(reason, active)
            case Rule() as rule:
                self.rules[address(rule)] = rule
            case Permission() as permission:
                self.permissions[address(permission)] = permission

    def _destroy(self, part: Part) -> None:
        match part:
            case Column():
                self.columns.pop((part.object, part.name), None)
                for values in self.leads.values():
                    values.pop(part.name, None)
            case Table(name):
                self.tables.pop(name, None)
            case ReasonRow(name, reason):
                self.tables.get(name, {}).pop(reason.code, None)
            case Rule():
                self.rules.pop(address(part), None)
            case Permission():
                self.permissions.pop(address(part), None)

    def read_leads(
        self, columns: Sequence[Column] = (), keys: Sequence[str] | None = None
    ) -> Iterator[LeadRow]:
        """Yield leads without signals and consents."""
        for key in sorted(self.leads if keys is None else {*keys} & {*self.leads}):
            yield LeadRow(key, dict(self.leads[key]), held=self._values(key, columns))

    def lookup(self, keys: Sequence[str], columns: Sequence[Column]) -> Mapping[str, Standing]:
        """Return what the columns hold now, by key."""
        self._refuse_missing(columns)
        return {key: Standing(self._values(key, columns)) for key in keys if key in self.leads}

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        """Write the rows whose leads are known."""
        self._refuse_missing(columns)
        return [self._write(row) for row in rows]

    def _write(self, row: DecisionRow) -> Outcome:
        if row.key not in self.leads:
            return Outcome.failed(row.key, "unknown_lead", "the CRM has no such lead")
        self.leads[row.key].update(row.values)
        return Outcome(row.key, Status.WRITTEN)

    def read_feedback(self, columns: Sequence[Column]) -> Iterator[FeedbackRow]:
        """Yield the leads in which at least one of the columns is filled."""
        self._refuse_missing(columns)
        for key in sorted(self.leads):
            values = self._values(key, columns)
            if any(value is not None for value in values.values()):
                yield FeedbackRow(key, values)

    def _values(self, key: str, columns: Sequence[Column]) -> dict[str, object]:
        return {column.name: self.leads[key].get(column.name) for column in columns}

    def _refuse_missing(self, columns: Sequence[Column]) -> None:
        for column in columns:
            if (column.object, column.name) not in self.columns:
                raise ColumnMissingError(f"there is no column `{column.name}`")

    def close(self) -> None:
        """Do nothing; the CRM lasts as long as the object."""


def _observed(column: Column) -> ObservedColumn:
    return ObservedColumn(
        column.name,
        holds=frozenset({column.kind}),
        type_name=column.kind.value,
        object=column.object,
        scale=column.scale,
        length=column.length,
        codes=column.codes,
        label=column.label,
        description=column.description,
        formula=column.formula,
    )


class MemoryFactory:
    """Opens an empty CRM in memory."""

    capabilities: Final = _CAPABILITIES

    def open(
        self, url: str, binding: Mapping[str, object], options: Mapping[str, object]
    ) -> MemoryConnector:
        """Return an empty CRM; the binding and the options say nothing to it."""
        return replace(MemoryConnector(), target=url)
