"""Drift: every foreign edit in what is ours is found, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.crm.adopt import adopt
from leadpolicy.crm.apply import apply
from leadpolicy.crm.connector import CrmError
from leadpolicy.crm.drift import DriftKind, NothingAppliedError, drift, render_drift
from leadpolicy.crm.memory import MemoryConnector
from leadpolicy.crm.plan import PlanError, propose
from leadpolicy.crm.render import render
from leadpolicy.crm.state import (
    DesiredState,
    FieldKind,
    ObservedColumn,
    ObservedReason,
    Reason,
    RuleKind,
    address,
)
from states import (
    AT,
    DESIRED,
    GRADE,
    NO_NEED,
    PARTS,
    RIGHT,
    RULE,
    SCORE,
    bring,
    desired_states,
    memory_store,
)

Edit = Callable[[MemoryConnector], None]


def column(name: str, **edited: object) -> Edit:
    def make(crm: MemoryConnector) -> None:
        found: ObservedColumn = crm.columns["lead", name]
        crm.columns["lead", name] = replace(found, **edited)  # type: ignore[arg-type]

    return make


def reason(code: str, row: ObservedReason | None) -> Edit:
    def make(crm: MemoryConnector) -> None:
        rows = crm.tables["lp_reasons"]
        rows.pop(code, None)
        rows |= {} if row is None else {code: row}

    return make


def rule(**edited: object) -> Edit:
    def make(crm: MemoryConnector) -> None:
        crm.rules[address(RULE)] = replace(RULE, **edited)  # type: ignore[arg-type]

    return make


def without_table(crm: MemoryConnector) -> None:
    del crm.tables["lp_reasons"]


def without_column(crm: MemoryConnector) -> None:
    del crm.columns["lead", "lp_score"]


def without_rule(crm: MemoryConnector) -> None:
    crm.rules.clear()


def without_right(crm: MemoryConnector) -> None:
    crm.permissions.clear()


def with_right(crm: MemoryConnector) -> None:
    crm.permissions[address(RIGHT)] = replace(RIGHT, write=True)


_LP_SCORE, _LP_GRADE = "column lead.lp_score", "column lead.lp_grade"
_NO_NEED = "row lp_reasons[no_need]"
RETIRED = ObservedReason(NO_NEED, active=False)
EDITS: list[tuple[Edit, str, DriftKind, str]] = [
    (column("lp_score", label="Punkte"), _LP_SCORE, DriftKind.EDITED, "label"),
    (column("lp_score", description="alt"), _LP_SCORE, DriftKind.EDITED, "description"),
    (column("lp_score", formula="1"), _LP_SCORE, DriftKind.EDITED, "formula"),
    (column("lp_score", type_name="bigint"), _LP_SCORE, DriftKind.EDITED, "type_name"),
    (column("lp_score", scale=3), _LP_SCORE, DriftKind.EDITED, "scale"),
    (
        column("lp_score", holds=frozenset({FieldKind.WHOLE, FieldKind.NUMBER})),
        _LP_SCORE,
        DriftKind.EDITED,
        "holds",
    ),
    (column("lp_grade", codes=("A",)), _LP_GRADE, DriftKind.EDITED, "codes"),
    (column("lp_grade", codes=("A", "B", "C")), _LP_GRADE, DriftKind.EDITED, "codes"),
    (without_column, _LP_SCORE, DriftKind.MISSING, ""),
    (without_table, "table lp_reasons", DriftKind.MISSING, ""),
    (reason("no_need", None), _NO_NEED, DriftKind.MISSING, ""),
    (
        reason("no_need", ObservedReason(replace(NO_NEED, label_de="Nein"))),
        _NO_NEED,
        DriftKind.EDITED,
        "label_de",
    ),
    (
        reason("no_need", ObservedReason(replace(NO_NEED, label_en="Nope"))),
        _NO_NEED,
        DriftKind.EDITED,
        "label_en",
    ),
    (
        reason("no_need", ObservedReason(NO_NEED, active=False)),
        _NO_NEED,
        DriftKind.EDITED,
        "active",
    ),
    (
        reason("price", ObservedReason(Reason("price", "Preis", "Price"))),
        "row lp_reasons[price]",
        DriftKind.EXTRA,
        "",
    ),
    (rule(body="true"), "rule lead.lp_reject", DriftKind.EDITED, "body"),
    (rule(message="pst"), "rule lead.lp_reject", DriftKind.EDITED, "message"),
    (rule(kind=RuleKind.CHECK), "rule lead.lp_reject", DriftKind.EDITED, "kind"),
    (without_rule, "rule lead.lp_reject", DriftKind.MISSING, ""),
    (with_right, "permission marketing:lead.verdict", DriftKind.EDITED, "write"),
    (without_right, "permission marketing:lead.verdict", DriftKind.MISSING, ""),
]
INDIFFERENT = {"type_name", "scale", "holds"}
"""What no plan can change; where the values still fit, nothing is in the way."""


@pytest.mark.parametrize(("edit", "name", "kind", "key"), EDITS)
def test_an_edit_is_found_shown_and_undone_only_when_a_person_says_so(
    edit: Edit, name: str, kind: DriftKind, key: str
) -> None:
    connector, store = MemoryConnector(), memory_store()
    bring(connector, DESIRED, store)
    edit(connector)
    found = drift(connector, store)
    first = found.items[0]
    assert (first.address, first.kind) == (name, kind)
    assert [item.name for item in first.properties] == ([key] if key else [])
    if key in INDIFFERENT:
        assert propose(connector, DESIRED, store).is_empty
        return
    plan = propose(connector, DESIRED, store)
    assert [address(item.part) for item in plan.conflicts][:1] == [name]
    assert all(item.drifted for item in plan.conflicts)
    assert f"! {name}" in render(plan)
    with pytest.raises(PlanError, match="by hand"):
        apply(plan, connector, store, at=AT)
    undone = propose(connector, DESIRED, store, overwrite_drift=True)
    apply(undone, connector, store, at=AT)
    assert propose(connector, DESIRED, store).is_empty


@pytest.mark.parametrize(("edit", "name", "kind", "key"), EDITS)
def test_an_edit_that_is_imported_is_a_difference_like_any_other(
    edit: Edit, name: str, kind: DriftKind, key: str
) -> None:
    connector, store = MemoryConnector(), memory_store()
    bring(connector, DESIRED, store)
    edit(connector)
    adopt(
        connector,
        DESIRED,
        store,
        parts=[item.address for item in drift(connector, store).items],
        at=AT,
    )
    assert drift(connector, store).is_empty
    plan = propose(connector, DESIRED, store)
    assert plan.conflicts == ()
    assert bool(plan.changes) is (key not in INDIFFERENT)
    apply(plan, connector, store, at=AT)
    assert propose(connector, DESIRED, store).is_empty
    assert drift(connector, store).is_empty


@settings(max_examples=examples(60))
@given(st.lists(desired_states(), min_size=1, max_size=3), st.booleans())
def test_there_is_no_drift_where_nobody_touched_anything(
    versions: list[DesiredState], is_destroyed: bool
) -> None:
    connector, store = MemoryConnector(), memory_store()
    for desired in versions:
        plan = propose(connector, desired, store, allow_destroy=is_destroyed)
        apply(plan, connector, store, at=AT)
    if store.deployment(connector.target).owned:
        found = drift(connector, store)
        assert found.items == ()
        assert found.standing == len(store.deployment(connector.target).owned)


def test_what_is_not_ours_is_silence() -> None:
    connector, store = MemoryConnector(), memory_store()
    bring(connector, DESIRED, store)
    connector.columns["lead", "colour"] = ObservedColumn("colour", frozenset(FieldKind), "text")
    connector.tables["colours"] = {"red": ObservedReason(Reason("red", "rot", "red"))}
    connector.rules["rule lead.theirs"] = replace(RULE, name="theirs")
    assert drift(connector, store).is_empty
    assert propose(connector, DESIRED, store).is_empty


def test_what_somebody_set_to_what_the_policy_now_wants_is_settled_by_an_apply() -> None:
    connector, store = MemoryConnector(), memory_store()
    bring(connector, DESIRED, store)
    column("lp_score", label="Punkte")(connector)
    wanted = replace(DESIRED, columns=(replace(SCORE, label="Punkte"), *DESIRED.columns[1:]))
    assert propose(connector, wanted, store).is_empty
    bring(connector, wanted, store)
    assert drift(connector, store).is_empty


def test_an_edit_that_no_plan_changes_stays_drift_after_an_apply() -> None:
    connector, store = MemoryConnector(), memory_store()
    bring(connector, DESIRED, store)
    column("lp_score", type_name="bigint")(connector)
    bring(connector, DESIRED, store)
    assert [item.address for item in drift(connector, store).items] == [_LP_SCORE]


def test_an_edited_rule_is_not_removed_without_a_word() -> None:
    connector, store = MemoryConnector(), memory_store()
    bring(connector, DESIRED, store)
    rule(body="true")(connector)
    (conflict,) = propose(connector, replace(DESIRED, rules=()), store).conflicts
    assert (conflict.message, conflict.drifted) == ("was changed by hand", True)


def test_a_drift_reads_as_text_and_as_data() -> None:
    connector, store = MemoryConnector(), memory_store()
    bring(connector, DESIRED, store)
    column("lp_grade", label="\x1b[2J")(connector)
    without_rule(connector)
    found = drift(connector, store)
    assert render_drift(found) == (
        "  - rule lead.lp_reject was removed by hand\n"
        "  ~ column lead.lp_grade was changed by hand\n"
        '      label: "" -> "\\u001b[2J"\n'
        f"2 drifted, {PARTS - 2} stand as they were left"
    )
    assert found.to_dict()["items"][0] == {
        "address": "rule lead.lp_reject",
        "kind": "missing",
        "properties": [],
    }


def test_nothing_applied_yet_is_said() -> None:
    with pytest.raises(NothingAppliedError, match="nothing was applied to `memory:`") as caught:
        drift(MemoryConnector(), memory_store())
    assert isinstance(caught.value, CrmError)
    assert "apply" in str(caught.value.hint)


def test_a_column_that_was_kept_is_still_ours() -> None:
    connector, store = MemoryConnector(), memory_store()
    bring(connector, DESIRED, store)
    smaller = replace(DESIRED, columns=(GRADE,))
    apply(propose(connector, smaller, store), connector, store, at=AT)
    column("lp_score", label="Punkte")(connector)
    assert [item.address for item in drift(connector, store).items] == [_LP_SCORE]
