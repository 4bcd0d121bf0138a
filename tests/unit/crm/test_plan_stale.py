"""A plan holds until anything that it was made from has moved; each time the reason is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.crm.adopt import adopt
from leadpolicy.crm.apply import apply
from leadpolicy.crm.connector import Capabilities
from leadpolicy.crm.memory import MemoryConnector
from leadpolicy.crm.plan import Plan, PlanError, propose
from leadpolicy.crm.planfile import from_dict, to_dict
from leadpolicy.crm.state import DesiredState, ObservedReason, Reason, address
from leadpolicy.crm.store import SqliteStore, StoreError
from states import (
    AT,
    DESIRED,
    GRADE,
    RIGHT,
    RULE,
    SCORE,
    VERDICT,
    bring,
    desired_states,
    memory_store,
)

WANTED = replace(DESIRED, columns=(replace(SCORE, label="Punkte"), GRADE, VERDICT), version="2")


@dataclass
class Scene:
    """A plan, and everything that it was made from."""

    connector: MemoryConnector
    store: SqliteStore
    plan: Plan
    desired: DesiredState = WANTED

    def apply(self) -> int:
        return apply(
            from_dict(json.loads(json.dumps(to_dict(self.plan)))),
            self.connector,
            self.store,
            at=AT,
            desired=self.desired,
        ).changed


def scene(desired: DesiredState = WANTED) -> Scene:
    connector, store = MemoryConnector(), memory_store()
    bring(connector, DESIRED, store)
    return Scene(connector, store, propose(connector, desired, store), desired)


def edit_column(made: Scene) -> None:
    key = ("lead", "lp_grade")
    made.connector.columns[key] = replace(made.connector.columns[key], codes=("A", "B", "C"))


def remove_column(made: Scene) -> None:
    del made.connector.columns["lead", "lp_grade"]


def add_reason(made: Scene) -> None:
    row = ObservedReason(Reason("price", "Preis", "Price"))
    made.connector.tables["lp_reasons"]["price"] = row


def retire_reason(made: Scene) -> None:
    rows = made.connector.tables["lp_reasons"]
    rows["timing"] = replace(rows["timing"], active=False)


def edit_rule(made: Scene) -> None:
    made.connector.rules[address(RULE)] = replace(RULE, body="true")


def edit_right(made: Scene) -> None:
    made.connector.permissions[address(RIGHT)] = replace(RIGHT, write=True)


def change_policy(made: Scene) -> None:
    made.desired = replace(WANTED, content_hash="0" * 16)


def rename_policy(made: Scene) -> None:
    made.desired = replace(WANTED, policy="b2c")


def change_prefix(made: Scene) -> None:
    made.desired = replace(WANTED, columns=(replace(SCORE, name="x_score"), GRADE, VERDICT))


def change_connector(made: Scene) -> None:
    made.connector.name = "other"


def change_version(made: Scene) -> None:
    made.connector.version = "9.9"


def change_target(made: Scene) -> None:
    made.connector.target = "memory:other"


def change_store(made: Scene) -> None:
    made.store = memory_store()
    adopt(made.connector, DESIRED, made.store, parts=None, at=AT)


def apply_another(made: Scene) -> None:
    bring(made.connector, replace(DESIRED, rules=()), made.store)


def lose_a_right(made: Scene) -> None:
    made.connector.capabilities = Capabilities(idempotency="native_key")


def use_it(made: Scene) -> None:
    made.apply()


MOVES: list[tuple[Callable[[Scene], None], str]] = [
    (edit_column, "the CRM has changed since"),
    (remove_column, "the CRM has changed since"),
    (add_reason, "the CRM has changed since"),
    (retire_reason, "the CRM has changed since"),
    (edit_rule, "the CRM has changed since"),
    (edit_right, "the CRM has changed since"),
    (change_policy, "the policy has changed since"),
    (rename_policy, "was made for the policy `b2b`, not for `b2c`"),
    (change_prefix, "the prefix, the binding or the options have changed"),
    (change_connector, "was made by the connector `memory`, not by `other`"),
    (change_version, "was made by version 0 of the connector `memory`, and this is version 9.9"),
    (change_target, "was made for `memory:`, not for `memory:other`"),
    (change_store, "belongs to another deployment"),
    (apply_another, "another apply came in between"),
    (lose_a_right, "rights or abilities have changed"),
]


@pytest.mark.parametrize(("move", "said"), MOVES, ids=[move.__name__ for move, _ in MOVES])
def test_a_plan_is_refused_and_nothing_done_after(move: Callable[[Scene], None], said: str) -> None:
    made = scene()
    move(made)
    before = (dict(made.connector.columns), dict(made.connector.rules))
    with pytest.raises(PlanError, match=said) as caught:
        made.apply()
    assert caught.value.hint == "make the plan again and read it"
    assert (made.connector.columns, made.connector.rules) == before


def test_a_plan_that_nothing_has_touched_is_applied_once() -> None:
    made = scene()
    assert made.apply() == 1
    with pytest.raises(StoreError, match="applied before"):
        made.apply()


def test_a_plan_for_an_empty_crm_is_applied_once() -> None:
    made = Scene(MemoryConnector(), memory_store(), Plan(DESIRED), DESIRED)
    made.plan = propose(made.connector, DESIRED, made.store)
    made.apply()
    made.connector.columns.clear()
    with pytest.raises(StoreError, match="applied before"):
        made.apply()


def test_an_empty_plan_is_applied_once() -> None:
    made = scene(DESIRED)
    assert made.apply() == 0
    with pytest.raises(StoreError, match="applied before"):
        made.apply()


def test_what_is_not_ours_may_move() -> None:
    made = scene()
    bring(made.connector, replace(DESIRED, policy="another"), memory_store_of_somebody(made))
    made.connector.tables["colours"] = {}
    made.connector.leads["L-1"] = {"name": "Ada"}
    assert made.apply() == 1


def memory_store_of_somebody(made: Scene) -> SqliteStore:
    store = memory_store()
    adopt(made.connector, DESIRED, store, parts=None, at=AT)
    return store


@settings(max_examples=examples(60))
@given(desired_states(), desired_states())
def test_a_plan_survives_its_file(first: DesiredState, second: DesiredState) -> None:
    connector, store = MemoryConnector(), memory_store()
    bring(connector, first, store)
    found = propose(connector, second, store)
    assert from_dict(json.loads(json.dumps(to_dict(found)))) == found


def leaves(data: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the path of every value in a document."""
    if isinstance(data, dict):
        return [leaf for key, value in data.items() for leaf in leaves(value, (*path, key))]
    if isinstance(data, list):
        return [leaf for key, value in enumerate(data) for leaf in leaves(value, (*path, key))]
    return [path]


