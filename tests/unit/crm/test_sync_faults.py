"""What a sync makes of a CRM that is slow, busy, silent, half-hearted or gone."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

import pytest

from leadpolicy.crm.connector import (
    AccessError,
    AnswerLostError,
    BatchRefusedError,
    BusyError,
    Capabilities,
    ConnectorError,
    DecisionRow,
    Outcome,
    Quota,
    QuotaError,
    Status,
    ThrottledError,
    UnsupportedError,
)
from leadpolicy.crm.points import Point
from leadpolicy.crm.store import SqliteStore
from leadpolicy.crm.sync import SyncReport, push
from scripted_crm import (
    AT,
    DESIRED,
    TABLE,
    Answer,
    ScriptedCrm,
    deferring,
    never,
    new_store,
    refused,
    row,
    scripted,
    scripted_as,
    settings,
)

LATE = replace(TABLE, late_effect_seconds=2.0)
APPENDING = Capabilities(idempotency="verify_read", late_effect_seconds=2.0)
LOST = AnswerLostError("the connection broke off")


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    store = new_store()
    yield store
    store.close()


def run(crm: ScriptedCrm, store: SqliteStore, *rows: DecisionRow, **more: object) -> SyncReport:
    return push(crm, DESIRED, rows, store, at=AT, settings=settings(crm, **more))


def keys(count: int) -> list[str]:
    return [f"{n:03}" for n in range(count)]


# ------------------------------------------------------------------------------------ in doubt
def test_a_lost_answer_is_looked_up_and_nothing_is_written_twice(store: SqliteStore) -> None:
    crm = scripted(store, "1", "2")
    crm.script = [crm.lost]
    report = run(crm, store, row("1"), row("2"))
    assert (report.written, report.verified, report.in_doubt) == (2, 2, 0)
    assert crm.batches == [["1", "2"]]
    assert crm.looked_up[-1] == ["1", "2"]


def test_a_lost_call_is_sent_again_after_the_lookup(store: SqliteStore) -> None:
    crm = scripted(store, "1", "2")
    crm.script = [never]
    report = run(crm, store, row("1"), row("2"))
    assert (report.written, report.verified) == (2, 0)
    assert crm.effects("1") == [1]


def test_the_lookup_waits_until_a_late_effect_must_have_come(store: SqliteStore) -> None:
    crm = scripted(store, "1", capabilities=APPENDING)
    crm.script = [crm.lost_late(1.9)]
    report = run(crm, store, row("1"))
    assert (report.written, report.verified, crm.effects("1")) == (1, 1, [1])
    assert sum(crm.clock.slept) == pytest.approx(2.0)


def test_an_unexpected_error_of_a_connector_leaves_doubt(store: SqliteStore) -> None:
    crm = scripted(store, "1")

    def breaks(rows: Sequence[DecisionRow]) -> list[Outcome]:
        crm.take(rows)
        raise KeyError("status")

    crm.script = [breaks]
    report = run(crm, store, row("1"))
    assert (report.verified, crm.effects("1")) == (1, [1])


def test_an_answer_that_leaves_leads_out_is_looked_up(store: SqliteStore) -> None:
    crm = scripted(store, "1", "2", "3")

    def half(rows: Sequence[DecisionRow]) -> list[Outcome]:
        first = crm.take(rows[:2])
        return [*first[:1], Outcome("x", Status.WRITTEN), Outcome("3", Status.UNKNOWN)]

    crm.script = [half]
    report = run(crm, store, row("1"), row("2"), row("3"))
    assert (report.written, report.verified, report.stray) == (3, 1, 1)
    assert [crm.effects(key) for key in ("1", "2", "3")] == [[1], [1], [1]]


def test_answers_that_contradict_each_other_are_looked_up(store: SqliteStore) -> None:
    crm = scripted(store, "1")
    crm.script = [lambda rows: [*crm.take(rows), Outcome.failed("1", "odd", "no")]]
    report = run(crm, store, row("1"))
    assert (report.written, report.failed, report.verified) == (1, 0, 1)


def test_the_lookup_itself_is_made_again(store: SqliteStore) -> None:
    crm = scripted(store, "1")
    crm.script = [crm.lost]
    crm.lookups = [None, ThrottledError("slow down", retry_after=7), BusyError("later"), LOST]
    report = run(crm, store, row("1"))
    assert (report.verified, crm.effects("1")) == (1, [1])


def test_a_lookup_that_never_works_ends_the_run_and_the_next_one_finds_out(
    store: SqliteStore,
) -> None:
    crm = scripted(store, "1")
    crm.script = [crm.lost]
    crm.lookups = [None, *[BusyError("in maintenance")] * 20]
    with pytest.raises(BusyError):
        run(crm, store, row("1"), patience=3)
    assert store.backlog(crm.target, AT).in_doubt == 1
    crm.lookups = []
    assert run(crm, store).verified == 1
    assert crm.effects("1") == [1]


def test_what_cannot_be_looked_up_is_sent_again(store: SqliteStore) -> None:
    crm = scripted(store, "1", capabilities=Capabilities())
    crm.lookups = [UnsupportedError("no lookup")] * 9
    crm.script = [crm.lost]
    assert run(crm, store, row("1")).written == 1
    assert crm.effects("1") == [1, 1]


def test_a_refusal_after_a_doubt_is_no_dead_letter_when_the_decision_stands(
    store: SqliteStore,
) -> None:
    crm = scripted(store, "1", capabilities=APPENDING)

    def duplicate(_rows: Sequence[DecisionRow]) -> list[Outcome]:
        crm.clock.pass_(20)
        return [Outcome.failed("1", "duplicate", "is there")]

    crm.script = [
        crm.lost_late(9.0),
        duplicate,
    ]
    report = run(crm, store, row("1"))
    assert (report.written, report.failed, report.dead) == (1, 0, 0)
    assert crm.effects("1") == [1]


def test_a_refusal_after_a_doubt_counts_when_the_decision_does_not_stand(
    store: SqliteStore,
) -> None:
    crm = scripted(store, "1")
    crm.script = [never, lambda _rows: [Outcome.failed("1", "locked", "no")]]
    report = run(crm, store, row("1"))
    assert (report.failed, report.dead) == (1, 1)


def test_a_row_that_always_silences_the_crm_is_alone_in_the_end_and_dead(
    store: SqliteStore,
) -> None:
    crm = scripted(store, *keys(20), capabilities=replace(TABLE, batch_max=10))
    crm.script = [silenced_by("013")] * 99
    report = run(crm, store, *map(row, keys(20)))
    assert (report.written, report.later, report.dead) == (19, 1, 0)
    crm.leads["new"] = {}
    for score in range(9):
        crm.clock.pass_(100)
        run(crm, store, row("new", score))
    (letter,) = store.dead_letters(crm.target)
    assert (letter.key, letter.code, letter.attempts) == ("013", "no_answer", 8)


def test_a_row_that_silences_the_crm_holds_up_no_other(store: SqliteStore) -> None:
    crm = scripted(store, *keys(10))
    crm.script = [silenced_by("000")] * 99
    report = run(crm, store, *map(row, keys(10)))
    assert (report.written, report.later) == (9, 1)


def test_a_crm_that_is_silent_all_the_time_blames_no_row(store: SqliteStore) -> None:
    crm = scripted(store, *keys(20))
    crm.script = [never] * 999
    for _ in range(10):
        with pytest.raises(AnswerLostError):
            run(crm, store, *map(row, keys(20)))
        crm.clock.pass_(100)
    crm.script = []
    assert run(crm, store).written == 20


def test_a_connector_that_breaks_down_every_time_is_told(store: SqliteStore) -> None:
    crm = scripted(store, "1")
    crm.script = [KeyError("status")] * 9
    with pytest.raises(ConnectorError, match="the connector `memory` broke down: KeyError"):
        run(crm, store, row("1"))
    crm.clock.pass_(100)
    crm.script = []
    assert run(crm, store).written == 1


def silenced_by(key: str) -> Answer:
    """Lose every call that a lead is part of."""

    def answer(rows: Sequence[DecisionRow]) -> list[Outcome] | None:
        if any(row.key == key for row in rows):
            raise LOST
        return None

    return answer


# ----------------------------------------------------------------------- nothing has happened
def test_a_throttled_call_holds_back_every_call_as_long_as_it_says(store: SqliteStore) -> None:
    crm = scripted(store, "1")
    crm.script = [ThrottledError("slow down", retry_after=30)] * 3
    report = run(crm, store, row("1"))
    assert (report.written, sum(crm.clock.slept)) == (1, 90)


@pytest.mark.parametrize("asked", [1e12, float("inf"), 86_400 * 365])
def test_nobody_is_made_to_wait_absurdly_long(store: SqliteStore, asked: float) -> None:
    crm = scripted(store, "1")
    crm.script = [ThrottledError("slow down", retry_after=asked)]
    assert run(crm, store, row("1")).written == 1
    assert sum(crm.clock.slept) == 900


@pytest.mark.parametrize("asked", [None, -5.0, float("nan")])
def test_without_a_time_that_makes_sense_the_wait_grows(
    store: SqliteStore, asked: float | None
) -> None:
    crm = scripted(store, "1")
    crm.script = [ThrottledError("slow down", retry_after=asked)] * 3
    assert run(crm, store, row("1")).written == 1
    assert crm.clock.slept == [0.5, 1.0, 2.0]


def test_being_throttled_is_no_attempt(store: SqliteStore) -> None:
    crm = scripted(store, "1")
    crm.script = [*[ThrottledError("slow down", retry_after=1)] * 12, *[BusyError("later")] * 3]
    assert run(crm, store, row("1"), max_attempts=1).written == 1


def test_a_crm_that_stays_busy_ends_the_run_and_the_next_one_goes_on(store: SqliteStore) -> None:
    crm = scripted(store, *keys(300))
    crm.script = [None, *[BusyError("the CRM is locked")] * 8]
    with pytest.raises(BusyError):
        run(crm, store, *map(row, keys(300)))
    report = run(crm, store, *map(row, keys(300)))
    assert (report.written, report.unchanged) == (200, 100)
    broken, whole = store.runs(crm.target)
    assert (broken.error, broken.counts["written"]) == ("the CRM is locked", 100)
    assert (whole.error, whole.counts["written"]) == ("", 200)


@pytest.mark.parametrize("error", [AccessError("no"), QuotaError("used up"), refused()])
def test_an_error_that_concerns_all_ends_the_run_and_marks_nothing_dead(
    store: SqliteStore, error: ConnectorError
) -> None:
    crm = scripted(store, *keys(300))
    crm.script = [None, error]
    with pytest.raises(type(error)):
        run(crm, store, *map(row, keys(300)))
    backlog = store.backlog(crm.target, AT)
    assert (backlog.pending, backlog.in_doubt, backlog.dead) == (200, 0, 0)
    assert store.held(crm.target, "sync") is None
    assert run(crm, store).written == 200


def test_a_quota_that_can_be_asked_is_never_overdrawn(store: SqliteStore) -> None:
    crm = scripted_as(Metered, store, *keys(400), capabilities=replace(TABLE, live_quota=True))
    with pytest.raises(QuotaError, match="all 7 calls"):
        run(crm, store, *map(row, keys(400)))
    assert len(crm.batches) + len(crm.looked_up) == 6
    crm.quotas = [Quota(0, 7)]
    assert run(crm, store).pending == 0


class Metered(ScriptedCrm):
    """Tells how many calls are left; looking at its columns is one of them."""

    quotas: Sequence[Quota] = (Quota(0, 7), Quota(7, 7))

    def quota(self) -> Quota:
        first, *self.quotas = self.quotas
        return first


# ----------------------------------------------------------------------------- single rows
def test_a_deferred_row_has_its_own_time_and_holds_up_nothing(store: SqliteStore) -> None:
    crm = scripted(store, "1", "2")
    crm.script = [deferring("1")(crm)]
    report = run(crm, store, row("1"), row("2"))
    assert (report.written, report.deferred, report.later, report.dead) == (1, 1, 1, 0)
    assert report.next_at == AT + timedelta(seconds=0.5)
    assert run(crm, store).written == 0
    crm.clock.pass_(1)
    assert run(crm, store).written == 1


def test_a_row_that_is_deferred_too_often_is_a_dead_letter(store: SqliteStore) -> None:
    crm = scripted(store, "1")
    for _ in range(3):
        crm.script = [deferring("1")(crm)]
        report = (
            run(crm, store, max_attempts=3)
            if store.backlog(crm.target, AT).later
            else run(crm, store, row("1"), max_attempts=3)
        )
        crm.clock.pass_(100)
    (letter,) = store.dead_letters(crm.target)
    assert (report.dead, letter.code, letter.attempts) == (1, "row_locked", 3)


def test_a_batch_that_is_refused_row_by_row_leaves_dead_letters(store: SqliteStore) -> None:
    crm = scripted(store, "1", "2")
    crm.script = [BatchRefusedError("bad"), BatchRefusedError("really bad")]
    report = run(crm, store, row("1"), row("2"))
    assert [(o.key, o.code, o.message) for o in report.failures] == [("1", "refused", "really bad")]
    assert (report.written, report.dead) == (1, 1)


def test_a_lead_that_went_meanwhile_is_no_dead_letter(store: SqliteStore) -> None:
    crm = scripted(store, "1", "2")

    def forget(rows: Sequence[DecisionRow]) -> list[Outcome] | None:
        del crm.leads["1"]
        return None

    crm.script = [forget]
    report = run(crm, store, row("1"), row("2"))
    assert (report.written, report.failed, report.dead) == (1, 1, 0)


# ------------------------------------------------------------------------------------- jobs
JOBS = replace(TABLE, bulk_min=150, bulk_max=1000, late_effect_seconds=1.0)


class Jobs(ScriptedCrm):
    """Takes batches into jobs; `polls` says what happens when they are asked for."""

    jobs: ClassVar[dict[str, list[DecisionRow]]] = {}
    polls: Sequence[Exception | bool] = ()

    def results(self, ticket: str) -> list[Outcome] | None:
        step, self.polls = (self.polls[0], self.polls[1:]) if self.polls else (True, ())
        if isinstance(step, Exception):
            raise step
        return self.take(self.jobs.pop(ticket)) if step else None


def jobs_of(store: SqliteStore, count: int) -> Jobs:
    crm = scripted_as(Jobs, store, *keys(count), capabilities=JOBS)

    def accept(rows: Sequence[DecisionRow]) -> list[Outcome] | None:
        if len(rows) <= JOBS.batch_max:
            return None
        crm.jobs["job-1"] = list(rows)
        return [Outcome(row.key, Status.ACCEPTED, ticket="job-1") for row in rows]

    crm.script = [accept] * 9
    return crm


def test_many_rows_go_into_one_job_and_few_into_none(store: SqliteStore) -> None:
    crm = jobs_of(store, 300)
    assert run(crm, store, *map(row, keys(300))).written == 300
    assert list(map(len, crm.batches)) == [300]
    again = run(crm, store, *(row(key, 2) for key in keys(120)))
    assert (again.written, list(map(len, crm.batches))) == (120, [300, 100, 20])


def test_a_job_is_asked_for_until_it_is_done(store: SqliteStore) -> None:
    crm = jobs_of(store, 200)
    crm.polls = [False, BusyError("later"), LOST, False]
    assert run(crm, store, *map(row, keys(200))).written == 200


def test_a_job_that_takes_too_long_is_left_to_the_next_run(store: SqliteStore) -> None:
    crm = jobs_of(store, 200)
    crm.polls = [False] * 99
    report = run(crm, store, *map(row, keys(200)), job_seconds=10.0)
    assert (report.written, report.in_doubt) == (0, 200)
    crm.polls = []
    assert run(crm, store).written == 200
    assert len(crm.batches) == 1


def test_the_rows_of_a_job_that_the_crm_lost_are_looked_up(store: SqliteStore) -> None:
    crm = jobs_of(store, 200)

    def aborted(rows: Sequence[DecisionRow]) -> list[Outcome]:
        crm.take(rows[:80])
        crm.polls = [refused("the job was aborted")]
        return [Outcome(row.key, Status.ACCEPTED, ticket="job-1") for row in rows]

    crm.script = [aborted]
    report = run(crm, store, *map(row, keys(200)))
    assert (report.written, report.verified) == (200, 80)
    assert all(crm.effects(key) == [1] for key in keys(200))


# ------------------------------------------------------------------------------------ ending
class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("point", [Point.CLAIMED, Point.ANSWERED, Point.SETTLED])
@pytest.mark.parametrize("jump", [timedelta(0), timedelta(hours=24), timedelta(hours=-24)])
def test_whatever_the_clock_says_after_a_kill_nothing_is_lost_or_doubled(
    store: SqliteStore, point: Point, jump: timedelta
) -> None:
    crm = scripted(store, *keys(5), capabilities=replace(APPENDING, batch_max=2))

    def kill(here: Point) -> None:
        if here is point:
            raise Killed

    crm.script = [crm.lost_late(1.5), crm.lost_late(1.5)]
    with pytest.raises(Killed):
        push(crm, DESIRED, map(row, keys(5)), store, at=AT, settings=settings(crm, probe=kill))
    crm.clock.wall += jump
    run(crm, store, *map(row, keys(5)), take_over=True)
    assert [crm.effects(key) for key in keys(5)] == [[1]] * 5
    assert not any((store.backlog(crm.target, crm.clock.now()).pending, crm.late))


def test_control_c_leaves_what_was_not_sent_to_the_next_run(store: SqliteStore) -> None:
    crm = scripted(store, *keys(300))

    def interrupt(_rows: Sequence[DecisionRow]) -> list[Outcome]:
        raise KeyboardInterrupt

    crm.script = [None, interrupt]
    with pytest.raises(KeyboardInterrupt):
        run(crm, store, *map(row, keys(300)))
    assert store.held(crm.target, "sync") is None
    *_, last = store.runs(crm.target)
    assert (last.error, last.counts["written"]) == ("KeyboardInterrupt", 100)
    assert run(crm, store).written == 200


def test_calls_run_side_by_side_and_each_row_arrives_once(store: SqliteStore) -> None:
    crm = scripted(store, *keys(400), capabilities=replace(TABLE, batch_max=10, max_concurrency=4))
    crm.script = [None, LOST, None, BusyError("later", retry_after=0.01), None, never] * 3
    report = run(crm, store, *map(row, keys(400)))
    assert (report.written, report.in_doubt) == (400, 0)
    assert all(crm.effects(key) == [1] for key in keys(400))
