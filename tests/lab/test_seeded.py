"""The lab itself is put to the test: connectors that are broken in a known way are found out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import pytest

from leadpolicy.crm.connector import (
    AnswerLostError,
    BusyError,
    Column,
    ConnectorError,
    DecisionRow,
    Outcome,
    Page,
    Status,
    Stream,
)
from leadpolicy.testing.lab import Fault, Lab, Operation, Scripted
from leadpolicy.testing.lab.connectors import (
    AppendConnector,
    LabConnector,
    UpsertConnector,
)
from leadpolicy.testing.lab.courses import COURSES, Name, attempt
from leadpolicy.testing.lab.experiment import Experiment
from leadpolicy.testing.lab.subject import as_kept


class SaysNothingHappened(AppendConnector):
    """Takes a lost answer for a refusal."""

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        try:
            return super().write(rows, columns)
        except AnswerLostError as error:
            raise BusyError(error.message) from None


class KnowsNoLateEffect(AppendConnector):
    """Declares that nothing takes effect late."""

    capabilities = replace(AppendConnector.capabilities, late_effect_seconds=0.0)


class RetriesByItself(AppendConnector):
    """Sends again on its own what may have arrived."""

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        try:
            return super().write(rows, columns)
        except AnswerLostError:
            return super().write(rows, columns)


class TakesSilenceForSuccess(UpsertConnector):
    """Reports rows as written of which the CRM never said anything."""

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        try:
            return super().write(rows, columns)
        except AnswerLostError:
            return [Outcome(row.key, Status.WRITTEN) for row in rows]


class CountsByOrder(UpsertConnector):
    """Takes the nth outcome for the nth row, whatever key it names."""

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        body = {"rows": [{"key": row.key, "values": as_kept(row)} for row in rows]}
        answer = self._wire.call("POST", "leads/upsert", body)
        refused = [item["status"] == "refused" for item in answer["items"]]
        return [
            Outcome.failed(row.key, "bad_state", "refused")
            if bad
            else Outcome(row.key, Status.WRITTEN)
            for row, bad in zip(rows, refused, strict=True)
        ]


class BuriesOnTrouble(UpsertConnector):
    """Refuses rows for good when the CRM only broke down."""

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        try:
            return super().write(rows, columns)
        except ConnectorError as error:
            return [Outcome.failed(row.key, "error", error.message) for row in rows]


class DropsTheLastEvent(UpsertConnector):
    """Goes on behind each page without its last event."""

    def pull(self, stream: Stream, cursor: str | None, limit: int) -> Page:
        page = super().pull(stream, cursor, limit)
        return replace(page, events=page.events[:-1])


class ImpatientConnector(UpsertConnector):
    """Keeps to itself how long the CRM asks to wait."""

    @contextmanager
    def hurried(self) -> Iterator[None]:
        try:
            yield
        except BusyError as error:
            raise BusyError(error.message, retry_after=0.0) from None

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        with self.hurried():
            return super().write(rows, columns)


BROKEN: list[tuple[type[LabConnector], Name, Fault, Operation, str]] = [
    (SaysNothingHappened, Name.PUSH, Fault.RESET_AFTER, Operation.WRITE, "doubled"),
    (KnowsNoLateEffect, Name.PUSH, Fault.LATE_EFFECT, Operation.WRITE, "doubled"),
    (RetriesByItself, Name.PUSH, Fault.ERROR_502, Operation.WRITE, "doubled"),
    (TakesSilenceForSuccess, Name.PUSH, Fault.RESET_BEFORE, Operation.WRITE, "lost"),
    (CountsByOrder, Name.PUSH, Fault.ITEMS_SHUFFLED, Operation.WRITE, "dead"),
    (BuriesOnTrouble, Name.PUSH, Fault.RESET_AFTER, Operation.WRITE, "false_dead"),
    (DropsTheLastEvent, Name.PULL, Fault.THROTTLED_BARE, Operation.PULL, "feedback"),
    (ImpatientConnector, Name.PUSH, Fault.THROTTLED_SECONDS, Operation.WRITE, "hasty"),
]


@pytest.mark.parametrize(
    ("broken", "name", "fault", "operation", "sign"),
    [pytest.param(*one, id=one[0].__name__) for one in BROKEN],
)
def test_a_broken_connector_is_found_out(
    lab: Lab,
    broken: type[LabConnector],
    name: Name,
    fault: Fault,
    operation: Operation,
    sign: str,
) -> None:
    def script(experiment: Experiment) -> None:
        experiment.crm.script(Scripted(fault, operation, call=2))

    trial = attempt(lab, COURSES[name], "upsert", before=script, connect=broken)
    assert any(sign in wrong for wrong in trial.faults), trial.faults
