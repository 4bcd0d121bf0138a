"""How a CRM says no, in classes that say what may be done next.

Three questions decide what the core does with an error: whether anything may have happened
(`in_doubt`), whether the same call may work later (`retryable`), and when (`retry_after`).
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar


class CrmError(Exception):
    """Work with a CRM cannot go on; `hint` says what to do about it."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        self.message = message
        self.hint = hint
        super().__init__(message if hint is None else f"{message}; {hint}")


class ConnectorError(CrmError):
    """The CRM or its connector refused.

    `retryable` tells whether the same call may work later. With `in_doubt` nobody knows whether
    the call took effect, so that a write must be looked up before it is sent again.
    """

    retryable: ClassVar[bool] = False
    in_doubt: ClassVar[bool] = False


class AddressError(ConnectorError):
    """Nothing that can be used stands at the address."""


class AccessError(ConnectorError):
    """The login is refused or has ended, or it may not do this; no record is to blame."""


class BindingError(ConnectorError):
    """The binding does not say what the connector has to know."""


class TableMissingError(ConnectorError):
    """The CRM has no table of this name."""


class ColumnMissingError(ConnectorError):
    """A table lacks a column."""


class ColumnMismatchError(ConnectorError):
    """A column of the same name holds another type."""


class UnsupportedError(ConnectorError):
    """The connector cannot do this, as its capabilities say."""


class CursorExpiredError(ConnectorError):
    """The CRM no longer knows a cursor; the stream has to be read from its beginning."""


class BatchRefusedError(ConnectorError):
    """The CRM refused a batch because of its data, and kept nothing of it."""


class QuotaError(ConnectorError):
    """What may be called in a day or month is used up; nothing happened.

    `resets_at` is the instant (UTC) at which calls are possible again, or None when not told.
    """

    def __init__(
        self, message: str, hint: str | None = None, *, resets_at: datetime | None = None
    ) -> None:
        self.resets_at = resets_at
        super().__init__(message, hint)


class BusyError(ConnectorError):
    """The CRM cannot do this now, and nothing happened: locked, overloaded, not reached.

    `retry_after` counts the seconds that the CRM asks to wait; None when it does not say.
    """

    retryable = True

    def __init__(
        self, message: str, hint: str | None = None, *, retry_after: float | None = None
    ) -> None:
        self.retry_after = retry_after
        super().__init__(message, hint)


class ThrottledError(BusyError):
    """Too many calls in a short time; every call waits, and no record is to blame."""


class MaintenanceError(BusyError):
    """The CRM is in maintenance."""


class AnswerLostError(ConnectorError):
    """A call was sent and its answer is missing, cut or unreadable; it may have taken effect."""

    retryable = True
    in_doubt = True
