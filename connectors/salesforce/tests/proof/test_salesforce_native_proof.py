"""An org that computes and refuses by itself agrees with the policy, whatever policy and lead."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judges.native import PREFIX, NativeOrg
from judges.proof import expected_of
from judges.trying import PACKS, pack, policy_and_leads, thoroughly
from leadpolicy.engine.history import Act, Cause, Step
from leadpolicy.engine.history import Path as History
from leadpolicy.engine.lifecycle import Moves
from leadpolicy.expr.facts import Facts
from leadpolicy.policy.checked import CheckedPolicy, TransitionPlan
from leadpolicy.testing.policies import leads, reference_outputs


# ----------------------------------------------------------------------------------- columns
def assert_computed_alike(checked: CheckedPolicy, known: list[Facts]) -> None:
    org = NativeOrg(checked)
    org.checked()
    outputs = {PREFIX + output.name: output for output in checked.outputs}
    for lead in map(org.held, known):
        reference = reference_outputs(checked, lead)
        for column, found in org.computed(lead).items():
            if column in outputs:
                output = outputs[column]
                assert found == expected_of(output, reference[output.name]), column


@thoroughly(8)
@given(policy_and_leads)
def test_computed_columns_equal_the_reference_evaluator(
    drawn: tuple[CheckedPolicy, list[Facts]],
) -> None:
    assert_computed_alike(*drawn)


@pytest.mark.parametrize("name", PACKS)
def test_the_computed_columns_of_a_pack_equal_the_reference_evaluator(name: str) -> None:
    checked = pack(name)

    @thoroughly(3)
    @given(st.lists(leads(checked), min_size=2, max_size=4))
    def try_leads(known: list[Facts]) -> None:
        assert_computed_alike(checked, known)

    try_leads()


# ------------------------------------------------------------------------------------- moves
class Engine:
    """What the engine lets happen to one lead at one instant."""

    def __init__(self, checked: CheckedPolicy, known: Facts) -> None:
        self.checked, self.known = checked, known
        self.outputs = reference_outputs(checked, known)
        situation = SimpleNamespace(at=known.at, row=known.attributes)
        reading: Any = SimpleNamespace(outputs=self.outputs, situation=situation)
        self.moves = Moves(checked, reading, "", lambda name: name)

    def takes(self, item: TransitionPlan, source: str) -> bool:
        """Tell whether a lead can go along a transition, were it due and in the right hands."""
        path = History(
            (Step(source, self.known.at, Cause.START, None, "system", None, {}, "", ""),)
        )
        due = SimpleNamespace(**{name: getattr(item, name) for name in item.__slots__})
        due.wait, due.roles = None, item.roles or ("anybody",)
        act = Act(item.name, due.roles[0])
        return not any(self.moves._objections(cast(TransitionPlan, due), act, path))

    def exits(self, source: str) -> list[str]:
        """Return where a lead ends up that can stay neither in a state nor where that exits to."""
        found: list[str] = []
        plan = self.moves._state(source)
        while plan.exit_to is not None and plan.exit_to not in found:
            found.append(plan.exit_to)
            plan = self.moves._state(plan.exit_to)
        return found

    def leaves(self, source: str, target: str) -> bool:
        """Tell whether a lead that cannot stay goes from one state straight to another."""
        plan = self.moves._state(source)
        return not self.moves._stays(plan) and plan.exit_to == target

    def holds(self, state: str) -> bool:
        """Tell whether a lead could enter a state and stay in it."""
        return self.moves._enters(self.moves._state(state))


def ways(checked: CheckedPolicy) -> Iterator[tuple[str, str, list[TransitionPlan]]]:
    names = [state.name for state in checked.states]
    for source in names:
        for target in names:
            if source != target:
                found = [x for x in checked.transitions if source in x.sources]
                yield source, target, [x for x in found if x.target == target]


def assert_moves_alike(checked: CheckedPolicy, known: list[Facts]) -> None:
    org = NativeOrg(checked)
    told = {part for rule in org.native.rules for part in rule.part.split(", ")}
    told -= {refusal.part for refusal in org.native.refusals}
    open_states = {x.part.removeprefix("state ") for x in org.native.refusals}
    for lead in map(org.held, known):
        engine, record = Engine(checked, lead), org.record(lead)
        for source, target, items in ways(checked):
            refusing = org.refusing(record, source, target)
            left = engine.leaves(source, target)
            goes = left or any(engine.takes(item, source) for item in items)
            if goes and engine.holds(target):
                assert refusing == [], (source, target)
            exits = target in engine.exits(source)
            whole = all(f"transition {item.name}" in told for item in items)
            if not goes and not exits and whole and target not in open_states:
                assert refusing, (source, target)


@thoroughly(8)
@given(policy_and_leads)
def test_rules_refuse_what_the_engine_refuses(drawn: tuple[CheckedPolicy, list[Facts]]) -> None:
    assert_moves_alike(*drawn)


@pytest.mark.parametrize("name", PACKS)
def test_the_rules_of_a_pack_refuse_what_the_engine_refuses(name: str) -> None:
    checked = pack(name)

    @thoroughly(2)
    @given(st.lists(leads(checked), min_size=1, max_size=2))
    def try_leads(known: list[Facts]) -> None:
        assert_moves_alike(checked, known)

    try_leads()


def test_a_lead_that_stays_where_it_is_is_left_alone() -> None:
    checked = pack("b2b-de")

    @thoroughly(2)
    @given(leads(checked))
    def try_lead(known: Facts) -> None:
        org = NativeOrg(checked)
        lead = org.record(org.held(known))
        for state in checked.states:
            assert org.refusing(lead, state.name, state.name) == []

    try_lead()
