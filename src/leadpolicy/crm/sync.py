"""Bring decisions into a CRM and the feedback of sales back, writing only what differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import islice
from typing import Final

from leadpolicy.crm.connector import (
    BatchRefusedError,
    Connector,
    DecisionRow,
    Outcome,
    Status,
)
from leadpolicy.crm.plan import PlanError, propose
from leadpolicy.crm.render import summary
from leadpolicy.crm.state import Column, DesiredState, FieldKind
from leadpolicy.crm.store import Received, Run, Store
from leadpolicy.crm.values import normalise


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did: rows by outcome, feedback by novelty, and each failure with its reason."""

    written: int
    unchanged: int
    failed: int
    feedback_new: int
    feedback_unchanged: int
    feedback_withdrawn: int
    failures: tuple[Outcome, ...] = ()

    def counts(self) -> dict[str, int]:
        """Return the counts by name."""
        return {name: n for name, n in asdict(self).items() if isinstance(n, int)}

    def to_dict(self) -> dict[str, object]:
        """Return the report as JSON-ready data."""
        failures = [{"key": o.key, "code": o.code, "message": o.message} for o in self.failures]
        return {**self.counts(), "failures": failures}


def sync(
    connector: Connector,
    desired: DesiredState,
    decisions: Iterable[DecisionRow],
    store: Store,
    *,
    at: datetime,
) -> SyncReport:
    """Write the decisions that differ from what the CRM holds, then take in sales' feedback.

    Raises `PlanError` when the CRM does not stand as the policy needs it. A `ConnectorError`
    ends the run; what was written stays, the run is remembered with the error, and the next run
    goes on with what is left. Rows that the CRM refuses are reported and hold up nothing else.
    """
    tally = _Tally()
    received = Received()
    error = ""
    try:
        _refuse_unapplied(connector, desired)
        for batch in _batches(decisions, connector.capabilities.batch_max):
            tally.add(_push(connector, desired.written, tally.first_time(batch)))
        received = store.receive(connector.target, connector.read_feedback(desired.feedback), at)
    except BaseException as caught:
        error = str(caught) or type(caught).__name__
        raise
    finally:
        report = tally.report(received)
        store.record_run(connector.target, _run(desired, at, report, error))
    return report


def _run(desired: DesiredState, at: datetime, report: SyncReport, error: str) -> Run:
    identity = (desired.policy, desired.version, desired.content_hash)
    return Run(*identity, at, report.counts(), error)


def _refuse_unapplied(connector: Connector, desired: DesiredState) -> None:
    plan = propose(connector, desired)
    if not plan.is_empty:
        raise PlanError(
            f"the CRM does not stand as the policy needs it ({summary(plan)})",
            "run `leadpolicy apply` first",
        )


def _batches(rows: Iterable[DecisionRow], size: int) -> Iterator[list[DecisionRow]]:
    source = iter(rows)
    while batch := list(islice(source, size)):
        yield batch


@dataclass(slots=True)
class _Tally:
    counts: dict[Status, int] = field(default_factory=lambda: dict.fromkeys(Status, 0))
    failures: list[Outcome] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def add(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            self.counts[outcome.status] += 1
            if outcome.status is Status.FAILED:
                self.failures.append(outcome)

    def first_time(self, rows: Iterable[DecisionRow]) -> list[DecisionRow]:
        fresh = []
        for row in rows:
            if row.key in self.seen:
                repeated = "the lead was decided before in this run; the first decision counts"
                self.add([Outcome.failed(row.key, "repeated", repeated)])
            else:
                self.seen.add(row.key)
                fresh.append(row)
        return fresh

    def report(self, received: Received) -> SyncReport:
        return SyncReport(
            written=self.counts[Status.WRITTEN],
            unchanged=self.counts[Status.UNCHANGED],
            failed=self.counts[Status.FAILED],
            feedback_new=received.new,
            feedback_unchanged=received.unchanged,
            feedback_withdrawn=received.withdrawn,
            failures=tuple(self.failures),
        )


def _push(
    connector: Connector, columns: Sequence[Column], rows: Sequence[DecisionRow]
) -> Iterator[Outcome]:
    """Compare one batch with the CRM and send what differs; yields one outcome a row."""
    wanted: list[DecisionRow] = []
    for row in rows:
        try:
            wanted.append(_normalised(row, columns))
        except ValueError as error:
            yield Outcome.failed(row.key, "bad_value", str(error))
    held = connector.read_written([row.key for row in wanted], columns)
    changed: list[DecisionRow] = []
    for row in wanted:
        if row.key not in held:
            yield Outcome.failed(row.key, _UNKNOWN, "the CRM has no such lead")
        elif _differs(row, held[row.key], columns):
            changed.append(row)
        else:
            yield Outcome(row.key, Status.UNCHANGED)
    yield from _send(connector, columns, changed)


_UNKNOWN: Final = "unknown_lead"
_KEY: Final = Column("key", FieldKind.TEXT)


def _normalised(row: DecisionRow, columns: Sequence[Column]) -> DecisionRow:
    if normalise(row.key, _KEY) is None:
        raise ValueError("the lead has no key")
    names = {column.name for column in columns}
    if names != set(row.values):
        odd = ", ".join(f"`{name}`" for name in sorted(names ^ set(row.values)))
        raise ValueError(f"the decision and the policy's columns differ by {odd}")
    values = {column.name: normalise(row.values[column.name], column) for column in columns}
    return DecisionRow(row.key, values)


def _differs(row: DecisionRow, held: Mapping[str, object], columns: Sequence[Column]) -> bool:
    return any(held[c.name] != row.values[c.name] for c in columns if c.compared)


def _send(
    connector: Connector, columns: Sequence[Column], rows: Sequence[DecisionRow]
) -> Iterator[Outcome]:
    """Send a batch; one that was refused is halved until the refused rows stand alone."""
    if not rows:
        return
    try:
        outcomes = {outcome.key: outcome for outcome in connector.write(rows, columns)}
    except BatchRefusedError as error:
        if len(rows) == 1:
            yield Outcome.failed(rows[0].key, "refused", error.message)
            return
        middle = len(rows) // 2
        yield from _send(connector, columns, rows[:middle])
        yield from _send(connector, columns, rows[middle:])
        return
    for row in rows:
        missing = Outcome.failed(row.key, "no_answer", "the CRM did not answer for this lead")
        yield outcomes.get(row.key, missing)
