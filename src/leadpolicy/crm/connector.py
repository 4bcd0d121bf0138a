"""The border to a CRM: what a connector does. Everything that its author needs is named here.

A connector sends one batch once. It never retries, sleeps or decides what to send; planning,
comparing, splitting batches, waiting and sending again belong to the core. `BaseConnector` refuses
what a connector leaves out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from leadpolicy.crm.capabilities import (
    Atomicity,
    Capabilities,
    Concurrency,
    Deletions,
    Idempotency,
    PartKind,
    RateWindow,
    Stream,
)
from leadpolicy.crm.errors import (
    AccessError,
    AddressError,
    AnswerLostError,
    BatchRefusedError,
    BindingError,
    BusyError,
    ColumnMismatchError,
    ColumnMissingError,
    ConnectorError,
    CrmError,
    CursorExpiredError,
    MaintenanceError,
    QuotaError,
    TableMissingError,
    ThrottledError,
    UnsupportedError,
)
from leadpolicy.crm.native import Native, Refusal
from leadpolicy.crm.rows import (
    ConsentRow,
    DecisionRow,
    Event,
    EventKind,
    FeedbackRow,
    LeadRow,
    Outcome,
    Page,
    Presence,
    Quota,
    Standing,
    Status,
)
from leadpolicy.crm.state import Change, Column, DesiredState, ObservedState

if TYPE_CHECKING:
    from leadpolicy.policy.checked import CheckedPolicy

__all__ = [
    "AccessError",
    "AddressError",
    "AnswerLostError",
    "Atomicity",
    "BaseConnector",
    "BatchRefusedError",
    "BindingError",
    "BusyError",
    "Capabilities",
    "Change",
    "Column",
    "ColumnMismatchError",
    "ColumnMissingError",
    "Concurrency",
    "Connector",
    "ConnectorError",
    "ConsentRow",
    "CrmError",
    "CursorExpiredError",
    "DecisionRow",
    "Deletions",
    "DesiredState",
    "Event",
    "EventKind",
    "FeedbackRow",
    "Idempotency",
    "LeadRow",
    "MaintenanceError",
    "Native",
    "ObservedState",
    "Outcome",
    "Page",
    "PartKind",
    "Presence",
    "Quota",
    "QuotaError",
    "RateWindow",
    "Refusal",
    "Standing",
    "Status",
    "Stream",
    "TableMissingError",
    "ThrottledError",
    "UnsupportedError",
]


class Connector(Protocol):
    """One CRM, opened.

    Every method raises a `ConnectorError` when the CRM refuses or cannot be reached, of the class
    that says whether anything may have happened. Columns are named as the policy names them; a
    connector that maps them onto others does so inside. Nothing secret is in any message, name or
    repr.
    """

    @property
    def name(self) -> str:
        """The connector's name, as it is registered."""

    @property
    def version(self) -> str:
        """The version of the connector's distribution; a plan of another version is stale."""

    @property
    def target(self) -> str:
        """The address of the CRM, without any secret; what is remembered is kept under it."""

    @property
    def actor(self) -> str:
        """Who the CRM takes us for, so that our own echoes can be told; empty when unknown."""

    @property
    def capabilities(self) -> Capabilities:
        """What this connector can do here."""

    def native(self, policy: CheckedPolicy, columns: Sequence[Column]) -> Native:
        """Return what the CRM can enforce or compute itself, and what it cannot, with reasons.

        `columns` are those that the policy needs; a rule may refer to them.
        """

    def adapt(self, policy: CheckedPolicy, desired: DesiredState) -> DesiredState:
        """Return the desired state with what this CRM needs beside it, such as a key."""

    def observe(self, desired: DesiredState) -> ObservedState:
        """Return what stands of the desired parts; parts that are not there are left out."""

    def denied(self, changes: Sequence[Change]) -> Mapping[str, str]:
        """Return by address of part why the login may not make a change; nothing is written."""

    def apply(self, change: Change) -> None:
        """Make one change; making it again changes nothing."""

    def apply_together(self, changes: Sequence[Change]) -> None:
        """Make all changes or none, where `capabilities.together`; again is harmless."""

    def read_leads(
        self, columns: Sequence[Column] = (), keys: Sequence[str] | None = None
    ) -> Iterator[LeadRow]:
        """Yield leads in order of key, in batches, with signals, consents and the held columns.

        Without `keys` every lead is read; with them, those that the CRM has.
        """

    def lookup(self, keys: Sequence[str], columns: Sequence[Column]) -> Mapping[str, Standing]:
        """Return what stands of at most `batch_max` leads; keys never seen are left out."""

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        """Send one batch once and return one outcome a key, in any order.

        Values are normalised already. None clears a column; a column that is not named is left
        as it is. An empty batch makes no call. Raises `BatchRefusedError` when the data of the
        batch was refused and nothing of it was kept, `BusyError` when nothing was sent or done,
        and `AnswerLostError` when the batch may have taken effect.
        """

    def results(self, ticket: str) -> list[Outcome] | None:
        """Return the outcomes of a job whose rows were accepted, or None while it runs."""

    def read_feedback(self, columns: Sequence[Column]) -> Iterator[FeedbackRow]:
        """Yield every lead in which sales has filled at least one of the columns."""

    def expect(self, cursors: Mapping[Stream, str | None]) -> None:
        """Hear which streams will be pulled next, and from where, so that one call can ask for all.

        A connector may do nothing; it never raises, for the pulls themselves will.
        """

    def pull(self, stream: Stream, cursor: str | None, limit: int) -> Page:
        """Return some events behind a cursor, oldest first; None reads from the beginning.

        Raises `CursorExpiredError` when the CRM no longer knows the cursor. Nothing that changes
        while pages are read is skipped.
        """

    def write_consents(self, rows: Sequence[ConsentRow]) -> list[Outcome]:
        """Tell the CRM about consents and withdrawals; one outcome a key."""

    def quota(self) -> Quota | None:
        """Return the calls that are left today; None when the CRM does not tell."""

    def close(self) -> None:
        """Let go of the CRM; closing twice is harmless."""


