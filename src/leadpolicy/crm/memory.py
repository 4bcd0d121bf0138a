"""A CRM in memory: what a policy needs can be seen and rehearsed with nothing installed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from leadpolicy.crm.connector import (
    Capabilities,
    ColumnMissingError,
    DecisionRow,
    FeedbackRow,
    LeadRow,
    Outcome,
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
    ReasonRow,
    Table,
)

_CAPABILITIES: Final = Capabilities(
    idempotency="native_key",
    batch_max=100,
    can_create_columns=True,
    can_create_tables=True,
)


@dataclass(slots=True)
class MemoryConnector:
    """A CRM that lasts as long as the object; it keeps labels and codes like a hosted CRM.

    `leads` maps the key of a lead to its values by column name.
    """

    leads: dict[str, dict[str, object]] = field(default_factory=dict)
    target: str = "memory:"
    name: str = "memory"
    capabilities: Capabilities = _CAPABILITIES
    columns: dict[tuple[str, str], ObservedColumn] = field(default_factory=dict)
    tables: dict[str, dict[str, ObservedReason]] = field(default_factory=dict)

    def observe(self, desired: DesiredState) -> ObservedState:
        """Return the columns and tables that stand under the desired names."""
        columns = (self.columns.get((c.object, c.name)) for c in desired.columns)
        names = [table.name for table in desired.tables if table.name in self.tables]
        return ObservedState(
            tuple(column for column in columns if column is not None),
            tuple(ObservedTable(name, tuple(self.tables[name].values())) for name in names),
        )

    def apply(self, change: Change) -> None:
        """Make one change."""
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

    def read_leads(self) -> Iterator[LeadRow]:
        """Yield every lead, without signals and consents."""
        for key in sorted(self.leads):
            yield LeadRow(key, dict(self.leads[key]))

    def read_written(
        self, keys: Sequence[str], columns: Sequence[Column]
    ) -> Mapping[str, Mapping[str, object]]:
        """Return what the columns hold now, by key."""
        self._refuse_missing(columns)
        return {key: self._values(key, columns) for key in keys if key in self.leads}

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
    )


class MemoryFactory:
    """Opens an empty CRM in memory."""

    def open(
        self, url: str, binding: Mapping[str, object], options: Mapping[str, object]
    ) -> MemoryConnector:
        """Return an empty CRM; the binding and the options say nothing to it."""
        return replace(MemoryConnector(), target=url)
