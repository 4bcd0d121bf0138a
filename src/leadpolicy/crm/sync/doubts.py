"""Messages of which nobody knows whether they arrived are looked up before anything else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from leadpolicy.crm.connector import UnsupportedError
from leadpolicy.crm.rows import Outcome, Presence, Standing, Status
from leadpolicy.crm.store.contract import Claimed, Settled, Verdict
from leadpolicy.crm.sync.calls import Patience
from leadpolicy.crm.sync.errands import Errand, Waiting
from leadpolicy.crm.sync.payload import differs, values_of
from leadpolicy.crm.sync.session import Session
from leadpolicy.crm.sync.telemetry import span
from leadpolicy.crm.sync.verdicts import UNKNOWN_LEAD, arrived, dead, gone


@dataclass(slots=True, kw_only=True)
class Lookup(Waiting):
    """Looks up messages in doubt, once their effect cannot come any later.

    `sent` counts the messages that were sent in the same call; 0 says that an earlier run did.
    """

    intent: str
    rows: Sequence[Claimed]
    refusals: Mapping[int, Outcome] = field(default_factory=dict)
    sent: int = 0
    writes: bool = False

    def prepare(self, session: Session) -> bool:
        """Need nothing."""
        return True

    def call(self, session: Session) -> object:
        """Ask what stands."""
        keys = [row.key for row in self.rows]
        with span("leadpolicy.crm.lookup", session.target, rows=len(keys)):
            return session.connector.lookup(keys, session.columns)

    def done(self, session: Session, answer: object) -> Iterable[Errand]:
        """Keep the verdict on each message."""
        if not isinstance(answer, Mapping):
            raise TypeError("`lookup` returns what stands by key")
        session.settle(self.intent, [self._verdict(session, row, answer) for row in self.rows])
        return ()

    def failed(self, session: Session, error: Exception) -> Iterable[Errand]:
        """Try again; where the CRM cannot tell at all, the messages are sent again."""
        if isinstance(error, UnsupportedError):
            return self.done(session, {})
        self.put_off(session, error)
        return (self,)

    def give_back(self, session: Session) -> None:
        """Leave the messages in doubt."""

    def _verdict(
        self, session: Session, row: Claimed, standings: Mapping[str, Standing]
    ) -> Settled:
        standing = standings.get(row.key)
        if standing is not None and standing.presence is not Presence.PRESENT:
            return gone(session, row)
        if standing is not None and _stands(session, row, standing):
            session.hear()
            session.tally.add(verified=1)
            return arrived(session, row)
        refusal = self.refusals.get(row.seq)
        if refusal is not None and refusal.code == UNKNOWN_LEAD:
            session.tally.fail(refusal)
            return Settled(row.seq, Verdict.GONE)
        return self._again(session, row) if refusal is None else dead(session, row, refusal)

    def _again(self, session: Session, row: Claimed) -> Settled:
        """Send it again; that counts against it only if the CRM answers for others.

        One that was sent alone and lost more than once lets others go first.
        """
        counted = self.sent > 0 and session.answered > 0
        if counted and row.attempts + 1 >= session.settings.max_attempts:
            return dead(session, row, Outcome(row.key, Status.FAILED, "no_answer", _NO_ANSWER))
        steps_back = self.sent == 1 and (row.attempts > 0 or session.lost > 1)
        next_at = session.later(row.attempts + 1) if steps_back else None
        return Settled(row.seq, Verdict.AGAIN, next_at=next_at, counted=counted)


_NO_ANSWER = "the CRM never answers for this lead, and the decision does not stand there"


def _stands(session: Session, row: Claimed, standing: Standing) -> bool:
    try:
        values = values_of(row.payload, session.columns)
    except ValueError:
        return False
    return not differs(values, standing.values, session.columns)


def lookups(
    session: Session,
    intent: str,
    rows: Sequence[Claimed],
    *,
    wait: bool = True,
    refusals: Mapping[int, Outcome] | None = None,
    sent: int = 0,
) -> Iterator[Lookup]:
    """Yield what looks up messages, after the time in which their effect may still appear.

    The time is measured on the monotonic clock from now on: what the wall clock says about an
    earlier run proves nothing, for it may have jumped.
    """
    able = session.connector.capabilities
    ready_at = session.monotonic() + (able.late_effect_seconds if wait else 0.0)
    for start in range(0, len(rows), able.batch_max):
        yield Lookup(
            ready_at=ready_at,
            patience=Patience(session.settings.patience),
            intent=intent,
            rows=rows[start : start + able.batch_max],
            refusals=refusals or {},
            sent=sent,
        )


def doubt(
    session: Session, intent: str, rows: Sequence[Claimed], sent: int = 0
) -> Iterator[Lookup]:
    """Keep that messages are in doubt, and yield what looks them up."""
    fresh = [row for row in rows if not row.doubted]
    session.settle(intent, [Settled(row.seq, Verdict.DOUBTED) for row in fresh])
    yield from lookups(session, intent, rows, sent=sent)
