"""The rule about states: a lead moves along the transitions of the policy, or by a new decision.

Decisions of a sync may put a lead into any state, because they are the policy's own. They are known
by the time of the decision, which they set. Everybody else needs a transition from where the lead
is, with its condition and with what it and the state demand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from leadpolicy.backends.relational import Refusal as NoExpression
from leadpolicy.crm.connector import Refusal
from leadpolicy.crm.state import Rule, RuleKind
from leadpolicy.expr.nodes import And, Attribute, Known, Node
from leadpolicy.policy.checked import StatePlan, TransitionPlan
from leadpolicy_generic.ground import Ground

_NO_MOVE: Final = (
    "leadpolicy: dieser Statuswechsel ist nicht vorgesehen (the policy has no such transition)"
)


def transition_rule(ground: Ground) -> Iterator[Rule | Refusal]:
    """Yield the rule about states, and what of the transitions it leaves out."""
    state, decided = ground.own("state"), ground.own("decided_at")
    if state is None:
        return
    if decided is None:
        yield Refusal("state", "no column tells a new decision from an edit by hand")
        return
    moves = _Moves(ground, ground.written(state.name), ground.former(state.name))
    is_new = ground.database.differ(ground.written(decided.name), ground.former(decided.name))
    is_same = f"NOT ({ground.database.differ(moves.now, moves.before)})"
    body = "\n  OR ".join((is_new, is_same, *moves.along_edges(), *moves.out_of_states()))
    part = ", ".join(moves.parts) or "transitions"
    yield ground.rule("state", RuleKind.TRANSITION, body, part, _NO_MOVE)
    yield from moves.refusals


@dataclass(slots=True)
class _Moves:
    """The ways of a lead; `parts` are carried out whole, `refusals` say what is left out."""

    ground: Ground
    now: str
    before: str
    parts: list[str] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    def along_edges(self) -> Iterator[str]:
        """Yield when a lead may go along each transition."""
        entering = {plan.name: self._demanded(plan.name, plan.demands) for plan in self._states}
        for edge in self.ground.policy.transitions:
            yield self._move(edge.sources, edge.target, *self._guard(edge), *entering[edge.target])

    def out_of_states(self) -> Iterator[str]:
        """Yield where a lead goes that may not stay."""
        for plan in self._states:
            if plan.exit_to is not None:
                yield self._move((plan.name,), plan.exit_to)

    @property
    def _states(self) -> Sequence[StatePlan]:
        return self.ground.policy.states

    def _move(self, sources: Sequence[str], target: str, *tests: str) -> str:
        literal = self.ground.database.literal
        start = f"COALESCE({self.before}, {literal(self.ground.policy.initial)})"
        froms = ", ".join(map(literal, sources))
        way = (f"{start} IN ({froms})", f"COALESCE({self.now}, '') = {literal(target)}")
        return f"({' AND '.join((*way, *(f'({test})' for test in tests)))})"

    def _guard(self, edge: TransitionPlan) -> list[str]:
        """Return what must hold on the way, and note what is left out."""
        left_out = [] if edge.wait is None else ["how long it has to wait"]
        tests = self._demanded(edge.name, edge.demands)
        if edge.guard is not None:
            found = self.ground.test(self.ground.policy.output(edge.guard).node)
            if isinstance(found, NoExpression):
                left_out.append(f"its condition ({found.reason})")
            else:
                tests.append(found)
        part = f"transition {edge.name}"
        if left_out:
            reason = "from where to where it goes is checked, but not " + " and ".join(left_out)
            self.refusals.append(Refusal(part, reason))
        else:
            self.parts.append(part)
        return tests

    def _demanded(self, name: str, attributes: Sequence[str]) -> list[str]:
        """Return that what a state or transition demands is known, as far as columns say so."""
        known: list[Node] = [Known(Attribute(attribute)) for attribute in attributes]
        if not known:
            return []
        found = self.ground.test(And(tuple(known)))
        if isinstance(found, NoExpression):
            self.refusals.append(Refusal(f"demands {name}", found.reason))
            return []
        self.parts.append(f"demands {name}")
        return [found]
