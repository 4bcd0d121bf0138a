"""Import: what stands and fits becomes ours, and nothing in the CRM changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from effort import examples
from leadpolicy.crm.adopt import adopt
from leadpolicy.crm.apply import apply
from leadpolicy.crm.memory import MemoryConnector
from leadpolicy.crm.parts import wanted_parts
from leadpolicy.crm.plan import PlanError, propose
from leadpolicy.crm.state import DesiredState, FieldKind, address
from leadpolicy.crm.store.contract import Holder, LockedError
from states import (
    AT,
    DESIRED,
    GRADE,
    PARTS,
    REASONS,
    SCORE,
    TIMING,
    VERDICT,
    bring,
    desired_states,
    memory_store,
)


def standing(desired: DesiredState = DESIRED) -> MemoryConnector:
    """A CRM in which somebody else made everything."""
    connector = MemoryConnector()
    bring(connector, desired, memory_store())
    return connector


def test_what_stands_and_was_not_made_here_is_in_the_way_until_it_is_imported() -> None:
    connector, store = standing(), memory_store()
    plan = propose(connector, DESIRED, store)
    assert plan.changes == ()
    assert {item.message for item in plan.conflicts} == {"stands already and was not made here"}
    assert plan.conflicts[0].hint == (
        'take it over with `leadpolicy import "column lead.lp_score"`, or choose another name'
    )
    report = adopt(connector, DESIRED, store, parts=None, at=AT)
    assert len(report.adopted) == PARTS
    assert propose(connector, DESIRED, store).is_empty


@settings(max_examples=examples(40))
@given(desired_states(), desired_states())
def test_after_an_import_of_everything_nothing_is_in_the_way(
    theirs: DesiredState, wanted: DesiredState
) -> None:
    connector, store = standing(theirs), memory_store()
    adopt(connector, wanted, store, parts=None, at=AT)
    plan = propose(connector, wanted, store)
    assert plan.conflicts == ()
    apply(plan, connector, store, at=AT)
    assert propose(connector, wanted, store).is_empty


def test_only_the_named_parts_are_imported() -> None:
    connector, store = standing(), memory_store()
    report = adopt(connector, DESIRED, store, parts=["lp_score", "rule lead.lp_reject"], at=AT)
    assert report.adopted == ("column lead.lp_score", "rule lead.lp_reject")
    report = adopt(connector, DESIRED, store, parts=["lp_reasons"], at=AT)
    assert report.to_dict() == {
        "adopted": (
            "row lp_reasons[no_need]",
            "row lp_reasons[timing]",
            "table lp_reasons",
        ),
        "accepted": (),
        "forgotten": (),
        "unfit": {},
    }
    left = {address(item.part) for item in propose(connector, DESIRED, store).conflicts}
    assert left == {"column lead.lp_grade", "column lead.verdict"}


def test_importing_again_changes_nothing() -> None:
    connector, store = standing(), memory_store()
    adopt(connector, DESIRED, store, parts=None, at=AT)
    before = store.deployment(connector.target)
    again = adopt(connector, DESIRED, store, parts=None, at=AT)
    assert (again.adopted, again.accepted, again.forgotten) == ((), (), ())
    assert store.deployment(connector.target) == before


def test_after_an_import_only_real_differences_are_planned() -> None:
    connector, store = standing(), memory_store()
    wanted = replace(
        DESIRED,
        columns=(replace(SCORE, label="Punkte"), GRADE, VERDICT),
        tables=(replace(REASONS, rows=(TIMING,)),),
    )
    adopt(connector, wanted, store, parts=None, at=AT)
    plan = propose(connector, wanted, store)
    assert [(change.action.value, address(change.part)) for change in plan.changes] == [
        ("change", "column lead.lp_score"),
        ("deactivate", "row lp_reasons[no_need]"),
    ]
    assert plan.conflicts == ()


def test_what_does_not_fit_is_not_taken_over() -> None:
    text = replace(SCORE, kind=FieldKind.TEXT)
    connector = standing(replace(DESIRED, columns=(text, GRADE, VERDICT)))
    report = adopt(connector, DESIRED, memory_store(), parts=["lp_score"], at=AT)
    assert dict(report.unfit) == {
        "column lead.lp_score": "stands as text and cannot hold the kind `whole`"
    }
    assert report.adopted == ()


def test_a_part_of_ours_that_is_gone_is_forgotten_and_planned_anew() -> None:
    connector, store = MemoryConnector(), memory_store()
    bring(connector, DESIRED, store)
    del connector.columns["lead", "lp_score"]
    (conflict,) = propose(connector, DESIRED, store).conflicts
    assert conflict.message == "was removed by hand"
    assert adopt(connector, DESIRED, store, parts=["lp_score"], at=AT).forgotten == (
        "column lead.lp_score",
    )
    (change,) = propose(connector, DESIRED, store).changes
    assert (change.action.value, address(change.part)) == ("add", "column lead.lp_score")


def test_an_imported_column_is_never_destroyed() -> None:
    connector, store = standing(), memory_store()
    adopt(connector, DESIRED, store, parts=None, at=AT)
    reworded = replace(DESIRED, columns=(replace(SCORE, label="x"), GRADE, VERDICT))
    assert bring(connector, reworded, store).changed == 1
    plan = propose(connector, replace(DESIRED, columns=()), store, allow_destroy=True)
    assert plan.changes == ()
    assert {item.message for item in plan.remarks} == {
        "is no longer wanted, and stays: it was not made here"
    }


def test_the_crms_own_columns_are_bound_and_need_no_import() -> None:
    bound = tuple(replace(column, bound=True) for column in DESIRED.columns)
    desired = replace(DESIRED, columns=bound)
    connector, store = standing(desired), memory_store()
    report = adopt(connector, desired, store, parts=None, at=AT)
    assert not any(name.startswith("column") for name in report.adopted)
    assert propose(connector, desired, store).is_empty


def test_a_name_that_nothing_has_is_refused() -> None:
    connector, store = standing(), memory_store()
    with pytest.raises(PlanError, match="there is no part `lp_scor`") as caught:
        adopt(connector, DESIRED, store, parts=["lp_scor"], at=AT)
    assert "lp_score" in str(caught.value.hint)
    assert store.deployment(connector.target).owned == ()


def test_an_import_waits_for_the_lock() -> None:
    connector, store = standing(), memory_store()
    store.acquire(connector.target, "deploy", Holder("ada", "elsewhere", 7), AT)
    with pytest.raises(LockedError, match="ada@elsewhere"):
        adopt(connector, DESIRED, store, parts=None, at=AT)


def test_every_part_can_be_named() -> None:
    connector, store = standing(), memory_store()
    names = [address(part) for part in wanted_parts(DESIRED)]
    assert set(adopt(connector, DESIRED, store, parts=names, at=AT).adopted) == set(names)
