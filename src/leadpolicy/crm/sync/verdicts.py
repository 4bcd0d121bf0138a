"""What the answers of a CRM mean for the messages that were sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from leadpolicy.crm.rows import Outcome, Status
from leadpolicy.crm.store.contract import Claimed, Settled, Verdict
from leadpolicy.crm.sync.session import Session

UNKNOWN_LEAD: Final = "unknown_lead"


@dataclass(slots=True)
class Sorted:
    """Messages by what is to be done: keep the verdict, look them up, or wait for their job.

    `refusals` has what the CRM said of doubtful messages that count as refused unless they stand.
    """

    settled: list[Settled] = field(default_factory=list)
    doubtful: list[Claimed] = field(default_factory=list)
    refusals: dict[int, Outcome] = field(default_factory=dict)
    accepted: dict[str, list[Claimed]] = field(default_factory=dict)


def sort_out(session: Session, rows: Sequence[Claimed], outcomes: Iterable[Outcome]) -> Sorted:
    """Sort messages by their outcomes; one without outcome, or with two, is doubtful."""
    found = _by_key(session, rows, outcomes)
    result = Sorted()
    for row in rows:
        outcome = found.get(row.key, Outcome(row.key, Status.UNKNOWN))
        match outcome.status:
            case Status.CREATED | Status.WRITTEN | Status.UNCHANGED:
                result.settled.append(arrived(session, row, outcome.status))
            case Status.FAILED:
                _refuse(session, row, outcome, result)
            case Status.DEFERRED:
                _defer(session, row, outcome, result)
            case Status.ACCEPTED if outcome.ticket:
                result.accepted.setdefault(outcome.ticket, []).append(row)
            case _:
                result.doubtful.append(row)
    return result


def _by_key(
    session: Session, rows: Sequence[Claimed], outcomes: Iterable[Outcome]
) -> dict[str, Outcome]:
    asked, found = {row.key for row in rows}, dict[str, Outcome]()
    for outcome in outcomes:
        if outcome.key not in asked:
            session.tally.add(stray=1)
        elif found.setdefault(outcome.key, outcome).status is not outcome.status:
            found[outcome.key] = Outcome(outcome.key, Status.UNKNOWN)
    return found


def arrived(session: Session, row: Claimed, status: Status = Status.WRITTEN) -> Settled:
    """Return that a message stands in the CRM, and count it."""
    if status is Status.UNCHANGED:
        session.tally.add(unchanged=1)
    else:
        session.tally.add(written=1, created=int(status is Status.CREATED))
    return Settled(row.seq, Verdict.DONE)


def gone(session: Session, row: Claimed) -> Settled:
    """Return that the CRM has no such lead any more, and count it."""
    session.tally.add(gone=1)
    return Settled(row.seq, Verdict.GONE)


def dead(session: Session, row: Claimed, outcome: Outcome) -> Settled:
    """Return that a message was refused for good, and count it."""
    session.tally.fail(outcome)
    return Settled(
        row.seq,
        Verdict.DEAD,
        counted=True,
        code=outcome.code,
        field=outcome.field,
        message=outcome.message,
    )


def _refuse(session: Session, row: Claimed, outcome: Outcome, result: Sorted) -> None:
    if row.doubted:
        result.doubtful.append(row)
        result.refusals[row.seq] = outcome
    elif outcome.code == UNKNOWN_LEAD:
        session.tally.fail(outcome)
        result.settled.append(Settled(row.seq, Verdict.GONE))
    else:
        result.settled.append(dead(session, row, outcome))


def _defer(session: Session, row: Claimed, outcome: Outcome, result: Sorted) -> None:
    if row.attempts + 1 >= session.settings.max_attempts:
        _refuse(session, row, outcome, result)
        return
    session.tally.add(deferred=1)
    again = Settled(
        row.seq,
        Verdict.AGAIN,
        next_at=session.later(row.attempts + 1),
        counted=True,
        code=outcome.code,
        field=outcome.field,
        message=outcome.message,
    )
    result.settled.append(again)
