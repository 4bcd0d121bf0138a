"""The border to a CRM: what a connector does, what it can, and how it says no.

A connector sends one batch once. It never retries, sleeps or decides what to send; planning,
comparing and splitting batches belong to the core.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal, Protocol, TypeAlias

from leadpolicy.crm.state import Change, Column, DesiredState, ObservedState, Value

Idempotency: TypeAlias = Literal["native_key", "unique_upsert", "verify_read", "none"]


class CrmError(Exception):
    """Work with a CRM cannot go on; `hint` says what to do about it."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        self.message = message
        self.hint = hint
        super().__init__(message if hint is None else f"{message}; {hint}")


class ConnectorError(CrmError):
    """The CRM or its connector refused; `retryable` tells whether the same call may work later."""

    retryable: ClassVar[bool] = False


class AddressError(ConnectorError):
    """Nothing that can be used stands at the address."""


class AccessError(ConnectorError):
    """The login is refused, or it may not do this."""


class BindingError(ConnectorError):
    """The binding does not say what the connector has to know."""


class TableMissingError(ConnectorError):
    """The CRM has no table of this name."""


class ColumnMissingError(ConnectorError):
    """A table lacks a column."""


class ColumnMismatchError(ConnectorError):
    """A column of the same name holds another type."""


class BatchRefusedError(ConnectorError):
    """The CRM refused a batch because of its data, and kept nothing of it."""


class BusyError(ConnectorError):
    """The CRM is locked, overloaded or cannot be reached just now."""

    retryable = True


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a connector can do, as data.

    `idempotency` says how a write sent twice is kept from counting twice, and `batch_max` is the
    largest number of rows in one call.
    """

    idempotency: Idempotency = "none"
    batch_max: int = 100
    can_create_columns: bool = False
    can_create_tables: bool = False


@dataclass(frozen=True, slots=True)
class LeadRow:
    """A lead as the CRM holds it: raw values by column name, with its signals and consents."""

    key: str
    values: Mapping[str, object]
    signals: tuple[Mapping[str, object], ...] = ()
    consents: tuple[Mapping[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """The values of one decided lead, one for each column that the policy writes."""

    key: str
    values: Mapping[str, Value]


class Status(StrEnum):
    """What became of one row of a batch."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row, with a code and a sentence when it failed."""

    key: str
    status: Status
    code: str = ""
    message: str = ""

    @classmethod
    def failed(cls, key: str, code: str, message: str) -> Outcome:
        """Return the outcome of a row that was not written."""
        return cls(key, Status.FAILED, code, message)


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """What sales wrote for one lead, raw and by column name."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """A digest that differs when, and only when, the feedback differs."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """Return the values as canonical JSON: moments as ISO 8601 text, decimals as text."""
        return json.dumps(dict(self.values), sort_keys=True, default=_as_text)


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


class Connector(Protocol):
    """One CRM, opened.

    Every method raises a `ConnectorError` when the CRM refuses or cannot be reached. Columns are
    named as the policy names them; a connector that maps them onto others does so inside.
    """

    @property
    def name(self) -> str:
        """The connector's name, as it is registered."""

    @property
    def target(self) -> str:
        """The address of the CRM, without any secret; feedback is remembered by it."""

    @property
    def capabilities(self) -> Capabilities:
        """What this connector can do here."""

    def observe(self, desired: DesiredState) -> ObservedState:
        """Return what stands of the desired parts; parts that are not there are left out."""

    def apply(self, change: Change) -> None:
        """Make one change; making it again changes nothing."""

    def read_leads(self) -> Iterator[LeadRow]:
        """Yield every lead in order of key, read in batches with its signals and consents."""

    def read_written(
        self, keys: Sequence[str], columns: Sequence[Column]
    ) -> Mapping[str, Mapping[str, object]]:
        """Return what the columns hold now by key; keys that the CRM lacks are left out."""

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        """Send one batch once and return one outcome a key.

        Values are normalised already. Raises `BatchRefusedError` when the data of the batch was
        refused and nothing of it was kept.
        """

    def read_feedback(self, columns: Sequence[Column]) -> Iterator[FeedbackRow]:
        """Yield every lead in which sales has filled at least one of the columns."""

    def close(self) -> None:
        """Let go of the CRM; closing twice is harmless."""
