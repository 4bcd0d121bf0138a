from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadpolicy.crm.connector import (
    BatchRefusedError,
    BusyError,
    Connector,
    DecisionRow,
    Outcome,
)
from leadpolicy.crm.memory import MemoryConnector
from leadpolicy.crm.plan import PlanError, propose
from leadpolicy.crm.state import Column, DesiredState, FieldKind, Value
from leadpolicy.crm.store import SqliteStore
from leadpolicy.crm.sync import sync

AT = datetime(2026, 3, 1, tzinfo=UTC)
DESIRED = DesiredState(
    "b2b",
    "1.0",
    "abc",
    (
        Column("lp_score", FieldKind.WHOLE),
        Column("lp_share", FieldKind.NUMBER, scale=1),
        Column("lp_decided_at", FieldKind.MOMENT, compared=False),
        Column("verdict", FieldKind.CHOICE, owner="sales", codes=("accepted", "rejected")),
        Column("campaign", FieldKind.TEXT, owner="marketing"),
    ),
)

C = TypeVar("C", bound=MemoryConnector)


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    store = SqliteStore(":memory:")
    yield store
    store.close()


@dataclass(slots=True)
class Counting(MemoryConnector):
    """Remembers the keys of every batch it was sent."""

    batches: list[list[str]] = field(default_factory=list)

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        self.batches.append([row.key for row in rows])
        return MemoryConnector.write(self, rows, columns)


def ready(connector: C) -> C:
    for change in propose(connector, DESIRED).changes:
        connector.apply(change)
    return connector


def crm_of(kind: type[C], *keys: str) -> C:
    return ready(kind(leads={key: {} for key in keys}))


def crm(*keys: str) -> Counting:
    return crm_of(Counting, *keys)


def row(key: str, score: int | str = 1, share: str = "0.5", at: datetime = AT) -> DecisionRow:
    values = {"lp_score": score, "lp_share": Decimal(share), "lp_decided_at": at}
    return DecisionRow(key, values)


def test_the_memory_crm_is_a_connector() -> None:
    connector: Connector = MemoryConnector()
    assert connector.capabilities.can_create_columns
    assert list(connector.read_leads()) == []
    connector.close()


def test_the_second_sync_writes_nothing_though_time_has_passed(store: SqliteStore) -> None:
    connector = crm("1", "2")
    first = sync(connector, DESIRED, [row("1"), row("2")], store, at=AT)
    assert (first.written, first.unchanged, first.failed) == (2, 0, 0)
    later = AT + timedelta(days=1)
    second = sync(connector, DESIRED, [row("1", at=later), row("2", at=later)], store, at=later)
    assert (second.written, second.unchanged, second.failed) == (0, 2, 0)
    assert connector.batches == [["1", "2"]]
    assert connector.leads["1"]["lp_decided_at"] == AT


def test_a_changed_decision_is_written_with_its_time(store: SqliteStore) -> None:
    connector = crm("1", "2")
    sync(connector, DESIRED, [row("1"), row("2")], store, at=AT)
    later = AT + timedelta(days=1)
    report = sync(connector, DESIRED, [row("1", at=later), row("2", 9, at=later)], store, at=later)
    assert (report.written, report.unchanged) == (1, 1)
    assert connector.leads["2"] == {
        "lp_score": 9,
        "lp_share": Decimal("0.5"),
        "lp_decided_at": later,
    }


def test_a_value_that_somebody_changed_by_hand_is_put_right(store: SqliteStore) -> None:
    connector = crm("1")
    sync(connector, DESIRED, [row("1")], store, at=AT)
    connector.leads["1"]["lp_score"] = "many"
    assert sync(connector, DESIRED, [row("1")], store, at=AT).written == 1
    assert connector.leads["1"]["lp_score"] == 1


def test_rows_go_in_batches_of_the_size_that_the_crm_takes(store: SqliteStore) -> None:
    keys = [f"{n:03}" for n in range(250)]
    connector = crm(*keys)
    report = sync(connector, DESIRED, (row(key) for key in keys), store, at=AT)
    assert report.written == 250
    assert [len(batch) for batch in connector.batches] == [100, 100, 50]


def test_rows_that_cannot_be_written_are_named_and_hold_up_nothing(store: SqliteStore) -> None:
    connector = crm("1", "2", "3")
    decisions = [
        row("1", score="high"),
        DecisionRow("2", {"lp_score": 1, "verdict": "accepted"}),
        row("gone"),
        row(""),
        row("\ud800"),
        row("3"),
        row("3", score=5),
    ]
    report = sync(connector, DESIRED, decisions, store, at=AT)
    assert (report.written, report.unchanged, report.failed) == (1, 0, 6)
    reasons = {(o.key, o.code): o.message for o in report.failures}
    assert reasons == {
        ("1", "bad_value"): "`lp_score` holds a whole number, not text",
        ("2", "bad_value"): "the decision and the policy's columns differ by"
        " `lp_decided_at`, `lp_share`, `verdict`",
        ("gone", "unknown_lead"): "the CRM has no such lead",
        ("", "bad_value"): "the lead has no key",
        ("\ud800", "bad_value"): "`key` holds a character that cannot be stored",
        ("3", "repeated"): "the lead was decided before in this run; the first decision counts",
    }
    assert connector.leads["3"]["lp_score"] == 1
    failures = report.to_dict()["failures"]
    assert isinstance(failures, list)
    assert failures[0].keys() == {"key", "code", "message"}


