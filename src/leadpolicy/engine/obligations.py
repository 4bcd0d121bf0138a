"""Obligations: what the agreement owes a lead now, by whom and by when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from leadpolicy.engine.instants import shifted
from leadpolicy.engine.jsonready import instant
from leadpolicy.engine.situation import Reading
from leadpolicy.expr.durations import format_duration
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy.policy.sla import Duty, Sla

FEEDBACK = "feedback"
"""The name of the obligation that a policy's `feedback` section makes."""


@dataclass(frozen=True, slots=True)
class Obligation:
    """One promise that holds now: due at `since` + `within`, overdue from that instant on.

    `since` is when the lead entered the state, or the instant of the decision where that is not
    told. `attempts` are the contact attempts owed, None where none are agreed.
    """

    name: str
    duty: Duty
    owed_by: str
    within: timedelta
    since: datetime
    due: datetime
    overdue: bool
    attempts: int | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the obligation as JSON-ready data."""
        return {
            "name": self.name,
            "duty": self.duty.value,
            "owed_by": self.owed_by,
            "within": format_duration(self.within),
            "since": instant(self.since),
            "due": instant(self.due),
            "overdue": self.overdue,
            "attempts": self.attempts,
        }


def obligations(
    checked: CheckedPolicy, reading: Reading, state: str, since: datetime
) -> tuple[Obligation, ...]:
    """Return what is owed to a lead in a state since an instant; the first due comes first."""
    found = [*_promised(checked, reading, state, since), *_feedback(checked, reading, state, since)]
    return tuple(sorted(found, key=lambda item: item.due))


def _promised(
    checked: CheckedPolicy, reading: Reading, state: str, since: datetime
) -> Iterator[Obligation]:
    for name, promise in checked.policy.sla.items():
        if promise.state == state and promise.within is not None and _holds(name, promise, reading):
            yield _owed(
                (name, promise.duty, promise.owed_by.value),
                promise.within,
                since,
                reading.situation.at,
                promise.attempts,
            )


def _holds(name: str, promise: Sla, reading: Reading) -> bool:
    return promise.when is None or reading.outputs[f"sla.{name}"] is True


def _feedback(
    checked: CheckedPolicy, reading: Reading, state: str, since: datetime
) -> Iterator[Obligation]:
    feedback = checked.policy.feedback
    if feedback is None or feedback.state != state:
        return
    row = reading.situation.row
    verdict = row.get(feedback.verdict)
    lacks_reason = verdict == feedback.rejected and row.get(feedback.reason) is None
    if verdict is None or lacks_reason:
        head = (FEEDBACK, Duty.FEEDBACK, feedback.owed_by.value)
        yield _owed(head, feedback.within, since, reading.situation.at, None)


def _owed(
    head: tuple[str, Duty, str],
    within: timedelta,
    since: datetime,
    at: datetime,
    attempts: int | None,
) -> Obligation:
    due = shifted(since, within) or datetime.max.replace(tzinfo=UTC)
    return Obligation(*head, within, since, due, at >= due, attempts)
