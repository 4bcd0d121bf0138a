"""Rollback: an earlier version as it stood then, or what cannot be undone, before it starts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.crm.apply import ApplyReport, apply
from leadpolicy.crm.connector import Capabilities, PartKind
from leadpolicy.crm.drift import NothingAppliedError
from leadpolicy.crm.errors import CrmError
from leadpolicy.crm.history import desired_then, state_then
from leadpolicy.crm.memory import MemoryConnector
from leadpolicy.crm.plan import PlanError, propose
from leadpolicy.crm.render import render
from leadpolicy.crm.rollback import applied_as, rollback_plan
from leadpolicy.crm.state import DesiredState
from leadpolicy.crm.store import SqliteStore
from leadpolicy.crm.store.contract import Applied, Holder
from states import (
    AT,
    DESIRED,
    GRADE,
    NO_NEED,
    REASONS,
    SCORE,
    VERDICT,
    bring,
    desired_states,
    memory_store,
)

SMALL = replace(DESIRED, version="0", columns=(GRADE,), rules=(), permissions=())


def go_back(
    connector: MemoryConnector, store: SqliteStore, serial: int, *, allow_destroy: bool = False
) -> ApplyReport:
    plan = rollback_plan(connector, store, serial=serial, allow_destroy=allow_destroy)
    return apply(plan, connector, store, at=AT)


@settings(max_examples=examples(60))
@given(st.lists(desired_states(), min_size=2, max_size=4), st.booleans(), st.data())
def test_every_earlier_version_can_be_returned_to_exactly(
    versions: list[DesiredState], allow_destroy: bool, data: st.DataObject
) -> None:
    connector, store = MemoryConnector(), memory_store()
    for desired in versions:
        plan = propose(connector, desired, store, allow_destroy=allow_destroy)
        apply(plan, connector, store, at=AT)
    history = list(store.history(connector.target))
    goal = data.draw(st.sampled_from(history))
    report = go_back(connector, store, goal.serial, allow_destroy=allow_destroy)
    assert report.state == state_then(goal)
    assert propose(connector, desired_then(goal), store).is_empty
    last = store.last_applied(connector.target)
    assert last is not None
    assert last.content_hash == goal.content_hash


def test_what_was_added_since_stays_and_is_named_before_it_starts() -> None:
    connector, store = MemoryConnector(), memory_store()
    bring(connector, SMALL, store)
    bring(connector, DESIRED, store)
    plan = rollback_plan(connector, store, serial=1)
    assert plan.rollback_to == 1
    assert [(item.address, item.message) for item in plan.remarks] == [
        ("column lead.lp_score", "is no longer wanted, and stays; --allow-destroy removes it"),
        ("column lead.verdict", "is no longer wanted, and stays; --allow-destroy removes it"),
    ]
    text = render(plan)
    assert text.startswith("back to 1: policy b2b 0 (abcdef012345)\n  x permission")
    assert "2 to destroy" in text
    assert set(connector.columns) == {
        ("lead", "lp_score"),
        ("lead", "lp_grade"),
        ("lead", "verdict"),
    }


def test_what_goes_with_its_data_and_what_comes_back_empty_is_named() -> None:
    connector, store = MemoryConnector(), memory_store()
    bring(connector, DESIRED, store)
    other = replace(SMALL, tables=(), columns=(replace(GRADE, codes=("A", "B", "C")),))
    bring(connector, other, store)
    back = rollback_plan(connector, store, serial=1)
    assert [(item.address, item.message) for item in back.remarks] == [
        ("column lead.lp_score", "comes back empty, and the next sync fills it"),
        ("column lead.lp_grade", "leads may hold codes that are no longer offered: C"),
        ("column lead.verdict", "comes back empty: what people wrote in it is gone"),
    ]
    apply(back, connector, store, at=AT)
    forth = rollback_plan(connector, store, serial=2, allow_destroy=True)
    assert [(item.address, item.message) for item in forth.remarks] == [
        ("column lead.lp_score", "goes with everything that it holds"),
        ("column lead.verdict", "goes with everything that it holds"),
        ("table lp_reasons", "goes with everything that it holds"),
    ]


def test_what_a_crm_cannot_remove_is_named() -> None:
    connector, store = MemoryConnector(), memory_store()
    bring(connector, SMALL, store)
    bring(connector, DESIRED, store)
    able = frozenset({PartKind.PERMISSION})
    every = frozenset(PartKind)
    connector.capabilities = Capabilities(creates=every, changes=every, destroys=able)
    plan = rollback_plan(connector, store, serial=1, allow_destroy=True)
    assert {item.message for item in plan.remarks} == {
        "is no longer wanted, and stays: it cannot be removed here",
        "is no longer wanted and cannot be removed here",
    }
    assert len(plan.remarks) == 3


def test_reasons_that_came_later_can_no_longer_be_chosen() -> None:
    connector, store = MemoryConnector(), memory_store()
    first = replace(DESIRED, tables=(replace(REASONS, rows=(NO_NEED,)),))
    bring(connector, first, store)
    bring(connector, DESIRED, store)
    go_back(connector, store, 1)
    rows = connector.tables["lp_reasons"]
    assert {code: row.active for code, row in rows.items()} == {"no_need": True, "timing": False}


def test_a_foreign_edit_stands_in_the_way_of_a_rollback() -> None:
    connector, store = MemoryConnector(), memory_store()
    bring(connector, DESIRED, store)
    wanted = replace(DESIRED, columns=(replace(SCORE, label="Zwei"), GRADE, VERDICT))
    bring(connector, wanted, store)
    key = ("lead", "lp_score")
    connector.columns[key] = replace(connector.columns[key], label="Drei")
    with pytest.raises(PlanError, match="was changed by hand"):
        go_back(connector, store, 1)
    plan = rollback_plan(connector, store, serial=1, overwrite_drift=True)
    assert apply(plan, connector, store, at=AT).changed == 1
    assert connector.columns[key].label == "Score"


def test_a_serial_that_was_never_applied_is_refused() -> None:
    connector, store = MemoryConnector(), memory_store()
    with pytest.raises(NothingAppliedError, match="nothing was applied to `memory:`"):
        rollback_plan(connector, store, serial=1)
    bring(connector, SMALL, store)
    bring(connector, DESIRED, store)
    with pytest.raises(PlanError, match="nothing was applied as serial 7") as caught:
        rollback_plan(connector, store, serial=7)
    assert caught.value.hint == "there are: 1, 2"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "as serial 1 was not kept in full"),
        ({"format": 1, "desired": {"policy": 5}}, "as serial 1 is damaged at `policy`"),
    ],
)
def test_a_version_that_is_not_known_in_full_is_refused(data: dict[str, object], said: str) -> None:
    connector, store = MemoryConnector(), memory_store()
    lock = store.acquire(connector.target, "deploy", Holder("ada", "here", 1), AT)
    store.record_applied(lock, Applied("p", "1", "0" * 16, AT, 0, desired=data))
    assert applied_as(1, connector.target, store).policy == "p"
    with pytest.raises(CrmError, match=said):
        rollback_plan(connector, store, serial=1)