def test_columns_of_sales_and_marketing_are_never_written(store: SqliteStore) -> None:
    connector = crm("1")
    connector.leads["1"] |= {"verdict": "rejected", "campaign": "spring"}
    sync(connector, DESIRED, [row("1")], store, at=AT)
    assert connector.leads["1"]["verdict"] == "rejected"
    assert connector.leads["1"]["campaign"] == "spring"


@dataclass(slots=True)
class AllOrNone(Counting):
    """Refuses every batch that holds a bad key, and counts calls."""

    bad: frozenset[str] = frozenset()

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        if any(row.key in self.bad for row in rows):
            self.batches.append([])
            raise BatchRefusedError("a check of the CRM failed")
        return Counting.write(self, rows, columns)


@given(st.sets(st.integers(0, 63), max_size=3))
def test_a_refused_batch_is_halved_until_the_bad_rows_stand_alone(bad: set[int]) -> None:
    keys = [f"{n:02}" for n in range(64)]
    connector = crm_of(AllOrNone, *keys)
    connector.bad = frozenset(f"{n:02}" for n in bad)
    store = SqliteStore(":memory:")
    report = sync(connector, DESIRED, [row(key) for key in keys], store, at=AT)
    assert {o.key for o in report.failures} == connector.bad
    assert {o.code for o in report.failures} <= {"refused"}
    assert report.written == 64 - len(bad)
    assert len(connector.batches) <= 1 + 12 * len(bad)
    store.close()


def test_a_crm_that_leaves_a_lead_out_of_its_answer_is_found_out(store: SqliteStore) -> None:
    class Silent(MemoryConnector):
        def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
            return [o for o in super().write(rows, columns) if o.key != "2"]

    report = sync(crm_of(Silent, "1", "2"), DESIRED, [row("1"), row("2")], store, at=AT)
    assert report.written == 1
    assert [(o.key, o.code) for o in report.failures] == [("2", "no_answer")]


def test_a_crm_that_says_failed_is_believed(store: SqliteStore) -> None:
    class Stubborn(MemoryConnector):
        def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
            return [Outcome.failed(row.key, "field_locked", "no") for row in rows]

    report = sync(crm_of(Stubborn, "1"), DESIRED, [row("1")], store, at=AT)
    assert [(o.key, o.code, o.message) for o in report.failures] == [("1", "field_locked", "no")]


def test_a_broken_off_run_is_remembered_and_the_next_one_goes_on(store: SqliteStore) -> None:
    class Tired(Counting):
        def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
            if len(self.batches) == 1:
                self.batches.append([])
                raise BusyError("the CRM is locked")
            return super().write(rows, columns)

    keys = [f"{n:03}" for n in range(300)]
    connector = crm_of(Tired, *keys)
    with pytest.raises(BusyError):
        sync(connector, DESIRED, map(row, keys), store, at=AT)
    report = sync(connector, DESIRED, map(row, keys), store, at=AT)
    assert (report.written, report.unchanged) == (200, 100)
    broken, whole = store.runs(connector.target)
    assert (broken.error, broken.counts["written"]) == ("the CRM is locked", 100)
    assert (whole.error, whole.counts["written"]) == ("", 200)


def test_a_crm_that_was_not_prepared_is_refused_before_anything_is_written(
    store: SqliteStore,
) -> None:
    connector = Counting(leads={"1": {}})
    with pytest.raises(PlanError, match=r"5 to add.*; run `leadpolicy apply` first"):
        sync(connector, DESIRED, [row("1")], store, at=AT)
    assert connector.batches == []


def test_feedback_is_received_once_also_for_leads_that_nobody_decided(store: SqliteStore) -> None:
    connector = crm("1", "2")
    connector.leads["1"]["verdict"] = "accepted"
    connector.leads["2"]["verdict"] = "rejected"
    first = sync(connector, DESIRED, [row("1")], store, at=AT)
    assert (first.feedback_new, first.feedback_unchanged) == (2, 0)
    second = sync(connector, DESIRED, [row("1")], store, at=AT)
    assert (second.feedback_new, second.feedback_unchanged) == (0, 2)
    connector.leads["2"]["verdict"] = "accepted"
    connector.leads["1"]["verdict"] = None
    third = sync(connector, DESIRED, [row("1")], store, at=AT)
    assert (third.feedback_new, third.feedback_unchanged, third.feedback_withdrawn) == (1, 0, 1)
    latest = {found.key: found.values for found in store.feedback(connector.target)}
    assert latest == {"1": {}, "2": {"verdict": "accepted"}}


decisions = st.dictionaries(
    st.sampled_from([f"{n}" for n in range(8)]),
    st.tuples(
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.decimals(-1000, 1000, places=1),
        st.datetimes(timezones=st.just(UTC)),
    ),
)


@given(st.lists(decisions, min_size=1, max_size=3))
def test_after_a_sync_the_crm_holds_the_decisions_and_the_next_sync_writes_nothing(
    rounds: list[dict[str, tuple[Value, ...]]],
) -> None:
    connector, store = crm(*(f"{n}" for n in range(8))), SqliteStore(":memory:")
    for content in rounds:
        rows = [
            DecisionRow(k, dict(zip(("lp_score", "lp_share", "lp_decided_at"), v, strict=True)))
            for k, v in content.items()
        ]
        first = sync(connector, DESIRED, rows, store, at=AT)
        assert first.written + first.unchanged == len(rows)
        for expected in rows:
            stands = connector.leads[expected.key]
            assert stands.get("lp_score") == expected.values["lp_score"]
            assert stands.get("lp_share") == expected.values["lp_share"]
        again = sync(connector, DESIRED, rows, store, at=AT)
        assert (again.written, again.unchanged) == (0, len(rows))
    store.close()
