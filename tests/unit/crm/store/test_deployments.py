import re

import pytest

from leadpolicy.crm.store import StoreError
from leadpolicy.crm.store.contract import Applied, Deployment, Lock, Owned, Run
from leadpolicy.crm.store.sql_store import SqlStore
from stores import ANNA, AT, CRM, Place

FIT = Owned("column lead.lp_fit", {"kind": "whole", "label": "Fit ä"})
STATE = Owned("column lead.lp_state", {"kind": "choice", "codes": ["mql", "sql"]}, imported=True)


@pytest.fixture
def lock(store: SqlStore) -> Lock:
    return store.acquire(CRM, "deploy", ANNA, AT)


def test_a_deployment_that_never_began_has_a_lineage_of_its_own(place: Place) -> None:
    one, again = place.open(), place.open()
    begun = one.deployment(CRM)
    assert begun == Deployment(begun.lineage, 0)
    assert re.fullmatch(r"[0-9a-f]{16}", begun.lineage)
    assert again.deployment(CRM) == begun
    assert again.deployment("other").lineage != begun.lineage


def test_parts_are_ours_from_the_note_and_begun_from_the_intent(
    store: SqlStore, lock: Lock
) -> None:
    store.intend(lock, FIT.address, FIT)
    store.intend(lock, STATE.address, None)
    found = store.deployment(CRM)
    assert (found.owned, found.begun) == ((), (FIT,))
    assert found.intents == (FIT.address, STATE.address)
    store.note(lock, FIT.address, FIT)
    store.note(lock, STATE.address, STATE)
    found = store.deployment(CRM)
    assert (found.owned, found.intents, found.begun) == ((FIT, STATE), (), ())
    changed = Owned(FIT.address, {"kind": "number"})
    store.note(lock, FIT.address, changed)
    store.note(lock, STATE.address, None)
    assert store.deployment(CRM).owned == (changed,)


def test_a_plan_is_used_once(store: SqlStore, lock: Lock) -> None:
    store.use_plan(lock, "plan-1", AT)
    store.use_plan(lock, "plan-2", AT)
    with pytest.raises(StoreError, match="the plan was applied before; make a new plan"):
        store.use_plan(lock, "plan-1", AT)
    other = store.acquire("other", "deploy", ANNA, AT)
    store.use_plan(other, "plan-1", AT)


def test_what_was_applied_and_run_is_remembered_across_openings(place: Place) -> None:
    store = place.open()
    lock = store.acquire(CRM, "deploy", ANNA, AT)
    applied = [Applied("b2b", v, "abc", AT, 7, desired={"columns": [v]}) for v in ("1.0", "1.1")]
    recorded = [store.record_applied(lock, one) for one in applied]
    assert [one.serial for one in recorded] == [1, 2]
    runs = [Run("b2b", "1.0", "abc", AT, {"written": n}, "the CRM is locked") for n in range(501)]
    for run in runs:
        store.record_run(CRM, run)
    store.close()
    store.close()
    again = place.open()
    assert again.last_applied(CRM) == recorded[1]
    assert list(again.history(CRM)) == recorded
    assert again.deployment(CRM).serial == 2
    assert again.last_applied("other") is None
    assert list(again.history("other")) == []
    assert list(again.runs(CRM)) == runs
    assert list(again.runs("other")) == []
