"""Plans: what is wanted against what stands, part by part down to the property."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from leadpolicy.crm.capabilities import Capabilities, PartKind
from leadpolicy.crm.memory import MemoryConnector
from leadpolicy.crm.placement import Placement, Where
from leadpolicy.crm.plan import Plan, plan, propose
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
    Permission,
    PropertyChange,
    Reason,
    ReasonRow,
    ReasonTable,
    address,
)
from states import (
    DESIRED,
    GRADE,
    NO_NEED,
    PARTS,
    REASONS,
    RIGHT,
    RULE,
    SCORE,
    TIMING,
    VERDICT,
    bring,
    memory_store,
)

SCHEMA = replace(DESIRED, rules=(), permissions=())


def brought(connector: MemoryConnector, desired: DesiredState) -> None:
    """Make everything that is missing, without a store."""
    for change in plan(desired, connector.observe(desired)).changes:
        connector.apply(change)


def proposed(connector: MemoryConnector, desired: DesiredState) -> Plan:
    """Return a plan that asks nobody whose the standing parts are."""
    return plan(desired, connector.observe(desired), connector.capabilities)


def test_everything_is_added_to_an_empty_crm() -> None:
    found = plan(SCHEMA, ObservedState())
    assert [change.action for change in found.changes] == [Action.ADD] * 6
    assert not found.is_empty
    assert found.unchanged == 0


def test_a_plan_names_each_changed_property() -> None:
    connector = MemoryConnector()
    brought(connector, SCHEMA)
    wanted = replace(
        SCHEMA,
        columns=(replace(SCORE, label="Punkte"), replace(GRADE, codes=("A", "B", "C")), VERDICT),
        tables=(ReasonTable("lp_reasons", (replace(NO_NEED, label_de="Bedarf fehlt"),)),),
    )
    label, codes, reworded, gone = proposed(connector, wanted).changes
    assert label.properties == (PropertyChange("label", "Score", "Punkte"),)
    assert codes.properties == (PropertyChange("codes", ("A", "B"), ("A", "B", "C")),)
    assert reworded.properties == (PropertyChange("label_de", "Kein Bedarf", "Bedarf fehlt"),)
    assert gone.action is Action.DEACTIVATE
    assert gone.part == ReasonRow("lp_reasons", TIMING)


def test_a_reason_that_returns_becomes_active_again() -> None:
    connector = MemoryConnector()
    brought(connector, SCHEMA)
    brought(connector, replace(SCHEMA, tables=(ReasonTable("lp_reasons", (NO_NEED,)),)))
    (change,) = proposed(connector, SCHEMA).changes
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
    found = plan(SCHEMA, ObservedState(columns=(standing,)))
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
    able = Capabilities()
    found = plan(SCHEMA, ObservedState(), able)
    assert found.changes == ()
    assert len(found.conflicts) == 4
    assert {c.message for c in found.conflicts} == {"is missing and cannot be created here"}


def test_a_table_of_another_shape_is_in_the_way() -> None:
    strange = ObservedTable("lp_reasons", lacks=("label_de", "active"))
    found = plan(SCHEMA, ObservedState(tables=(strange,)))
    assert found.conflicts[0].message == "stands without `label_de`, `active`"


def test_a_plan_reads_as_text() -> None:
    connector = MemoryConnector()
    brought(connector, SCHEMA)
    wanted = replace(
        SCHEMA,
        columns=(replace(SCORE, label="Punkte"), Column("lp_at", FieldKind.MOMENT), VERDICT),
        tables=(ReasonTable("lp_reasons", (TIMING, Reason("budget", "Kein Budget", "No budget"))),),
    )
    assert render(proposed(connector, wanted)) == (
        "policy b2b 1.0 (abcdef012345)\n"
        "  ~ column lead.lp_score\n"
        '      label: "Score" -> "Punkte"\n'
        "  + column lead.lp_at  moment, written by policy\n"
        '  + row lp_reasons[budget]  "Kein Budget" / "No budget"\n'
        "  - row lp_reasons[no_need]\n"
        "      active: true -> false\n"
        "2 to add, 1 to change, 1 to deactivate, 3 unchanged\n"
        "delivery: exactly once, each lead by its own key"
    )


def test_a_plan_shows_what_is_in_the_way_and_an_empty_one_says_so() -> None:
    connector = MemoryConnector()
    brought(connector, SCHEMA)
    assert "nothing to do: 6 parts stand as the policy needs them" in render(
        proposed(connector, SCHEMA)
    )
    text = render(
        proposed(connector, replace(SCHEMA, columns=(replace(SCORE, kind=FieldKind.TEXT),)))
    )
    assert "  ! column lead.lp_score stands as whole" in text
    assert "1 in the way" in text


def test_text_from_documents_cannot_steer_the_terminal() -> None:
    bad = ReasonTable("lp_reasons", (Reason("\x1b[2J", "\x1b[31m", "\n"),))
    text = render(plan(DesiredState("p", "1", "h", (), (bad,)), ObservedState()))
    assert "\x1b" not in text


def test_parts_that_depend_on_others_go_before_them_and_come_after_them() -> None:
    connector, store = MemoryConnector(), memory_store()
    computed = Column("lp_sum", FieldKind.WHOLE, formula="lp_score + 1")
    first = replace(DESIRED, columns=(computed, SCORE), tables=(REASONS,))
    changes = propose(connector, first, store).changes
    assert [address(change.part) for change in changes] == [
        "column lead.lp_score",
        "column lead.lp_sum",
        "table lp_reasons",
        "row lp_reasons[no_need]",
        "row lp_reasons[timing]",
        "rule lead.lp_reject",
        "permission marketing:lead.verdict",
    ]
    bring(connector, first, store)
    nothing = DesiredState("b2b", "2", "0" * 16)
    gone = propose(connector, nothing, store, allow_destroy=True).changes
    assert [(change.action.value, address(change.part)) for change in gone] == [
        ("destroy", "permission marketing:lead.verdict"),
        ("destroy", "rule lead.lp_reject"),
        ("destroy", "column lead.lp_score"),
        ("destroy", "column lead.lp_sum"),
        ("destroy", "table lp_reasons"),
    ]
    bring(connector, nothing, store)
    assert (connector.columns, connector.tables, connector.rules) == ({}, {}, {})
    assert store.deployment(connector.target).owned == ()


def test_what_holds_data_stays_and_what_holds_none_is_removed() -> None:
    connector, store = MemoryConnector(), memory_store()
    computed = Column("lp_sum", FieldKind.WHOLE, formula="1")
    bring(connector, replace(DESIRED, columns=(SCORE, computed)), store)
    found = propose(connector, DesiredState("b2b", "2", "0" * 16), store)
    assert {address(c.part) for c in found.changes if c.action is Action.DESTROY} == {
        "column lead.lp_sum",
        "rule lead.lp_reject",
        "permission marketing:lead.verdict",
    }
    assert {address(c.part) for c in found.changes if c.action is Action.DEACTIVATE} == {
        "row lp_reasons[no_need]",
        "row lp_reasons[timing]",
    }
    assert [remark.address for remark in found.remarks] == [
        "column lead.lp_score",
        "table lp_reasons",
    ]
    text = render(found)
    assert "    column lead.lp_score is no longer wanted, and stays; --allow-destroy" in text
    assert "  x rule lead.lp_reject\n" in text
    assert "0 to add, 0 to change, 2 to deactivate, 3 to destroy, 0 unchanged" in text


@pytest.mark.parametrize(
    ("before", "after"), [(None, "lp_a + 1"), ("lp_a + 1", None), ("lp_a + 1", "lp_a + 2")]
)
def test_who_computes_a_column_can_change(before: str | None, after: str | None) -> None:
    connector, store = MemoryConnector(), memory_store()
    bring(connector, replace(DESIRED, columns=(replace(SCORE, formula=before),)), store)
    wanted = replace(DESIRED, columns=(replace(SCORE, formula=after),))
    (change,) = propose(connector, wanted, store).changes
    assert change.properties == (PropertyChange("formula", before, after),)
    assert (len(wanted.written) == 1) is (after is None)


def test_a_change_that_the_login_may_not_make_is_in_the_way_at_plan_time() -> None:
    class Guarded(MemoryConnector):
        def denied(self, changes: Sequence[Change]) -> Mapping[str, str]:
            return {address(c.part): "no ALTER here" for c in changes if c.part == SCORE}

    found = propose(Guarded(), DESIRED, memory_store())
    assert [(c.part, c.message) for c in found.conflicts] == [
        (SCORE, "may not be changed: no ALTER here")
    ]
    assert len(found.changes) == PARTS - 1
    assert propose(Guarded(), replace(DESIRED, columns=(GRADE,)), memory_store()).conflicts == ()


def test_what_a_crm_cannot_change_is_in_the_way() -> None:
    connector, store = MemoryConnector(), memory_store()
    bring(connector, DESIRED, store)
    connector.capabilities = Capabilities(creates=frozenset(PartKind))
    wanted = replace(DESIRED, columns=(replace(SCORE, label="x"), GRADE, VERDICT))
    (conflict,) = propose(connector, wanted, store).conflicts
    assert conflict.message == "differs and cannot be changed here"
    assert conflict.properties == (PropertyChange("label", "Score", "x"),)


def test_rules_and_rights_that_a_crm_has_not_are_no_part_of_a_plan() -> None:
    connector, store = MemoryConnector(), memory_store()
    schema = frozenset({PartKind.COLUMN, PartKind.TABLE, PartKind.REASON})
    connector.capabilities = Capabilities(creates=schema, changes=schema)
    bring(connector, DESIRED, store)
    assert (connector.rules, connector.permissions) == ({}, {})
    assert propose(connector, DESIRED, store).is_empty


def test_planning_changes_nothing_anywhere() -> None:
    class ReadOnly(MemoryConnector):
        def apply(self, change: Change) -> None:
            raise AssertionError(change)

    connector, store = ReadOnly(), memory_store()
    for _ in range(2):
        propose(connector, DESIRED, store)
    deployment = store.deployment(connector.target)
    assert (deployment.serial, deployment.owned, deployment.intents) == (0, (), ())


def test_each_plan_is_another_one() -> None:
    connector, store = MemoryConnector(), memory_store()
    one, two = (propose(connector, DESIRED, store) for _ in range(2))
    assert one.id != two.id
    assert one == replace(two, id=one.id)


def test_a_reason_that_others_put_into_a_table_of_theirs_is_left_alone() -> None:
    connector, store = MemoryConnector(), memory_store()
    bring(connector, replace(DESIRED, policy="theirs"), memory_store())
    found = propose(connector, replace(DESIRED, tables=(ReasonTable("lp_reasons"),)), store)
    assert found.changes == ()
    assert "row lp_reasons[timing]" not in {address(c.part) for c in found.conflicts}


def test_a_plan_says_who_carries_out_each_part_of_the_policy() -> None:
    places = (
        Placement("score fit", Where.SYNCED, "each sync writes it"),
        Placement("score engagement", Where.SYNCED, "each sync writes it"),
        Placement("transition win", Where.IMPOSSIBLE, "no\x1bway"),
        Placement("state", Where.NATIVE, "the CRM computes it"),
        Placement("rating", Where.SYNCED, "each sync writes it"),
    )
    text = render(plan(replace(DESIRED, placements=places), ObservedState()))
    assert text.splitlines()[-4:-1] == [
        "native: state (the CRM computes it)",
        "synced: score fit, engagement, rating (each sync writes it)",
        "not possible here: transition win (no?way)",
    ]


def test_rules_and_rights_read_as_text() -> None:
    text = render(plan(DESIRED, ObservedState()))
    assert "  + rule lead.lp_reject  enforces demands rejected\n" in text
    assert "  + permission marketing:lead.verdict  may read only\n" in text
    free = replace(DESIRED, permissions=(replace(RIGHT, write=True),))
    assert "permission marketing:lead.verdict  may write\n" in render(plan(free, ObservedState()))
    long = replace(DESIRED, rules=(replace(RULE, body="x" * 5000),))
    connector, store = MemoryConnector(), memory_store()
    bring(connector, DESIRED, store)
    assert len(render(propose(connector, long, store))) < 1000


def test_a_column_that_the_crm_computes_says_so() -> None:
    computed = replace(DESIRED, columns=(replace(SCORE, formula="1"),))
    text = render(plan(computed, ObservedState()))
    assert "+ column lead.lp_score  whole, computed by the CRM" in text
    assert computed.written == ()


def test_an_unwanted_right_is_set_whoever_gave_it() -> None:
    connector, store = MemoryConnector(), memory_store()
    other = Permission("sales", "lp_score", write=True)
    connector.permissions[address(other)] = other
    wanted = replace(DESIRED, permissions=(replace(other, write=False),))
    changes = propose(connector, wanted, store).changes
    assert changes[-1].properties == (PropertyChange("write", True, False),)


def test_a_reason_that_a_crm_cannot_set_inactive_stays_and_is_named() -> None:
    connector, store = MemoryConnector(), memory_store()
    bring(connector, DESIRED, store)
    connector.capabilities = Capabilities(creates=frozenset(PartKind))
    found = propose(connector, replace(DESIRED, tables=(ReasonTable("lp_reasons"),)), store)
    assert found.changes == ()
    assert {remark.message for remark in found.remarks} == {
        "is no longer wanted and cannot be set inactive here"
    }


def test_another_policy_on_the_same_crm_is_named() -> None:
    connector, store = MemoryConnector(), memory_store()
    bring(connector, DESIRED, store)
    found = propose(connector, replace(DESIRED, policy="b2c"), store)
    assert [(remark.address, remark.message) for remark in found.remarks] == [
        ("policy b2b", "was applied here last, and its parts count as no longer wanted")
    ]
