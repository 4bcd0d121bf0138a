"""A sync: what is written, what is not, and what comes back."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.crm.connector import BatchRefusedError, DecisionRow, LeadRow, Outcome
from leadpolicy.crm.plan import PlanError
from leadpolicy.crm.state import Value
from leadpolicy.crm.store import SqliteStore
from leadpolicy.crm.store.contract import Holder, LockedError
from leadpolicy.crm.sync import Settings, pull, push, sync
from scripted_crm import AT, DESIRED, ScriptedCrm, new_store, row, scripted
from scripted_crm import settings as with_clock


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    store = new_store()
    yield store
    store.close()


def test_the_second_sync_writes_nothing_though_time_has_passed(store: SqliteStore) -> None:
    connector = scripted(store, "1", "2")
    first = push(connector, DESIRED, [row("1"), row("2")], store, at=AT)
    assert (first.written, first.unchanged, first.failed) == (2, 0, 0)
    later = AT + timedelta(days=1)
    second = push(connector, DESIRED, [row("1", at=later), row("2", at=later)], store, at=later)
    assert (second.written, second.unchanged, second.failed) == (0, 2, 0)
    assert connector.batches == [["1", "2"]]
    assert connector.leads["1"]["lp_decided_at"] == AT


def test_a_changed_decision_is_written_with_its_time(store: SqliteStore) -> None:
    connector = scripted(store, "1", "2")
    push(connector, DESIRED, [row("1"), row("2")], store, at=AT)
    later = AT + timedelta(days=1)
    report = push(connector, DESIRED, [row("1", at=later), row("2", 9, at=later)], store, at=later)
    assert (report.written, report.unchanged) == (1, 1)
    assert connector.leads["2"] == {
        "lp_score": 9,
        "lp_share": Decimal("0.5"),
        "lp_decided_at": later,
    }


def test_a_value_that_somebody_changed_by_hand_is_put_right(store: SqliteStore) -> None:
    connector = scripted(store, "1")
    push(connector, DESIRED, [row("1")], store, at=AT)
    connector.leads["1"]["lp_score"] = "many"
    assert push(connector, DESIRED, [row("1")], store, at=AT).written == 1
    assert connector.leads["1"]["lp_score"] == 1


def test_rows_go_in_batches_of_the_size_that_the_crm_takes(store: SqliteStore) -> None:
    keys = [f"{n:03}" for n in range(250)]
    connector = scripted(store, *keys)
    report = push(connector, DESIRED, (row(key) for key in keys), store, at=AT)
    assert report.written == 250
    assert [len(batch) for batch in connector.batches] == [100, 100, 50]


def test_rows_that_cannot_be_written_are_named_and_hold_up_nothing(store: SqliteStore) -> None:
    connector = scripted(store, "1", "2", "3")
    decisions = [
        row("1", score="high"),
        DecisionRow("2", {"lp_score": 1, "verdict": "accepted"}),
        row("gone"),
        row(""),
        row("\ud800"),
        row("3"),
    ]
    report = push(connector, DESIRED, decisions, store, at=AT)
    assert (report.written, report.unchanged, report.failed) == (1, 0, 5)
    reasons = {(o.key, o.code): o.message for o in report.failures}
    assert reasons == {
        ("1", "bad_value"): "`lp_score` holds a whole number, not text",
        ("2", "bad_value"): "the decision and the policy's columns differ by"
        " `lp_decided_at`, `lp_share`, `verdict`",
        ("gone", "unknown_lead"): "the CRM has no such lead",
        ("", "bad_value"): "the lead has no key",
        ("\ud800", "bad_value"): "`key` holds a character that cannot be stored",
    }
    failures = report.to_dict()["failures"]
    assert isinstance(failures, list)
    assert failures[0].keys() == {"key", "code", "message"}


def test_of_two_decisions_on_a_lead_the_later_one_counts(store: SqliteStore) -> None:
    connector = scripted(store, *(f"{n}" for n in range(3)))
    rows = [row("1", 1), row("1", 2), row("0"), row("2"), row("1", 3)]
    push(connector, DESIRED, rows, store, at=AT, settings=Settings(page=2))
    assert connector.leads["1"]["lp_score"] == 3
    assert connector.effects("1") == [3]


def test_a_decision_that_stands_again_drops_the_one_that_waits(store: SqliteStore) -> None:
    connector = scripted(store, "1", "2")
    push(connector, DESIRED, [row("1", 1)], store, at=AT)
    connector.script = [PermissionError("boom")] * 99
    with pytest.raises(Exception, match="broke down"):
        push(connector, DESIRED, [row("1", 2)], store, at=AT, settings=with_clock(connector))
    connector.script = []
    report = push(connector, DESIRED, [row("1", 1)], store, at=AT)
    assert (report.written, report.unchanged, report.pending) == (0, 1, 0)
    assert connector.effects("1") == [1]


def test_columns_of_sales_and_marketing_are_never_written(store: SqliteStore) -> None:
    connector = scripted(store, "1")
    connector.leads["1"] |= {"verdict": "rejected", "campaign": "spring"}
    push(connector, DESIRED, [row("1")], store, at=AT)
    assert connector.leads["1"]["verdict"] == "rejected"
    assert connector.leads["1"]["campaign"] == "spring"


@given(st.sets(st.integers(0, 63), max_size=3))
@settings(max_examples=examples(30), deadline=None)
def test_a_refused_batch_is_halved_until_the_bad_rows_stand_alone(bad: set[int]) -> None:
    store, keys = new_store(), [f"{n:02}" for n in range(64)]
    connector, refused = scripted(store, *keys), {f"{n:02}" for n in bad}

    def all_or_none(rows: Sequence[DecisionRow]) -> list[Outcome] | None:
        if any(row.key in refused for row in rows):
            raise BatchRefusedError("a check of the CRM failed")
        return None

    connector.script = [all_or_none] * 200
    report = push(connector, DESIRED, [row(key) for key in keys], store, at=AT)
    assert {o.key for o in report.failures} == refused
    assert {o.code for o in report.failures} <= {"refused"}
    assert (report.written, report.dead) == (64 - len(bad), len(bad))
    assert len(connector.batches) <= 1 + (2 * 6 + 1) * len(bad)
    store.close()


def test_a_crm_that_says_failed_is_believed(store: SqliteStore) -> None:
    connector = scripted(store, "1")
    locked = Outcome.failed("1", "field_locked", "no", "lp_score")
    connector.script = [lambda _rows: [locked]]
    report = push(connector, DESIRED, [row("1")], store, at=AT)
    assert report.failures == (locked,)
    (letter,) = store.dead_letters(connector.target)
    assert (letter.key, letter.code, letter.field, letter.message) == (
        "1",
        "field_locked",
        "lp_score",
        "no",
    )


def test_a_crm_that_was_not_prepared_is_refused_before_anything_is_written(
    store: SqliteStore,
) -> None:
    connector = ScriptedCrm(leads={"1": {}})
    with pytest.raises(PlanError, match=r"5 to add.*; run `leadpolicy apply` first"):
        push(connector, DESIRED, [row("1")], store, at=AT)
    assert connector.batches == []
    assert store.held(connector.target, "sync") is None


def test_a_label_that_somebody_changed_stops_no_sync_and_a_removed_column_does(
    store: SqliteStore,
) -> None:
    connector = scripted(store, "1")
    place = "lead", "lp_score"
    connector.columns[place] = replace(connector.columns[place], label="Punkte")
    assert push(connector, DESIRED, [row("1")], store, at=AT).written == 1
    del connector.columns[place]
    with pytest.raises(PlanError, match="look at `leadpolicy plan`"):
        push(connector, DESIRED, [row("1")], store, at=AT)


def test_the_second_of_two_runs_is_refused_with_the_name_of_the_first(store: SqliteStore) -> None:
    connector = scripted(store, "1")
    anna = Holder("anna", "elsewhere", 7)
    store.acquire(connector.target, "sync", anna, AT)
    with pytest.raises(LockedError, match="anna"):
        push(connector, DESIRED, [row("1")], store, at=AT)
    with pytest.raises(LockedError, match="anna"):
        pull(connector, DESIRED, store, at=AT)
    with pytest.raises(LockedError, match="anna"):
        sync(connector, DESIRED, scored(1), store, at=AT)
    taken = Settings(take_over=True)
    assert push(connector, DESIRED, [row("1")], store, at=AT, settings=taken).written == 1
    assert store.held(connector.target, "sync") is None


def test_feedback_is_received_once_also_for_leads_that_nobody_decided(store: SqliteStore) -> None:
    connector = scripted(store, "1", "2")
    connector.leads["1"]["verdict"] = "accepted"
    connector.leads["2"]["verdict"] = "rejected"
    first = pull(connector, DESIRED, store, at=AT)
    assert (first.feedback_new, first.feedback_unchanged) == (2, 0)
    second = pull(connector, DESIRED, store, at=AT)
    assert (second.feedback_new, second.feedback_unchanged) == (0, 2)
    connector.leads["2"]["verdict"] = "accepted"
    connector.leads["1"]["verdict"] = None
    third = pull(connector, DESIRED, store, at=AT)
    assert (third.feedback_new, third.feedback_unchanged, third.feedback_withdrawn) == (1, 0, 1)
    latest = {found.key: found.values for found in store.feedback(connector.target)}
    assert latest == {"1": {}, "2": {"verdict": "accepted"}}


def scored(score: int) -> Callable[[Iterable[LeadRow]], Iterator[DecisionRow]]:
    """Return a decider that gives every lead the same score."""
    return lambda leads: (row(lead.key, score) for lead in leads)


def test_a_sync_reads_decides_writes_and_the_next_one_makes_no_write_call(
    store: SqliteStore,
) -> None:
    connector = scripted(store, *(f"{n:03}" for n in range(250)))
    first = sync(connector, DESIRED, scored(1), store, at=AT)
    assert (first.written, first.writes, first.in_full) == (250, 3, True)
    connector.batches.clear()
    second = sync(connector, DESIRED, scored(1), store, at=AT)
    assert (second.unchanged, second.writes, connector.batches) == (250, 0, [])
    assert connector.looked_up == []


def test_a_lead_that_cannot_be_decided_keeps_what_it_has(store: SqliteStore) -> None:
    connector = scripted(store, "1", "2")
    sync(connector, DESIRED, scored(1), store, at=AT)
    sync(connector, DESIRED, lambda ls: (row(x.key, 2) for x in ls if x.key != "1"), store, at=AT)
    assert (connector.leads["1"]["lp_score"], connector.leads["2"]["lp_score"]) == (1, 2)


def test_values_that_somebody_changed_are_restored_and_counted(store: SqliteStore) -> None:
    connector = scripted(store, "1", "2")
    first = sync(connector, DESIRED, scored(1), store, at=AT)
    connector.leads["1"]["lp_score"] = 99
    second = sync(connector, DESIRED, scored(1), store, at=AT)
    assert (first.restored, second.restored, second.written) == (0, 1, 1)
    assert connector.leads["1"]["lp_score"] == 1


def test_every_run_is_remembered_with_its_counts(store: SqliteStore) -> None:
    connector = scripted(store, "1", "2")
    sync(connector, DESIRED, scored(1), store, at=AT)
    (run,) = store.runs(connector.target)
    assert (run.error, run.counts["written"], run.content_hash) == ("", 2, "abc")


decisions = st.dictionaries(
    st.sampled_from([f"{n}" for n in range(8)]),
    st.tuples(
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.decimals(-1000, 1000, places=1),
        st.datetimes(timezones=st.just(UTC)),
    ),
)


@given(st.lists(decisions, min_size=1, max_size=3))
@settings(max_examples=examples(30), deadline=None)
def test_after_a_push_the_crm_holds_the_decisions_and_the_next_push_writes_nothing(
    rounds: list[dict[str, tuple[Value, ...]]],
) -> None:
    store = new_store()
    connector = scripted(store, *(f"{n}" for n in range(8)))
    for content in rounds:
        rows = [
            DecisionRow(k, dict(zip(("lp_score", "lp_share", "lp_decided_at"), v, strict=True)))
            for k, v in content.items()
        ]
        first = push(connector, DESIRED, rows, store, at=AT)
        assert first.written + first.unchanged == len(rows)
        for expected in rows:
            stands = connector.leads[expected.key]
            assert stands.get("lp_score") == expected.values["lp_score"]
            assert stands.get("lp_share") == expected.values["lp_share"]
        again = push(connector, DESIRED, rows, store, at=AT)
        assert (again.written, again.unchanged) == (0, len(rows))
    store.close()