@settings(max_examples=examples(100))
@given(st.data())
def test_a_plan_file_with_any_value_edited_is_refused(data: st.DataObject) -> None:
    document = to_dict(scene().plan)
    path = data.draw(st.sampled_from(leaves(document)))
    place: Any = document
    for step in path[:-1]:
        place = place[step]
    values: st.SearchStrategy[Any] = st.sampled_from(["x", 7, None, True, [], {}])
    new = data.draw(values.filter(lambda value: value != place[path[-1]]))
    place[path[-1]] = new
    with pytest.raises(PlanError):
        from_dict(document)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ({"format": 1}, r"not a plan of format 2 \(format: 1\)"),
        ({"changes": 5}, "damaged at `changes`"),
        ({"changes": [{"action": "drop", "part": {"table": "leads"}}]}, "damaged at `changes.0"),
        ({"unchanged": "many"}, "damaged at `unchanged`"),
        ({"unchanged": 3}, "edited by hand"),
        ({"destroy": True}, "edited by hand"),
        ({"allow_destroy": True}, "edited by hand"),
        ({"digest": "0" * 64}, "edited by hand"),
    ],
)
def test_what_was_done_to_a_plan_file_is_said(damage: dict[str, object], message: str) -> None:
    with pytest.raises(PlanError, match=message):
        from_dict(to_dict(scene().plan) | damage)


def test_a_plan_file_of_something_else_is_refused() -> None:
    with pytest.raises(PlanError, match="not a plan of format 2"):
        from_dict({})


def test_a_plan_that_was_made_from_nothing_is_refused() -> None:
    made = scene()
    made.plan = Plan(WANTED)
    with pytest.raises(PlanError, match="does not say what it was made from"):
        made.apply()
