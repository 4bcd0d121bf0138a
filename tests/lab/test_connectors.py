"""The lab's connectors meet every fault of the lab's CRM, and say truly what may have happened."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator

import pytest

from leadpolicy.crm.connector import (
    AccessError,
    AnswerLostError,
    BatchRefusedError,
    BusyError,
    ColumnMissingError,
    ConnectorError,
    CursorExpiredError,
    DecisionRow,
    Event,
    EventKind,
    MaintenanceError,
    Outcome,
    Presence,
    QuotaError,
    Status,
    Stream,
    ThrottledError,
)
from leadpolicy.crm.plan import plan
from leadpolicy.testing.lab import Fault, Lab, LabCrm, Operation, Options, Scripted
from leadpolicy.testing.lab.connectors import DIALECTS, LATE_EFFECT, LabConnector, UpsertConnector
from leadpolicy.testing.lab.faults import KILLS, SLOW, makes_sense
from leadpolicy.testing.lab.parts import parts_of
from leadpolicy.testing.lab.strikes import RETRY_AFTER
from leadpolicy.testing.lab.subject import DESIRED, as_kept, decisions, keys
from leadpolicy.testing.lab.wire import TIMEOUT, Wire

KEYS = keys(4)
WRITTEN = DESIRED.written
HASTE = 0.4


ENDS: dict[Fault, type[ConnectorError] | None] = {
    Fault.THROTTLED_SECONDS: ThrottledError,
    Fault.THROTTLED_DATE: ThrottledError,
    Fault.THROTTLED_BARE: ThrottledError,
    Fault.THROTTLED_ABSURD: ThrottledError,
    Fault.ERROR_500: AnswerLostError,
    Fault.ERROR_502: AnswerLostError,
    Fault.ERROR_503: MaintenanceError,
    Fault.ERROR_504: AnswerLostError,
    Fault.TIMEOUT_BEFORE: AnswerLostError,
    Fault.RESET_BEFORE: AnswerLostError,
    Fault.TIMEOUT_AFTER: AnswerLostError,
    Fault.RESET_AFTER: AnswerLostError,
    Fault.LATE_EFFECT: AnswerLostError,
    Fault.HTML: AnswerLostError,
    Fault.CUT_JSON: AnswerLostError,
    Fault.INVALID_JSON: AnswerLostError,
    Fault.ITEMS_MISSING: None,
    Fault.ITEMS_EXTRA: None,
    Fault.ITEMS_SHUFFLED: None,
    Fault.ITEMS_DUPLICATED: None,
    Fault.TOKEN_EXPIRED: None,
    Fault.ACCESS_DENIED: AccessError,
    Fault.ACCESS_FORBIDDEN: AccessError,
    Fault.QUOTA_USED_UP: QuotaError,
    Fault.ROW_LOCKED: None,
    Fault.SLOW_DRIP: AnswerLostError,
    Fault.STALLED: AnswerLostError,
    Fault.UNREACHABLE: BusyError,
}


@pytest.fixture
def crm(lab: Lab) -> Iterator[LabCrm]:
    made = lab.crm()
    made.put_leads({key: {} for key in KEYS})
    made.put_parts(parts_of(DESIRED))
    yield made
    made.close()


@pytest.fixture
def connector(crm: LabCrm) -> Iterator[UpsertConnector]:
    opened = UpsertConnector(crm.url)
    yield opened
    opened.close()


def opened(crm: LabCrm, dialect: str) -> LabConnector:
    return DIALECTS[dialect](crm.url, TIMEOUT)


def effects(crm: LabCrm) -> list[str]:
    return [entry.key for entry in crm.history() if entry.kind == "effect"]


def statuses(outcomes: list[Outcome]) -> list[str]:
    return [outcome.status.value for outcome in outcomes]


@pytest.mark.parametrize("dialect", ["upsert", "atomic", "append"])
def test_what_is_written_stands(crm: LabCrm, dialect: str) -> None:
    connector = opened(crm, dialect)
    rows = decisions(KEYS, 1)
    assert statuses(connector.write(rows, WRITTEN)) == ["written"] * 4
    found = connector.lookup([*KEYS, "nobody"], WRITTEN)
    assert {key: dict(standing.values) for key, standing in found.items()} == {
        row.key: dict(row.values) for row in rows
    }
    connector.close()


def test_a_job_is_answered_after_its_time(crm: LabCrm) -> None:
    connector, rows = opened(crm, "jobs"), decisions(KEYS, 1)
    (ticket,) = {outcome.ticket for outcome in connector.write(rows, WRITTEN)}
    assert connector.results(ticket) is None
    assert effects(crm) == []
    crm.clock().sleep(LATE_EFFECT)
    assert statuses(connector.results(ticket) or []) == ["written"] * 4
    assert connector.results("job-99") == []
    assert statuses(connector.write(rows[:2], WRITTEN)) == ["unchanged"] * 2
    connector.close()


def test_a_bad_row_spoils_its_own_or_the_whole_batch(crm: LabCrm) -> None:
    crm.refuse({"L-02": {"code": "bad_state", "field": "lp_state", "message": "not like this"}})
    rows = decisions(KEYS, 1)
    upsert, atomic = opened(crm, "upsert"), opened(crm, "atomic")
    with pytest.raises(BatchRefusedError, match="not like this"):
        atomic.write(rows, WRITTEN)
    assert effects(crm) == []
    refused = upsert.write(rows, WRITTEN)[1]
    assert (refused.status, refused.code, refused.field) == (
        Status.FAILED,
        "bad_state",
        "lp_state",
    )
    assert effects(crm) == ["L-01", "L-03", "L-04"]
    upsert.close()
    atomic.close()


@pytest.mark.parametrize("fault", sorted(ENDS))
def test_a_write_ends_in_the_class_that_says_what_may_have_happened(
    crm: LabCrm, fault: Fault
) -> None:
    connector = UpsertConnector(crm.url, HASTE if fault in SLOW else TIMEOUT)
    crm.script(Scripted(fault, Operation.WRITE))
    expected = ENDS[fault]
    if expected is None:
        outcomes = {o.key: o.status.value for o in connector.write(decisions(KEYS, 1), WRITTEN)}
        assert outcomes.keys() == {*KEYS}
        assert outcomes["L-01"] == {
            Fault.ITEMS_MISSING: "unknown",
            Fault.ROW_LOCKED: "deferred",
        }.get(fault, "written")
    else:
        with pytest.raises(expected) as caught:
            connector.write(decisions(KEYS, 1), WRITTEN)
        assert type(caught.value) is expected
        assert caught.value.in_doubt or effects(crm) == []
    connector.close()


@pytest.mark.parametrize("fault", sorted(set(ENDS) - SLOW))
@pytest.mark.parametrize("operation", [Operation.LOOKUP, Operation.PULL, Operation.READ])
def test_no_read_takes_half_an_answer_for_the_whole(
    crm: LabCrm, connector: UpsertConnector, operation: Operation, fault: Fault
) -> None:
    if not makes_sense(fault, operation):
        return
    crm.tell("feedback", "L-01", verdict="accepted")
    crm.tell("feedback", "L-02", verdict="rejected")
    reads = {
        Operation.LOOKUP: lambda: [*connector.lookup(KEYS, WRITTEN)],
        Operation.PULL: lambda: sorted(
            event.id for event in connector.pull(Stream.FEEDBACK, None, 9).events
        ),
        Operation.READ: lambda: [lead.key for lead in connector.read_leads()],
    }
    whole = reads[operation]()
    crm.script(Scripted(fault, operation))
    try:
        assert sorted(reads[operation]()) == sorted(whole)
    except ConnectorError as error:
        assert error.retryable or isinstance(error, AccessError | QuotaError)
    crm.heal()
    crm.clock().sleep(RETRY_AFTER)
    assert reads[operation]() == whole


def test_every_fault_is_known_to_these_tests() -> None:
    assert set(ENDS) == set(Fault) - KILLS - {Fault.JOB_LOST, Fault.JOB_ABORTED}


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        (Fault.THROTTLED_SECONDS, RETRY_AFTER),
        (Fault.THROTTLED_DATE, RETRY_AFTER + 1),
        (Fault.THROTTLED_BARE, None),
    ],
)
def test_the_wait_that_is_asked_for_is_handed_on(
    crm: LabCrm, connector: UpsertConnector, fault: Fault, seconds: float | None
) -> None:
    crm.script(Scripted(fault, Operation.LOOKUP))
    with pytest.raises(ThrottledError) as caught:
        connector.lookup(KEYS, WRITTEN)
    assert caught.value.retry_after == seconds


def test_who_does_not_wait_is_throttled_again_and_counted(
    crm: LabCrm, connector: UpsertConnector
) -> None:
    crm.script(Scripted(Fault.THROTTLED_SECONDS, Operation.LOOKUP))
    for _ in range(2):
        with pytest.raises(ThrottledError):
            connector.lookup(KEYS, WRITTEN)
    assert crm.impatient() == 1
    crm.clock().sleep(RETRY_AFTER)
    assert connector.lookup(KEYS, WRITTEN).keys() == {*KEYS}


def test_a_late_effect_lands_within_the_declared_window(
    crm: LabCrm, connector: UpsertConnector
) -> None:
    crm.script(Scripted(Fault.LATE_EFFECT, Operation.WRITE))
    row = decisions(KEYS, 1)[0]
    with pytest.raises(AnswerLostError):
        connector.write([row], WRITTEN)
    assert connector.lookup([row.key], WRITTEN)[row.key].values["lp_fit"] is None
    crm.clock().sleep(LATE_EFFECT)
    assert connector.lookup([row.key], WRITTEN)[row.key].values["lp_fit"] == 1
    assert effects(crm) == [row.key]


def test_half_of_a_batch_can_stand_behind_a_500(crm: LabCrm, connector: UpsertConnector) -> None:
    crm.script(Scripted(Fault.ERROR_500, Operation.WRITE))
    with pytest.raises(AnswerLostError):
        connector.write(decisions(KEYS, 1), WRITTEN)
    assert effects(crm) == ["L-01", "L-02"]


def test_a_job_may_be_lost_or_end_half_way(crm: LabCrm) -> None:
    connector, rows = opened(crm, "jobs"), decisions(KEYS, 1)
    crm.script(
        Scripted(Fault.JOB_LOST, Operation.POLL, call=1),
        Scripted(Fault.JOB_ABORTED, Operation.POLL, call=2),
    )
    lost, aborted = (connector.write(rows, WRITTEN)[0].ticket for _ in range(2))
    assert connector.results(lost) == []
    assert [outcome.key for outcome in connector.results(aborted) or []] == ["L-01", "L-02"]
    crm.clock().sleep(LATE_EFFECT)
    assert effects(crm) == ["L-01", "L-02"]
    connector.close()


def test_nothing_happens_any_more_for_a_caller_that_gave_up_or_died(crm: LabCrm) -> None:
    connector = opened(crm, "upsert")
    connector.quota()
    crm.bury(os.getpid())
    with pytest.raises(AnswerLostError):
        connector.write(decisions(KEYS, 1), WRITTEN)
    connector.close()
    hasty = UpsertConnector(crm.url, timeout=1e-9)
    with pytest.raises(ConnectorError):
        hasty.write(decisions(KEYS, 1), WRITTEN)
    hasty.close()
    assert effects(crm) == []


def test_one_login_serves_all_threads_when_a_token_ends(crm: LabCrm) -> None:
    wire = Wire(crm.url)
    wire.call("GET", "quota")
    crm.script(Scripted(Fault.TOKEN_EXPIRED, Operation.READ))
    threads = [threading.Thread(target=wire.call, args=("GET", "quota")) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wire.call("GET", "quota")["used"] >= 6
    wire.close()


def test_removed_and_merged_leads_are_told_apart(crm: LabCrm, connector: UpsertConnector) -> None:
    crm.tell("deleted", "L-01")
    crm.tell("merged", "L-02", into="L-03")
    found = connector.lookup(KEYS, WRITTEN)
    assert found["L-01"].presence is Presence.DELETED
    assert (found["L-02"].presence, found["L-02"].into) == (Presence.MERGED, "L-03")
    outcomes = connector.write(decisions(KEYS[:2], 1), WRITTEN)
    assert [outcome.code for outcome in outcomes] == ["deleted", "merged"]


def test_streams_go_on_behind_their_cursor_until_it_expires(
    crm: LabCrm, connector: UpsertConnector
) -> None:
    for key in KEYS:
        crm.tell("consent", key, purpose="email", channel="email", status="denied")
    first = connector.pull(Stream.CONSENTS, None, 3)
    second = connector.pull(Stream.CONSENTS, first.cursor, 3)
    assert (len(first.events), first.complete) == (3, False)
    assert (len(second.events), second.complete) == (1, True)
    event: Event = second.events[0]
    assert (event.key, event.kind) == ("L-04", EventKind.CONSENT)
    crm.expire_cursors()
    with pytest.raises(CursorExpiredError):
        connector.pull(Stream.CONSENTS, second.cursor, 3)
    assert len(connector.pull(Stream.CONSENTS, None, 9).events) == 4


def test_parts_are_made_read_back_and_made_again_without_harm(lab: Lab) -> None:
    crm = lab.crm()
    connector = opened(crm, "upsert")
    for _ in range(2):
        for change in plan(DESIRED, connector.observe(DESIRED)).changes:
            connector.apply(change)
            connector.apply(change)
    assert crm.parts() == parts_of(DESIRED)
    assert plan(DESIRED, connector.observe(DESIRED)).is_empty
    assert len([e for e in crm.history() if e.kind == "part"]) == len(crm.parts())
    connector.close()
    crm.close()


def test_a_column_that_is_gone_is_named(crm: LabCrm, connector: UpsertConnector) -> None:
    crm.put_parts({}, remove=["column lead.lp_fit"])
    with pytest.raises(ColumnMissingError, match="lp_fit"):
        connector.write(decisions(KEYS, 1), WRITTEN)


def test_a_rate_window_and_a_quota_hold(lab: Lab) -> None:
    crm = lab.crm(Options(rate_calls=3, rate_seconds=10.0, daily_calls=8))
    wire = Wire(crm.url)
    for _ in range(3):
        wire.call("GET", "schema")
    with pytest.raises(ThrottledError) as caught:
        wire.call("GET", "schema")
    crm.clock().sleep(caught.value.retry_after or 0.0)
    wire.call("GET", "schema")
    crm.clock().sleep(60)
    wire.call("GET", "schema")
    wire.call("GET", "schema")
    wire.call("GET", "schema")
    with pytest.raises(QuotaError) as ended:
        wire.call("GET", "schema")
    assert ended.value.resets_at is not None
    assert ended.value.resets_at.hour == 0
    crm.clock().sleep(86_400)
    wire.call("GET", "schema")
    wire.close()
    crm.close()


def test_time_passes_only_by_waiting(crm: LabCrm) -> None:
    clock, slow = crm.clock(), crm.clock(skew=-3600.0)
    before, began = clock.monotonic(), time.monotonic()
    slow.sleep(86_400.0)
    assert clock.monotonic() == before + 86_400.0
    assert (clock.now() - slow.now()).total_seconds() == 3600.0
    assert time.monotonic() - began < 3600.0


def test_a_write_of_nothing_makes_no_call(crm: LabCrm, connector: UpsertConnector) -> None:
    before = crm.arrival()
    assert connector.write([], WRITTEN) == []
    assert connector.lookup([], WRITTEN) == {}
    assert crm.arrival() == before


def test_decisions_are_kept_as_the_history_has_them(
    crm: LabCrm, connector: UpsertConnector
) -> None:
    row: DecisionRow = decisions(KEYS, 3)[2]
    connector.write([row], WRITTEN)
    (entry,) = [entry for entry in crm.history() if entry.kind == "effect"]
    assert entry.values == as_kept(row)
