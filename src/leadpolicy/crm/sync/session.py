"""What the steps of one sync share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from leadpolicy.crm.connector import Connector, ConnectorError
from leadpolicy.crm.points import Point
from leadpolicy.crm.state import Column, DesiredState
from leadpolicy.crm.store.contract import FencedError, Lock, Settled, Store, Verdict
from leadpolicy.crm.sync.calls import Calls
from leadpolicy.crm.sync.limits import wait_seconds
from leadpolicy.crm.sync.report import SyncReport, Tally
from leadpolicy.crm.sync.settings import Settings

_LOST_IN_A_ROW: Final = 6


@dataclass(slots=True)
class Session:
    """One sync under its lock; `at` is the instant of the decisions, `columns` are written.

    `answered` counts writes that were answered or found to stand, `lost` those in a row that were
    not answered, the last of them with the error `silence`. `dry` says that nothing could be
    claimed and nothing was given back since. `ending` is the error that the run is to end with.
    """

    connector: Connector
    desired: DesiredState
    store: Store
    lock: Lock
    at: datetime
    settings: Settings
    calls: Calls
    columns: tuple[Column, ...] = field(init=False)
    tally: Tally = field(default_factory=Tally)
    answered: int = 0
    lost: int = 0
    silence: Exception | None = None
    dry: bool = False
    ending: ConnectorError | None = None

    def __post_init__(self) -> None:
        self.columns = self.desired.written

    @property
    def target(self) -> str:
        """The address of the CRM."""
        return self.lock.target

    def refuse_taken_over(self) -> None:
        """Raise `FencedError` when somebody else has taken over, so that nothing more is sent."""
        standing = self.store.held(self.target, self.lock.work)
        if standing is None or standing.fence != self.lock.fence:
            raise FencedError(
                f"the {self.lock.work} lock on `{self.target}` was taken over meanwhile",
                "this run sends nothing more; whoever took over goes on with what is left",
            )

    def now(self) -> datetime:
        """Return what time it is, by the wall clock."""
        return self.settings.clock.now()

    def monotonic(self) -> float:
        """Return seconds for measuring how long something takes."""
        return self.settings.clock.monotonic()

    def later(self, attempts: int) -> datetime:
        """Return when a row is sent again after the nth refusal for a passing reason."""
        seconds = wait_seconds(None, attempts, self.settings.chance)
        return self.now() + timedelta(seconds=seconds)

    def settle(self, intent: str, settled: Sequence[Settled]) -> None:
        """Keep what became of messages."""
        if settled:
            self.store.settle(self.lock, intent, settled, self.now())
            self.dry = self.dry and all(one.verdict is not Verdict.AGAIN for one in settled)
            self.settings.probe(Point.SETTLED)

    def hear(self) -> None:
        """Note that a write took effect or was answered."""
        self.answered += 1
        self.lost = 0

    def miss(self, error: Exception) -> None:
        """Note that a write was not answered; when that is all that happens, end the run."""
        self.lost += 1
        self.silence = error
        able = self.connector.capabilities
        if self.lost > able.max_concurrency + max(_LOST_IN_A_ROW, able.batch_max.bit_length() + 1):
            self.end(error)

    def end(self, error: Exception) -> None:
        """Let the run end with an error once the calls that are out have been answered."""
        if self.ending is None:
            self.ending = error if isinstance(error, ConnectorError) else _wrapped(error, self)

    def report(self) -> SyncReport:
        """Return what was done so far and what is left."""
        backlog = self.store.backlog(self.target, self.now())
        return self.tally.report(backlog, reads=self.calls.reads, writes=self.calls.writes)


def _wrapped(error: Exception, session: Session) -> ConnectorError:
    name, kind = session.connector.name, type(error).__name__
    wrapped = ConnectorError(
        f"the connector `{name}` broke down: {kind}", "report it to its author"
    )
    wrapped.__cause__ = error
    return wrapped
