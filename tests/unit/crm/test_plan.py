from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadpolicy.crm.apply import apply
from leadpolicy.crm.connector import Capabilities
from leadpolicy.crm.memory import MemoryConnector
from leadpolicy.crm.plan import PlanError, plan, propose
from leadpolicy.crm.planfile import from_dict, to_dict
from leadpolicy.crm.render import render
from leadpolicy.crm.state import (
    Action,
    Change,
    Column,
    DesiredState,
    FieldKind,
    ObservedColumn,
    ObservedState,
    ObservedTable,
    Owner,
    PropertyChange,
    Reason,
    ReasonRow,
    ReasonTable,
)
from leadpolicy.crm.store import SqliteStore

AT = datetime(2026, 3, 1, tzinfo=UTC)
SCORE = Column("lp_score", FieldKind.WHOLE, label="Score")
GRADE = Column("lp_grade", FieldKind.CHOICE, codes=("A", "B"))
VERDICT = Column("verdict", FieldKind.CHOICE, owner="sales", codes=("accepted", "rejected"))
NO_NEED = Reason("no_need", "Kein Bedarf", "No need")
TIMING = Reason("timing", "Zeitpunkt", "Timing")
REASONS = ReasonTable("reasons", (NO_NEED, TIMING))
DESIRED = DesiredState("b2b", "1.0", "abcdef0123456789", (SCORE, GRADE, VERDICT), (REASONS,))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "store.db")
    yield store
    store.close()


names = st.sampled_from(["a", "b", "c", "lp_state"])
labels = st.text(max_size=5)
owners: st.SearchStrategy[Owner] = st.sampled_from(["policy", "marketing", "sales"])


@st.composite
def columns(draw: st.DrawFn) -> Column:
    kind = draw(st.sampled_from(FieldKind))
    return Column(
        draw(names),
        kind,
        owner=draw(owners),
        object=draw(st.sampled_from(["lead", "account"])),
        scale=draw(st.integers(0, 3)),
        length=draw(st.none() | st.integers(1, 40)),
        codes=draw(st.sampled_from([(), ("x",), ("x", "y")])),
        label=draw(labels),
        compared=draw(st.booleans()),
    )


reasons = st.builds(Reason, names, labels, labels)
tables = st.builds(
    ReasonTable,
    names,
    st.lists(reasons, max_size=4, unique_by=lambda row: row.code).map(tuple),
)
desired_states = st.builds(
    DesiredState,
    st.just("p"),
    st.just("1"),
    st.text("0123456789abcdef", min_size=16, max_size=16),
    st.lists(columns(), max_size=5, unique_by=lambda c: (c.object, c.name)).map(tuple),
    st.lists(tables, max_size=2, unique_by=lambda t: t.name).map(tuple),
)


def brought(connector: MemoryConnector, desired: DesiredState) -> None:
    for change in propose(connector, desired).changes:
        connector.apply(change)


@given(st.lists(desired_states, min_size=1, max_size=3))
def test_a_plan_after_its_changes_is_empty_unless_something_is_in_the_way(
    versions: list[DesiredState],
) -> None:
    connector = MemoryConnector()
    for desired in versions:
        before = propose(connector, desired)
        brought(connector, desired)
        after = propose(connector, desired)
        assert after.changes == ()
        assert after.conflicts == before.conflicts


@given(desired_states, desired_states)
def test_making_the_changes_again_changes_nothing(
    first: DesiredState, second: DesiredState
) -> None:
    connector = MemoryConnector()
    brought(connector, first)
    changes = propose(connector, second).changes
    for change in changes:
        connector.apply(change)
    stands = (dict(connector.columns), {n: dict(rows) for n, rows in connector.tables.items()})
    for change in changes:
        connector.apply(change)
    assert (connector.columns, connector.tables) == stands


@given(desired_states, desired_states)
def test_reasons_are_never_lost(first: DesiredState, second: DesiredState) -> None:
    connector = MemoryConnector()
    brought(connector, first)
    known = {(name, code) for name, rows in connector.tables.items() for code in rows}
    brought(connector, second)
    assert known <= {(name, code) for name, rows in connector.tables.items() for code in rows}


