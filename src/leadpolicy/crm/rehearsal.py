"""A rehearsal: a CRM that is read as it is and in which nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from leadpolicy.crm.connector import (
    Capabilities,
    Connector,
    ConsentRow,
    DecisionRow,
    FeedbackRow,
    LeadRow,
    Native,
    Outcome,
    Page,
    Quota,
    Standing,
    Status,
    Stream,
)
from leadpolicy.crm.state import Change, Column, DesiredState, ObservedState
from leadpolicy.policy.checked import CheckedPolicy


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
    def version(self) -> str:
        """The version of the connector."""
        return self._connector.version

    @property
    def actor(self) -> str:
        """Who the CRM takes us for."""
        return self._connector.actor

    def native(self, policy: CheckedPolicy, columns: Sequence[Column]) -> Native:
        """Return what the CRM can do itself."""
        return self._connector.native(policy, columns)

    def adapt(self, policy: CheckedPolicy, desired: DesiredState) -> DesiredState:
        """Return what this CRM needs beside the desired state."""
        return self._connector.adapt(policy, desired)

    def denied(self, changes: Sequence[Change]) -> Mapping[str, str]:
        """Return what the login may not change."""
        return self._connector.denied(changes)

    def results(self, ticket: str) -> list[Outcome] | None:
        """Return the outcomes of a job."""
        return self._connector.results(ticket)

    def expect(self, cursors: Mapping[Stream, str | None]) -> None:
        """Tell the connector which streams will be pulled."""
        self._connector.expect(cursors)

    def pull(self, stream: Stream, cursor: str | None, limit: int) -> Page:
        """Return some events behind a cursor."""
        return self._connector.pull(stream, cursor, limit)

    def write_consents(self, rows: Sequence[ConsentRow]) -> list[Outcome]:
        """Answer for every row as if the CRM had been told."""
        return [Outcome(row.key, Status.WRITTEN) for row in rows]

    def quota(self) -> Quota | None:
        """Return the calls that are left."""
        return self._connector.quota()

    @property
    def capabilities(self) -> Capabilities:
        """What the connector can do."""
        return self._connector.capabilities

    def observe(self, desired: DesiredState) -> ObservedState:
        """Return what stands of the desired parts."""
        return self._connector.observe(desired)

    def apply(self, change: Change) -> None:
        """Change nothing."""

    def apply_together(self, changes: Sequence[Change]) -> None:
        """Change nothing."""

    def read_leads(
        self, columns: Sequence[Column] = (), keys: Sequence[str] | None = None
    ) -> Iterator[LeadRow]:
        """Yield leads."""
        return self._connector.read_leads(columns, keys)

    def lookup(self, keys: Sequence[str], columns: Sequence[Column]) -> Mapping[str, Standing]:
        """Return what stands of some leads."""
        return self._connector.lookup(keys, columns)

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        """Answer for every row as if it had been written."""
        return [Outcome(row.key, Status.WRITTEN) for row in rows]

    def read_feedback(self, columns: Sequence[Column]) -> Iterator[FeedbackRow]:
        """Yield every lead in which sales has filled at least one of the columns."""
        return self._connector.read_feedback(columns)

    def close(self) -> None:
        """Let go of the CRM."""
        self._connector.close()
