"""What a policy needs in a CRM, and decisions as the values of those columns."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import leadpolicy
from leadpolicy.crm.desired import (
    UndeployableError,
    decision_row,
    desired_state,
    feedback_columns,
    feedback_details,
)
from leadpolicy.crm.memory import MemoryConnector
from leadpolicy.crm.plan import propose
from leadpolicy.crm.state import FieldKind
from leadpolicy.crm.store import SqliteStore
from leadpolicy.crm.sync import sync
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
    desired = desired_state(policy.checked)
    crm = MemoryConnector({"K1": {}, "K2": {}})
    for change in propose(crm, desired).changes:
        crm.apply(change)
    store = SqliteStore(":memory:")
    for at, written in ((AT, 2), (AT.replace(hour=10), 0)):
        rows = [
            decision_row(key, policy.decide({"employees": size}, at=at))
            for key, size in (("K1", 5), ("K2", 60))
        ]
        report = sync(crm, desired, rows, store, at=at)
        assert (report.written, report.failed) == (written, 0)
    assert crm.leads["K2"]["lp_fit"] == Decimal("40.0")