class BaseConnector:
    """What a connector may leave out: its methods say that nothing is there, or refuse."""

    name: str = "unnamed"
    version: str = "0"
    actor: str = ""

    def native(self, policy: CheckedPolicy, columns: Sequence[Column]) -> Native:
        """Return that the CRM computes and enforces nothing itself."""
        return Native()

    def adapt(self, policy: CheckedPolicy, desired: DesiredState) -> DesiredState:
        """Return the desired state as it is."""
        return desired

    def denied(self, changes: Sequence[Change]) -> Mapping[str, str]:
        """Return no objection."""
        return {}

    def apply_together(self, changes: Sequence[Change]) -> None:
        """Refuse: changes are made one by one."""
        raise self._unsupported(f"{len(changes)} changes in one step")

    def results(self, ticket: str) -> list[Outcome] | None:
        """Refuse: no row is ever accepted for later."""
        raise self._unsupported(f"jobs such as `{ticket:.40}`")

    def expect(self, cursors: Mapping[Stream, str | None]) -> None:
        """Do nothing: every stream is asked for by itself."""

    def pull(self, stream: Stream, cursor: str | None, limit: int) -> Page:
        """Refuse: no stream is served."""
        raise self._unsupported(f"the stream `{stream.value}`")

    def write_consents(self, rows: Sequence[ConsentRow]) -> list[Outcome]:
        """Refuse: the CRM is not told about consents."""
        raise self._unsupported(f"{len(rows)} consents")

    def quota(self) -> Quota | None:
        """Return None: the CRM does not tell."""
        return None

    def close(self) -> None:
        """Do nothing."""

    def _unsupported(self, what: str) -> UnsupportedError:
        return UnsupportedError(f"the connector `{self.name}` does not take {what}")
