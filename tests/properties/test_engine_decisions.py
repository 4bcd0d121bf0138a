"""Laws of decisions and of the questions about them, on random policies and leads."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from random import Random
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from effort import examples
from leadpolicy.engine.decision import Decision
from leadpolicy.engine.given import Given
from leadpolicy.engine.goals import Goals, atoms_of, in_order, truths
from leadpolicy.engine.horizon import MOST_LOOKS
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.engine.verdict import Verdict
from leadpolicy.expr.facts import Facts
from leadpolicy.expr.types import Kind, Value
from leadpolicy.testing.policies import leads, policies, reference_outputs

RUN = settings(
    max_examples=examples(30),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@dataclass(frozen=True)
class Case:
    """A policy and a lead."""

    policy: LeadPolicy
    facts: Facts

    def decide(self, at: datetime | None = None, facts: Facts | None = None) -> Decision:
        """Decide the lead, at another instant or with other facts if they are given."""
        known = facts or self.facts
        signals: dict[str, list[Any]] = {}
        for signal in known.signals:
            signals.setdefault(signal.type, []).append(signal)
        row: dict[str, Value | None] = {
            name: value for name, value in known.attributes.items() if value is not None
        }
        entered = Given(since=self.facts.at)
        return self.policy.again(row, signals, dict(known.consents), at or known.at, entered)

    def learned(self, more: Facts) -> Facts:
        """Return the facts with those added that were unknown."""
        known = {name: v for name, v in self.facts.attributes.items() if v is not None}
        return replace(
            self.facts,
            attributes={**more.attributes, **known},
            consents={**more.consents, **self.facts.consents},
        )


@st.composite
def cases(draw: DrawFn) -> Case:
    """Draw a policy and a lead near its edges."""
    checked = draw(policies(depth=1))
    return Case(LeadPolicy(checked), draw(leads(checked)))


def results(decision: Decision) -> tuple[object, ...]:
    """Return what a decision says, apart from its instant."""
    data = decision.to_dict()
    names = ("state", "eligible", "scores", "grades", "rating", "gates")
    verdicts = {name: result.verdict for name, result in decision.criteria.items()}
    owed = [(item.name, item.overdue) for item in decision.obligations]
    return (*(data[name] for name in names), verdicts, owed)


@RUN
@given(cases())
def test_every_value_seen_is_that_of_the_reference(case: Case) -> None:
    decision = case.decide()
    outputs = reference_outputs(case.policy.checked, case.facts)
    assert decision.reading.outputs == outputs
    for name, result in decision.criteria.items():
        assert result.verdict is Verdict.of(outputs[name])
    assert dict(decision.scores) == {name: outputs[name] for name in decision.scores}


@RUN
@given(cases())
def test_lines_sum_to_the_scores(case: Case) -> None:
    decision = case.decide()
    for name, score in decision.scores.items():
        points = (Decimal(line.points) for line in decision.lines if line.score == name)
        assert sum(points, Decimal(0)) == score


@RUN
@given(cases())
def test_goals_hold_where_their_conditions_are_met(case: Case) -> None:
    reading = case.decide().reading
    checked = case.policy.checked
    for goals in (Goals(checked), Goals(checked, graded=True)):
        for item in checked.outputs:
            if item.type.kind is Kind.FLAG:
                order = in_order(goals.of(item.name))
                atoms = {id(atom): reading.value(atom.node) for atom in atoms_of(order)}
                held = truths(order, atoms)[id(order[-1])]
                assert held == reading.outputs[item.name]


@RUN
@given(cases())
def test_reasons_are_found_for_every_verdict(case: Case) -> None:
    decision = case.decide()
    for item in case.policy.checked.outputs:
        if item.type.kind is not Kind.FLAG:
            continue
        why, why_not = decision.why(item.name), decision.why_not(item.name)
        assert (why.verdict is Verdict.MET) is (decision.reading.outputs[item.name] is True)
        assert all(found.verdict is Verdict.MET for found in why.findings)
        assert all(found.verdict is not Verdict.MET for found in why_not.findings)
        assert bool(why.findings) is not bool(why_not.findings)


@RUN
@given(cases(), st.integers(0, 3_000), st.integers(0, 86_399))
def test_nothing_changes_before_valid_until(case: Case, days: int, seconds: int) -> None:
    decision = case.decide()
    until, at = decision.valid_until, case.facts.at
    scanned = at + timedelta(days=days, seconds=seconds)
    if until is None or scanned < until:
        assert results(case.decide(scanned)) == results(decision)
    if until is not None:
        assert until > at
        assert results(case.decide(until - timedelta(microseconds=1))) == results(decision)


@RUN
@given(cases())
def test_something_changes_at_valid_until(case: Case) -> None:
    decision = case.decide()
    until = decision.valid_until
    assume(until is not None)
    instants = case.policy.timed.after(case.decide().reading.situation)
    assume(len(list(islice(instants, MOST_LOOKS + 1))) <= MOST_LOOKS)
    assert results(case.decide(until)) != results(decision)


def per_is_never_negative(policy: LeadPolicy, outputs: Decision) -> bool:
    """Tell whether no number that points are multiplied with is below 0."""
    lines = (line for plan in policy.checked.scores.values() for line in plan.lines)
    values = (outputs.reading.value(line.per) for line in lines if line.per is not None)
    return all(not isinstance(value, int | Decimal) or value >= 0 for value in values)


@RUN
@given(cases(), st.data())
def test_what_is_learned_stays_in_the_possible_range(case: Case, data: st.DataObject) -> None:
    decision = case.decide()
    learned = case.decide(facts=case.learned(data.draw(leads(case.policy.checked))))
    assume(per_is_never_negative(case.policy, decision))
    assume(per_is_never_negative(case.policy, learned))
    for name, (low, high) in decision.possible.items():
        for score in (decision.scores[name], learned.scores[name]):
            assert low is None or low <= score
            assert high is None or score <= high


@RUN
@given(cases(), st.randoms(use_true_random=False))
def test_the_inputs_digest_knows_no_order(case: Case, random: Random) -> None:
    def shuffled(items: dict[str, Value | None]) -> dict[str, Value | None]:
        return dict(random.sample(list(items.items()), len(items)))

    facts = case.facts
    mixed = replace(
        facts,
        attributes=shuffled(dict(facts.attributes)),
        signals=tuple(random.sample(facts.signals, len(facts.signals))),
    )
    assert case.decide(facts=mixed).inputs_digest == case.decide().inputs_digest


@RUN
@given(cases())
def test_every_decision_is_data_and_text(case: Case) -> None:
    decision = case.decide()
    data = decision.to_dict()
    assert json.loads(json.dumps(data)) == data
    assert decision.explain("de")
    assert decision.explain("en")


@RUN
@given(cases())
def test_missing_facts_are_found_without_fail(case: Case) -> None:
    decision = case.decide()
    for state in case.policy.checked.states:
        if state.entry is not None:
            missing = decision.missing(state.name, limit=2, budget=100)
            assert missing.met is (state.name in decision.eligible)
            assert all(found.facts for found in missing.sets)
            assert missing.text("de")
