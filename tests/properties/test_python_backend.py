"""The Python backend decides as the reference evaluator does, whatever the policy and the lead."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.backends.python import Program, Raw, compile_policy, layout, module
from leadpolicy.backends.python.runtime import added
from leadpolicy.expr.evaluate import evaluate
from leadpolicy.expr.facts import Facts, Signal
from leadpolicy.expr.folding import email_domain
from leadpolicy.expr.types import Kind
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy.policy.pipeline import check
from leadpolicy.policy.scores import Score
from leadpolicy.testing.policies import leads, policies, reference_outputs

LEADS_EACH = 3
usual = settings(max_examples=examples(40))

policy_and_leads = policies().flatmap(
    lambda checked: st.tuples(
        st.just(checked), st.lists(leads(checked), min_size=1, max_size=LEADS_EACH)
    )
)
policy_and_lead = policies().flatmap(lambda checked: st.tuples(st.just(checked), leads(checked)))


def arguments(known: Facts) -> tuple[Any, ...]:
    """Return the facts in the form in which a program takes them."""
    by_type: dict[str, list[Signal]] = {}
    for signal in known.signals:
        by_type.setdefault(signal.type, []).append(signal)
    return dict(known.attributes), by_type, known.consents, known.at


def expected(checked: CheckedPolicy, known: Facts) -> dict[str, object]:
    """Return what a program must say about every output: a condition is met or it is not."""
    reference = reference_outputs(checked, known)
    conditions = {item.name for item in checked.outputs if item.type.kind is Kind.FLAG}
    return {
        name: value is True if name in conditions else value for name, value in reference.items()
    }


def values(program: Program, raw: Raw) -> dict[str, object]:
    return {item.name: program.value(raw, item.name) for item in program.checked.outputs}


@settings(max_examples=examples(100))
@given(policy_and_leads)
def test_every_output_equals_the_reference_evaluator(
    drawn: tuple[CheckedPolicy, list[Facts]],
) -> None:
    checked, known = drawn
    program = compile_policy(checked)
    for one in known:
        assert values(program, program.run(*arguments(one))) == expected(checked, one)


@usual
@given(policy_and_leads, st.integers(1, 4))
def test_remembering_patterns_and_splitting_words_changes_nothing(
    drawn: tuple[CheckedPolicy, list[Facts]], word_bits: int
) -> None:
    checked, known = drawn
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "WORD_BITS", word_bits)
        patch.setattr(module, "_WORTH_REMEMBERING", 0)
        patch.setattr(module, "_MOST_WORDS", 100)
        patch.setattr(module, "_PATTERNS_REMEMBERED", 2)
        program = compile_policy(checked)
    assert "finish" in program.source
    for one in [*known, *known]:
        assert values(program, program.run(*arguments(one))) == expected(checked, one)


@usual
@given(policy_and_lead)
def test_the_trace_equals_the_reference_evaluator_unknown_included(
    drawn: tuple[CheckedPolicy, Facts],
) -> None:
    checked, known = drawn
    trace = compile_policy(checked).trace(*arguments(known))
    outputs = reference_outputs(checked, known)
    assert trace.outputs() == outputs
    for plan in checked.scores.values():
        for line in plan.lines:
            found = evaluate(line.condition, replace(known, outputs=outputs))
            assert trace.value(line.condition) is found


@usual
@given(policy_and_lead)
def test_fired_rules_are_exactly_those_whose_condition_is_true(
    drawn: tuple[CheckedPolicy, Facts],
) -> None:
    checked, known = drawn
    program = compile_policy(checked)
    seen = replace(known, outputs=reference_outputs(checked, known))
    assert program.fired(program.run(*arguments(known))) == tuple(
        (plan.name, line.id)
        for plan in checked.scores.values()
        for line in plan.lines
        if evaluate(line.condition, seen) is True
    )


@usual
@given(policy_and_lead)
def test_lines_sum_to_the_score(drawn: tuple[CheckedPolicy, Facts]) -> None:
    checked, known = drawn
    program = compile_policy(checked)
    raw = program.run(*arguments(known))
    lines = program.lines(raw, *arguments(known))
    for name in checked.scores:
        points = [line.points for line in lines if line.score == name]
        assert added(points) == program.value(raw, name)


@usual
@given(policy_and_lead, st.randoms(use_true_random=False))
def test_rule_order_of_points_is_irrelevant(
    drawn: tuple[CheckedPolicy, Facts], random: Any
) -> None:
    checked, known = drawn
    program, shuffled = compile_policy(checked), compile_policy(_shuffled(checked, random))
    raw, other = program.run(*arguments(known)), shuffled.run(*arguments(known))
    assert values(program, raw) == values(shuffled, other)
    assert program.state(raw) == shuffled.state(other)
    assert set(program.fired(raw)) == set(shuffled.fired(other))


def _shuffled(checked: CheckedPolicy, random: Any) -> CheckedPolicy:
    def shuffle(score: Score) -> Score:
        rules = list(score.rules.items())
        random.shuffle(rules)
        return score.model_copy(update={"rules": dict(rules)})

    policy = checked.policy
    scores = {name: shuffle(score) for name, score in policy.scores.items()}
    return check(policy.model_copy(update={"scores": scores}))


@usual
@given(policy_and_lead)
def test_the_state_is_the_last_eligible_one_in_declared_order(
    drawn: tuple[CheckedPolicy, Facts],
) -> None:
    checked, known = drawn
    program, outputs = compile_policy(checked), reference_outputs(checked, known)
    eligible = [
        state.name
        for state in checked.states
        if state.name == checked.initial
        or (
            state.entry is not None
            and outputs[state.entry] is True
            and (state.stay is None or outputs[state.stay] is True)
        )
    ]
    raw = program.run(*arguments(known))
    assert program.eligible(raw) == tuple(eligible)
    assert program.state(raw) == eligible[-1]


@given(st.text("aA.@ ＠ßéÄ\u0301\u200b-x", max_size=12), st.text("aA. ß\u0301ü-", max_size=6))
def test_the_domain_of_an_address_is_decided_by_what_follows_its_last_at(
    before: str, domain: str
) -> None:
    assert email_domain(f"{before}@{domain}") == email_domain(f"x@{domain}")


def test_a_decimal_in_a_score_is_added_exactly() -> None:
    assert added([Decimal("0.1")] * 10) == 1