@given(desired_states, desired_states)
def test_a_plan_survives_its_file(first: DesiredState, second: DesiredState) -> None:
    connector = MemoryConnector()
    brought(connector, first)
    found = propose(connector, second)
    assert from_dict(to_dict(found)) == found


def test_everything_is_added_to_an_empty_crm() -> None:
    found = plan(DESIRED, ObservedState())
    assert [change.action for change in found.changes] == [Action.ADD] * 6
    assert not found.is_empty
    assert found.unchanged == 0


def test_a_plan_names_each_changed_property() -> None:
    connector = MemoryConnector()
    brought(connector, DESIRED)
    wanted = replace(
        DESIRED,
        columns=(replace(SCORE, label="Punkte"), replace(GRADE, codes=("A", "B", "C")), VERDICT),
        tables=(ReasonTable("reasons", (replace(NO_NEED, label_de="Bedarf fehlt"),)),),
    )
    label, codes, reworded, gone = propose(connector, wanted).changes
    assert label.properties == (PropertyChange("label", "Score", "Punkte"),)
    assert codes.properties == (PropertyChange("codes", ("A", "B"), ("A", "B", "C")),)
    assert reworded.properties == (PropertyChange("label_de", "Kein Bedarf", "Bedarf fehlt"),)
    assert gone.action is Action.DEACTIVATE
    assert gone.part == ReasonRow("reasons", TIMING)


def test_a_reason_that_returns_becomes_active_again() -> None:
    connector = MemoryConnector()
    brought(connector, DESIRED)
    brought(connector, replace(DESIRED, tables=(ReasonTable("reasons", (NO_NEED,)),)))
    (change,) = propose(connector, DESIRED).changes
    assert change.action is Action.CHANGE
    assert change.properties == (PropertyChange("active", False, True),)


@pytest.mark.parametrize(
    ("standing", "message"),
    [
        (
            ObservedColumn("lp_score", frozenset({FieldKind.TEXT}), "VARCHAR(20)"),
            "stands as VARCHAR(20) and cannot hold the kind `whole`",
        ),
        (
            ObservedColumn("lp_grade", frozenset({FieldKind.CHOICE}), "VARCHAR(0)", length=0),
            "stands with 0 characters and needs 1",
        ),
    ],
)
def test_a_column_that_cannot_hold_the_values_is_in_the_way(
    standing: ObservedColumn, message: str
) -> None:
    found = plan(DESIRED, ObservedState(columns=(standing,)))
    assert [conflict.message for conflict in found.conflicts] == [message]
    assert not found.is_empty


def test_a_column_with_fewer_decimals_is_in_the_way() -> None:
    share = Column("share", FieldKind.NUMBER, scale=2)
    narrow = ObservedColumn("share", frozenset({FieldKind.NUMBER}), "NUMERIC(9, 1)", scale=1)
    found = plan(DesiredState("p", "1", "h", (share,)), ObservedState(columns=(narrow,)))
    assert found.conflicts[0].message == "stands with 1 decimals and needs 2"


def test_what_a_crm_does_not_keep_is_never_compared() -> None:
    whole = ObservedColumn("lp_score", frozenset({FieldKind.WHOLE}), "BIGINT")
    desired = DesiredState("p", "1", "h", (SCORE,))
    assert plan(desired, ObservedState(columns=(whole,))).is_empty


def test_a_crm_without_rights_to_create_says_what_is_missing() -> None:
    able = Capabilities(can_create_columns=False, can_create_tables=False)
    found = plan(DESIRED, ObservedState(), able)
    assert found.changes == ()
    assert len(found.conflicts) == 4
    assert {c.message for c in found.conflicts} == {"is missing and cannot be created here"}


def test_a_table_of_another_shape_is_in_the_way() -> None:
    strange = ObservedTable("reasons", lacks=("label_de", "active"))
    found = plan(DESIRED, ObservedState(tables=(strange,)))
    assert found.conflicts[0].message == "stands without `label_de`, `active`"


