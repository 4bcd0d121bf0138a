"""What a policy needs in a CRM, and decisions as the values of those columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import leadpolicy
from leadpolicy.crm.apply import apply
from leadpolicy.crm.capabilities import Capabilities, PartKind, Stream
from leadpolicy.crm.desired import (
    UndeployableError,
    decision_row,
    desired_for,
    desired_state,
    feedback_columns,
    feedback_details,
)
from leadpolicy.crm.memory import MemoryConnector
from leadpolicy.crm.native import Native, Refusal
from leadpolicy.crm.placement import Where
from leadpolicy.crm.plan import propose
from leadpolicy.crm.state import Column, DesiredState, FieldKind, Permission, Rule, RuleKind
from leadpolicy.crm.store import SqliteStore
from leadpolicy.crm.sync import push
from leadpolicy.crm.values import normalise
from leadpolicy.documents.read import read
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy.policy.pipeline import check
from leadpolicy.policy.policy import Policy

MACHINES = Path(__file__).parents[2] / "conformance" / "machines.yaml"
AT = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def policy() -> leadpolicy.LeadPolicy:
    return leadpolicy.load(MACHINES)


def changed(**sections: Any) -> CheckedPolicy:
    """Return the policy with other sections."""
    data = read(MACHINES).tree.data | sections
    return check(Policy.model_validate(data))


def test_every_result_has_a_column(policy: leadpolicy.LeadPolicy) -> None:
    desired = desired_state(policy.checked)
    kinds = {column.name: (column.kind, column.owner, column.scale) for column in desired.columns}
    assert kinds == {
        "lp_fit": (FieldKind.NUMBER, "policy", 1),
        "lp_engagement": (FieldKind.WHOLE, "policy", 0),
        "lp_fit_grade": (FieldKind.CHOICE, "policy", 0),
        "lp_engagement_grade": (FieldKind.CHOICE, "policy", 0),
        "lp_rating": (FieldKind.CHOICE, "policy", 0),
        "lp_state": (FieldKind.CHOICE, "policy", 0),
        "lp_decided_at": (FieldKind.MOMENT, "policy", 0),
        "lp_valid_until": (FieldKind.MOMENT, "policy", 0),
        "lp_policy_version": (FieldKind.TEXT, "policy", 0),
        "lp_policy_hash": (FieldKind.TEXT, "policy", 0),
        "sales_feedback": (FieldKind.CHOICE, "sales", 0),
        "rejection_reason": (FieldKind.CHOICE, "sales", 0),
        "sales_feedback_at": (FieldKind.MOMENT, "sales", 0),
        "sales_feedback_by": (FieldKind.TEXT, "sales", 0),
    }
    assert (desired.policy, desired.version) == ("machines", "1.2")
    assert desired.content_hash == policy.content_hash


def test_the_instant_of_deciding_is_no_reason_to_write(policy: leadpolicy.LeadPolicy) -> None:
    desired = desired_state(policy.checked)
    assert [column.name for column in desired.columns if not column.compared] == ["lp_decided_at"]


def test_deciding_again_before_the_horizon_gives_the_same_row(
    policy: leadpolicy.LeadPolicy,
) -> None:
    rows = []
    for minute in (0, 1, 59):
        at = datetime(2026, 11, 1, 9, minute, tzinfo=UTC)
        values = dict(decision_row("L-1", policy.decide({"employees": 60}, at=at)).values)
        del values["lp_decided_at"]
        rows.append(values)
    assert rows[0] == rows[1] == rows[2]


def test_codes_and_labels_come_from_the_policy(policy: leadpolicy.LeadPolicy) -> None:
    german, english = (desired_state(policy.checked, lang=lang) for lang in ("de", "en"))
    codes = {column.name: column.codes for column in german.columns}
    assert codes["lp_state"] == ("lead", "mql", "sql", "customer")
    assert codes["lp_rating"] == ("A1", "A2", "B1", "B2", "C1", "C2")
    assert codes["lp_fit_grade"] == ("A", "B", "C")
    assert codes["sales_feedback"] == ("accepted", "rejected")
    labels = [{c.name: c.label for c in item.columns} for item in (german, english)]
    assert [item["sales_feedback"] for item in labels] == ["Rückmeldung", "Feedback"]
    assert [item["lp_state"] for item in labels] == ["Status des Leads", "State of the lead"]
    assert all(label for item in labels for label in item.values())


def test_reasons_have_a_table_with_both_languages(policy: leadpolicy.LeadPolicy) -> None:
    (table,) = desired_state(policy.checked, prefix="x_").tables
    assert table.name == "x_reasons"
    assert [(row.code, row.label_de, row.label_en) for row in table.rows] == [
        ("no_need", "no_need", "no_need"),
        ("no_budget", "no_budget", "no_budget"),
    ]


def test_without_feedback_there_is_nothing_for_sales() -> None:
    transitions: Any = read(MACHINES).tree.data["transitions"]
    rejecting = {name: part for name, part in transitions["reject"].items() if name != "reason"}
    checked = changed(feedback=None, transitions={**transitions, "reject": rejecting})
    desired = desired_state(checked)
    assert (desired.feedback, desired.tables, feedback_columns(checked)) == ((), (), {})


def test_feedback_columns_are_the_attributes(policy: leadpolicy.LeadPolicy) -> None:
    feedback = policy.checked.policy.feedback
    assert feedback is not None
    assert feedback_columns(policy.checked) == {
        "sales_feedback": "sales_feedback",
        "rejection_reason": "rejection_reason",
    }
    assert feedback_details(feedback) == ("sales_feedback_at", "sales_feedback_by")


def test_names_that_cannot_be_columns_are_told() -> None:
    checked = changed()
    with pytest.raises(UndeployableError, match=r"`lp;fit`|'lp;fit'"):
        desired_state(checked, prefix="lp;")
    with pytest.raises(UndeployableError, match="choose another prefix"):
        desired_state(checked, prefix="x" * 60)


def test_a_score_named_like_a_fixed_column_is_told() -> None:
    scores: Any = read(MACHINES).tree.data["scores"]
    with pytest.raises(UndeployableError, match=r"lp_decided_at.* given twice"):
        desired_state(changed(scores={**scores, "decided_at": scores["fit"]}))


def test_a_decision_has_a_value_for_every_written_column(policy: leadpolicy.LeadPolicy) -> None:
    lead = {"employees": 60, "industry": "machinery"}
    row = decision_row("K1", policy.decide(lead, at=AT))
    desired = desired_state(policy.checked)
    assert set(row.values) == {column.name for column in desired.written}
    assert row.values["lp_fit"] == Decimal("70.5")
    assert row.values["lp_rating"] == "A2"
    assert row.values["lp_state"] == "lead"
    assert row.values["lp_decided_at"] == AT
    for column in desired.written:
        normalise(row.values[column.name], column)


def test_an_override_in_force_reaches_the_crm(policy: leadpolicy.LeadPolicy) -> None:
    said = leadpolicy.Override("state", "customer", "sales", "phoned")
    decision = policy.decide({"employees": 60}, overrides=[said], at=AT)
    assert decision_row("K1", decision).values["lp_state"] == "customer"


def test_decisions_are_written_once(policy: leadpolicy.LeadPolicy) -> None:
    crm, store = MemoryConnector({"K1": {}, "K2": {}}), SqliteStore(":memory:")
    desired = desired_for(crm, policy.checked)
    apply(propose(crm, desired, store), crm, store, at=AT)
    for at, written in ((AT, 2), (AT.replace(hour=10), 0)):
        rows = [
            decision_row(key, policy.decide({"employees": size}, at=at))
            for key, size in (("K1", 5), ("K2", 60))
        ]
        report = push(crm, desired, rows, store, at=at)
        assert (report.written, report.failed) == (written, 0)
    assert crm.leads["K2"]["lp_fit"] == Decimal("40.0")


SOME = Rule("lp_moves", RuleKind.TRANSITION, "…", "transition reject, demands sql")
ABLE = Capabilities(creates=frozenset(PartKind), native=frozenset({"compare"}))


def places(desired: DesiredState) -> dict[str, tuple[Where, str]]:
    return {item.part: (item.where, item.reason) for item in desired.placements}


def test_without_capabilities_nothing_is_said_about_places(policy: leadpolicy.LeadPolicy) -> None:
    assert desired_state(policy.checked).placements == ()


def test_every_part_of_the_policy_has_a_place(policy: leadpolicy.LeadPolicy) -> None:
    found = places(desired_state(policy.checked, capabilities=ABLE))
    names = {
        *(f"score {name}" for name in policy.checked.scores),
        *(f"grade {name}" for name in policy.checked.policy.grades),
        *(f"transition {edge.name}" for edge in policy.checked.transitions),
        *(f"demands {part.name}" for part in policy.checked.states if part.demands),
        *(f"demands {part.name}" for part in policy.checked.transitions if part.demands),
        *("rating", "state", "feedback", "reasons", "permissions", "consents"),
    }
    assert set(found) == names
    assert found["score fit"] == (Where.SYNCED, "each sync writes it")
    assert found["transition reject"] == (
        Where.SYNCED,
        "each sync writes the state that follows from it; native rules are switched off",
    )
    assert found["reasons"][0] is Where.NATIVE
    assert found["permissions"] == (
        Where.IMPOSSIBLE,
        "the binding's options name no roles for marketing and sales",
    )


def test_what_a_crm_does_itself_is_native_and_the_rest_says_why_not(
    policy: leadpolicy.LeadPolicy,
) -> None:
    refusals = (Refusal("score engagement", "it counts signals"),)
    native = Native({"lp_fit": "1 + 1"}, (SOME,), refusals)
    desired = desired_state(policy.checked, native=native, permissions=True, capabilities=ABLE)
    found = places(desired)
    assert found["score fit"] == (Where.NATIVE, "the CRM computes it")
    assert found["transition reject"][0] is Where.NATIVE
    assert found["score engagement"] == (
        Where.SYNCED,
        "each sync writes it; it counts signals",
    )
    assert found["state"] == (Where.SYNCED, "each sync writes it; the CRM has nothing for it")
    assert found["permissions"][0] is Where.NATIVE
    assert desired.rules == (SOME,)
    assert "lp_fit" not in {column.name for column in desired.written}
    row = decision_row("K1", policy.decide({"employees": 60}, at=AT), desired=desired)
    assert set(row.values) == {column.name for column in desired.written}


def test_what_a_crm_cannot_have_is_left_out_and_said(policy: leadpolicy.LeadPolicy) -> None:
    poor = Capabilities(reads_consents=True, feeds=frozenset({Stream.FEEDBACK}))
    bound = {"lp_fit", "sales_feedback"}
    desired = desired_state(
        policy.checked,
        bound=bound,
        native=Native({"lp_fit": "1"}, (SOME,)),
        permissions=True,
        capabilities=poor,
    )
    assert {column.name for column in desired.columns} == bound
    assert all(column.bound and column.formula is None for column in desired.columns)
    assert (desired.tables, desired.rules, desired.permissions) == ((), (), ())
    found = places(desired)
    assert found["score fit"][0] is Where.SYNCED
    assert found["score engagement"] == (
        Where.IMPOSSIBLE,
        "the CRM cannot create fields; bind `lp_engagement` to one that it has",
    )
    assert found["transition reject"] == (
        Where.SYNCED,
        "each sync writes the state that follows from it; the CRM has no rules of its own",
    )
    assert found["feedback"] == (Where.SYNCED, "each sync reads what is new")
    assert found["reasons"] == (Where.IMPOSSIBLE, "the CRM cannot create tables")
    assert found["permissions"] == (
        Where.SYNCED,
        "the CRM cannot set rights; each sync leaves out what the other team wrote",
    )
    assert found["consents"][0] is Where.SYNCED
    unread = desired_state(policy.checked, capabilities=Capabilities())
    assert places(unread)["feedback"][0] is Where.IMPOSSIBLE


def test_each_team_writes_what_it_owns(policy: leadpolicy.LeadPolicy) -> None:
    desired = desired_state(policy.checked, permissions=True)
    rights = {(item.column, item.team): item.write for item in desired.permissions}
    assert rights["lp_state", "marketing"] is False
    assert rights["lp_state", "sales"] is False
    assert rights["sales_feedback", "sales"] is True
    assert rights["sales_feedback", "marketing"] is False
    assert {column for column, _ in rights} == {column.name for column in desired.columns}
    one = desired_state(policy.checked, permissions=["marketing"])
    assert {item.team for item in one.permissions} == {"marketing"}
    assert desired_state(policy.checked).permissions == ()


def test_the_crms_own_fields_are_kept_from_the_other_team_where_the_record_says_so() -> None:
    record: Any = read(MACHINES).tree.data["record"]
    attributes = {
        **record["attributes"],
        "budget": {"type": "flag", "title": "Budget", "owner": "sales"},
        "source": {"type": "text", "title": "Quelle", "owner": "marketing"},
        "board": {"type": "text", "title": "Gremium", "owner": "management"},
    }
    checked = changed(record={**record, "attributes": attributes})
    bound = {"budget", "source", "board", "employees"}
    desired = desired_state(checked, permissions=True, bound=bound)
    assert [item for item in desired.permissions if item.column in bound] == [
        Permission("marketing", "budget", write=False),
        Permission("sales", "source", write=False),
    ]
    assert not {"budget", "source"} & {
        item.column for item in desired_state(checked, permissions=True).permissions
    }


def test_what_the_crm_computes_needs_no_rights(policy: leadpolicy.LeadPolicy) -> None:
    desired = desired_state(policy.checked, native=Native({"lp_fit": "1"}), permissions=True)
    assert "lp_fit" not in {item.column for item in desired.permissions}


def test_an_opened_crm_says_what_it_does_itself(policy: leadpolicy.LeadPolicy) -> None:
    class Clever(MemoryConnector):
        def native(self, policy: CheckedPolicy, columns: Sequence[Column]) -> Native:
            return Native({column.name: "1" for column in columns if column.name == "lp_fit"})

    native = desired_for(Clever(), policy.checked, native=True)
    assert [column.name for column in native.columns if column.formula] == ["lp_fit"]
    assert not [c for c in desired_for(Clever(), policy.checked).columns if c.formula]
