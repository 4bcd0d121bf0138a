"""A rehearsal: a CRM that is read as it is and in which nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from leadpolicy.crm.connector import (
    Capabilities,
    Connector,
    DecisionRow,
    FeedbackRow,
    LeadRow,
    Outcome,
    Status,
)
from leadpolicy.crm.state import Change, Column, DesiredState, ObservedState


class Rehearsal:
    """Stands in front of a connector: reads go through, writes are answered and not made."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector

    @property
    def name(self) -> str:
        """The connector's name."""
        return self._connector.name

    @property
    def target(self) -> str:
        """The address of the CRM."""
        return self._connector.target

    @property
    def capabilities(self) -> Capabilities:
        """What the connector can do."""
        return self._connector.capabilities

    def observe(self, desired: DesiredState) -> ObservedState:
        """Return what stands of the desired parts."""
        return self._connector.observe(desired)

    def apply(self, change: Change) -> None:
        """Change nothing."""

    def read_leads(self) -> Iterator[LeadRow]:
        """Yield every lead."""
        return self._connector.read_leads()

    def read_written(
        self, keys: Sequence[str], columns: Sequence[Column]
    ) -> Mapping[str, Mapping[str, object]]:
        """Return what the columns hold now, by key."""
        return self._connector.read_written(keys, columns)

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        """Answer for every row as if it had been written."""
        return [Outcome(row.key, Status.WRITTEN) for row in rows]

    def read_feedback(self, columns: Sequence[Column]) -> Iterator[FeedbackRow]:
        """Yield every lead in which sales has filled at least one of the columns."""
        return self._connector.read_feedback(columns)

    def close(self) -> None:
        """Let go of the CRM."""
        self._connector.close()