def test_a_plan_reads_as_text() -> None:
    connector = MemoryConnector()
    brought(connector, DESIRED)
    wanted = replace(
        DESIRED,
        columns=(replace(SCORE, label="Punkte"), Column("lp_at", FieldKind.MOMENT), VERDICT),
        tables=(ReasonTable("reasons", (TIMING, Reason("budget", "Kein Budget", "No budget"))),),
    )
    assert render(propose(connector, wanted)) == (
        "policy b2b 1.0 (abcdef012345)\n"
        "  ~ column lead.lp_score\n"
        '      label: "Score" -> "Punkte"\n'
        "  + column lead.lp_at  moment, written by policy\n"
        '  + reason reasons[budget]  "Kein Budget" / "No budget"\n'
        "  - reason reasons[no_need]\n"
        "      active: true -> false\n"
        "2 to add, 1 to change, 1 to deactivate, 3 unchanged\n"
        "delivery: exactly once, each lead by its own key"
    )


def test_a_plan_shows_what_is_in_the_way_and_an_empty_one_says_so() -> None:
    connector = MemoryConnector()
    brought(connector, DESIRED)
    assert "nothing to do: 6 parts stand as the policy needs them" in render(
        propose(connector, DESIRED)
    )
    text = render(
        propose(connector, replace(DESIRED, columns=(replace(SCORE, kind=FieldKind.TEXT),)))
    )
    assert "  ! column lead.lp_score stands as whole" in text
    assert "1 in the way" in text


def test_text_from_documents_cannot_steer_the_terminal() -> None:
    bad = ReasonTable("reasons", (Reason("\x1b[2J", "\x1b[31m", "\n"),))
    text = render(plan(DesiredState("p", "1", "h", (), (bad,)), ObservedState()))
    assert "\x1b" not in text


def test_apply_confirms_and_remembers_the_policy(store: SqliteStore) -> None:
    connector = MemoryConnector()
    report = apply(propose(connector, DESIRED), connector, store, at=AT)
    assert (report.changed, report.standing) == (6, 6)
    last = store.last_applied(connector.target)
    assert last is not None
    assert (last.content_hash, last.changes, last.at) == (DESIRED.content_hash, 6, AT)


def test_apply_refuses_before_the_first_change_when_something_is_in_the_way(
    store: SqliteStore,
) -> None:
    connector = MemoryConnector()
    brought(connector, DesiredState("p", "1", "h", (replace(SCORE, kind=FieldKind.TEXT),)))
    with pytest.raises(PlanError, match=r"nothing was changed, because\n  column lead\.lp_score"):
        apply(propose(connector, DESIRED), connector, store, at=AT)
    assert list(connector.columns) == [("lead", "lp_score")]
    assert store.last_applied(connector.target) is None


def test_apply_notices_a_crm_that_did_not_do_it(store: SqliteStore) -> None:
    class Forgetful(MemoryConnector):
        def apply(self, change: Change) -> None:
            if change.part != GRADE:
                super().apply(change)

    connector = Forgetful()
    with pytest.raises(PlanError, match=r"does not stand as planned\n(.|\n)*column lead\.lp_grade"):
        apply(propose(connector, DESIRED), connector, store, at=AT)
    assert store.last_applied(connector.target) is None


def test_an_empty_plan_leaves_no_trace_the_second_time(store: SqliteStore) -> None:
    connector = MemoryConnector()
    apply(propose(connector, DESIRED), connector, store, at=AT)
    apply(propose(connector, DESIRED), connector, store, at=datetime(2027, 1, 1, tzinfo=UTC))
    last = store.last_applied(connector.target)
    assert last is not None
    assert last.at == AT


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ({"format": 2}, r"not a plan of format 1 \(format: 2\)"),
        ({"changes": 5}, "damaged at `changes`"),
        ({"changes": [{"action": "drop", "part": {"table": "leads"}}]}, "damaged at `changes.0"),
        ({"unchanged": "many"}, "damaged at `unchanged`"),
        ({"destroy": True}, "holds more than a plan has"),
    ],
)
def test_a_plan_file_that_was_edited_is_refused(damage: dict[str, object], message: str) -> None:
    data = to_dict(plan(DESIRED, ObservedState())) | damage
    with pytest.raises(PlanError, match=message):
        from_dict(data)


def test_a_plan_file_of_something_else_is_refused() -> None:
    with pytest.raises(PlanError, match="not a plan of format 1"):
        from_dict({})
