"""One call that a sync has to make, and what becomes of it, whether it is answered or not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from leadpolicy.crm.connector import AccessError, ConnectorError, QuotaError
from leadpolicy.crm.sync.calls import Patience
from leadpolicy.crm.sync.session import Session


class Errand(Protocol):
    """One call to come. Only `call` runs beside other calls, and it touches nothing of ours."""

    @property
    def ready_at(self) -> float:
        """When the call may be made, on the monotonic clock."""

    @property
    def writes(self) -> bool:
        """Whether the call writes."""

    def prepare(self, session: Session) -> bool:
        """Get ready right before the call; False when there is nothing left to call for."""

    def call(self, session: Session) -> object:
        """Make the call once."""

    def done(self, session: Session, answer: object) -> Iterable[Errand]:
        """Keep what the CRM has answered, and return what has to follow."""

    def failed(self, session: Session, error: Exception) -> Iterable[Errand]:
        """Keep what follows from an error, and return what has to follow."""

    def give_back(self, session: Session) -> None:
        """Leave everything to the next run, since this one ends before the call."""


@dataclass(slots=True, kw_only=True)
class Waiting:
    """What every errand has: when its call may be made, and how often it was put off."""

    ready_at: float
    patience: Patience

    def put_off(self, session: Session, error: Exception) -> None:
        """Hold back after an error that passes, for another try; otherwise end the run with it."""
        passing = isinstance(error, ConnectorError) and error.retryable
        if not passing or self.patience.ends_with(error):
            session.end(error)
        else:
            session.calls.put_off(error, self.patience)


def ends_the_run(error: Exception) -> bool:
    """Tell whether an error concerns every call that could still be made."""
    return isinstance(error, AccessError | QuotaError)
