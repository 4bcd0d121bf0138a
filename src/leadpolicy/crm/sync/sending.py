"""One batch is sent once; what the CRM says decides what becomes of each message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from leadpolicy.crm.connector import BatchRefusedError, ConnectorError
from leadpolicy.crm.rows import DecisionRow, Outcome, Status
from leadpolicy.crm.state import Column, Value
from leadpolicy.crm.store.contract import Batch, Claimed, Settled, Verdict
from leadpolicy.crm.sync.calls import Patience
from leadpolicy.crm.sync.doubts import doubt
from leadpolicy.crm.sync.errands import Errand, Waiting
from leadpolicy.crm.sync.jobs import keep
from leadpolicy.crm.sync.payload import values_of
from leadpolicy.crm.sync.session import Session
from leadpolicy.crm.sync.telemetry import span
from leadpolicy.crm.sync.verdicts import dead, sort_out


@dataclass(slots=True, kw_only=True)
class Send(Waiting):
    """Sends some messages of one intent in one call."""

    intent: str
    rows: list[Claimed]
    values: Mapping[int, Mapping[str, Value]]
    columns: Sequence[Column]
    writes: bool = True

    def prepare(self, session: Session) -> bool:
        """Ask once more whether this run may send, and drop the leads that may not be sent."""
        session.refuse_taken_over()
        permit = session.settings.permit
        denied = permit([row.key for row in self.rows], session.now()) if permit else {}
        if denied:
            self._withhold(session, denied)
        return bool(self.rows)

    def _withhold(self, session: Session, denied: Mapping[str, str]) -> None:
        settled = []
        for row in [row for row in self.rows if row.key in denied]:
            session.tally.withhold(row.key, denied[row.key])
            settled.append(Settled(row.seq, Verdict.WITHHELD, message=denied[row.key]))
        self.rows = [row for row in self.rows if row.key not in denied]
        session.settle(self.intent, settled)

    def call(self, session: Session) -> object:
        """Send the batch once."""
        rows = [DecisionRow(row.key, self.values[row.seq]) for row in self.rows]
        with span("leadpolicy.crm.write", session.target, rows=len(rows)):
            return session.connector.write(rows, self.columns)

    def done(self, session: Session, answer: object) -> Iterable[Errand]:
        """Keep the outcomes."""
        if not isinstance(answer, list):
            raise TypeError("`write` returns a list of outcomes")
        return self._keep(session, answer)

    def _keep(self, session: Session, outcomes: Sequence[Outcome]) -> Iterable[Errand]:
        session.hear()
        found = sort_out(session, self.rows, outcomes)
        return tuple(keep(session, self.intent, found, len(self.rows)))

    def failed(self, session: Session, error: Exception) -> Iterable[Errand]:
        """Send again what certainly did not arrive, and look up what may have."""
        match error:
            case BatchRefusedError() if len(self.rows) == 1:
                key = self.rows[0].key
                return self._keep(session, [Outcome.failed(key, "refused", error.message)])
            case BatchRefusedError():
                session.hear()
                return self._halves(session)
            case ConnectorError(in_doubt=False):
                self.put_off(session, error)
                return (self,)
        session.miss(error)
        return tuple(doubt(session, self.intent, self.rows, len(self.rows)))

    def _halves(self, session: Session) -> Iterator[Errand]:
        middle = len(self.rows) // 2
        for rows in (self.rows[:middle], self.rows[middle:]):
            yield Send(
                ready_at=session.monotonic(),
                patience=Patience(session.settings.patience),
                intent=self.intent,
                rows=rows,
                values=self.values,
                columns=self.columns,
            )

    def give_back(self, session: Session) -> None:
        """Let the messages wait again: nothing of them was sent."""
        session.settle(self.intent, [Settled(row.seq, Verdict.AGAIN) for row in self.rows])


def sends(session: Session, batch: Batch, size: int) -> Iterator[Send]:
    """Yield what sends a claimed batch; messages that cannot be sent are dead letters.

    Messages that were refused or lost before go last and travel in ever smaller company, so that
    one that makes the CRM fail is alone in the end.
    """
    values: dict[int, Mapping[str, Value]] = {}
    unfit = []
    for row in batch.rows:
        try:
            values[row.seq] = values_of(row.payload, session.columns)
        except ValueError as error:
            unfit.append(dead(session, row, _unfit(row, error)))
    session.settle(batch.intent, unfit)

    def company(row: Claimed) -> tuple[bool, int, tuple[str, ...]]:
        return row.doubted, row.attempts, tuple(values[row.seq])

    able = sorted((row for row in batch.rows if row.seq in values), key=company)
    for (_, attempts, names), group in groupby(able, company):
        rows, limit = list(group), max(1, size >> max(0, attempts - 1))
        for start in range(0, len(rows), limit):
            yield Send(
                ready_at=session.monotonic(),
                patience=Patience(session.settings.patience),
                intent=batch.intent,
                rows=rows[start : start + limit],
                values=values,
                columns=[column for column in session.columns if column.name in names],
            )


def _unfit(row: Claimed, error: ValueError) -> Outcome:
    return Outcome(row.key, Status.FAILED, "bad_value", str(error))
