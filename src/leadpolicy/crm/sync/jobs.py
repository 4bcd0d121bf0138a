"""Messages that a CRM has accepted into a job are asked for until the job is done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from leadpolicy.crm.connector import ConnectorError
from leadpolicy.crm.store.contract import Claimed, Settled, Verdict
from leadpolicy.crm.sync.calls import Patience
from leadpolicy.crm.sync.doubts import doubt, lookups
from leadpolicy.crm.sync.errands import Errand, Waiting, ends_the_run
from leadpolicy.crm.sync.session import Session
from leadpolicy.crm.sync.telemetry import span
from leadpolicy.crm.sync.verdicts import Sorted, sort_out

_FIRST_SECONDS: Final = 0.1
_LONGEST_SECONDS: Final = 30.0


@dataclass(slots=True, kw_only=True)
class Poll(Waiting):
    """Asks for the outcomes of a job, ever more rarely."""

    intent: str
    ticket: str
    rows: Sequence[Claimed]
    until: float
    interval: float = _FIRST_SECONDS
    writes: bool = False

    def prepare(self, session: Session) -> bool:
        """Need nothing."""
        return True

    def call(self, session: Session) -> object:
        """Ask once."""
        with span("leadpolicy.crm.results", session.target, rows=len(self.rows)):
            return session.connector.results(self.ticket)

    def done(self, session: Session, answer: object) -> Iterable[Errand]:
        """Keep the outcomes, or ask again later, or leave it to the next run."""
        if isinstance(answer, list):
            session.hear()
            found = sort_out(session, self.rows, answer)
            for rows in found.accepted.values():
                found.doubtful.extend(rows)
            return tuple(keep(session, self.intent, found))
        self.interval = min(self.interval * 2, _LONGEST_SECONDS)
        self.ready_at = session.monotonic() + self.interval
        return (self,) if self.ready_at < self.until else ()

    def failed(self, session: Session, error: Exception) -> Iterable[Errand]:
        """Try again; where the CRM does not know the job, its messages are in doubt."""
        lost = isinstance(error, ConnectorError) and not error.retryable
        if lost and not ends_the_run(error):
            return tuple(doubt(session, self.intent, self.rows))
        self.put_off(session, error)
        return (self,)

    def give_back(self, session: Session) -> None:
        """Leave the job to the next run."""


def poll(session: Session, intent: str, ticket: str, rows: Sequence[Claimed]) -> Poll:
    """Return what asks for a job."""
    now = session.monotonic()
    return Poll(
        ready_at=now + _FIRST_SECONDS,
        patience=Patience(session.settings.patience),
        intent=intent,
        ticket=ticket,
        rows=rows,
        until=now + session.settings.job_seconds,
    )


def keep(session: Session, intent: str, found: Sorted, sent: int = 0) -> Iterator[Errand]:
    """Keep what an answer means for messages, all in one go, and yield what has to follow."""
    fresh = [row for row in found.doubtful if row.seq not in found.refusals]
    refused = [row for row in found.doubtful if row.seq in found.refusals]
    accepted = [
        Settled(row.seq, Verdict.ACCEPTED, ticket=ticket)
        for ticket, rows in found.accepted.items()
        for row in rows
    ]
    doubted = [Settled(row.seq, Verdict.DOUBTED) for row in found.doubtful]
    session.settle(intent, [*found.settled, *accepted, *doubted])
    yield from lookups(session, intent, fresh, sent=sent)
    yield from lookups(session, intent, refused, wait=False, refusals=found.refusals)
    for ticket, rows in found.accepted.items():
        yield poll(session, intent, ticket, rows)
