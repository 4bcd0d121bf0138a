"""The ways of a lead through the states: which there are, and what each of them asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from leadpolicy.backends.guarded import TRUE, Formula, every
from leadpolicy.backends.truths import Truth
from leadpolicy.crm.connector import Refusal
from leadpolicy.expr.nodes import And, Attribute, Known, Node
from leadpolicy.policy.checked import CheckedPolicy, TransitionPlan
from leadpolicy_salesforce.formula.compiler import Compiler
from leadpolicy_salesforce.formula.source import RefusedError


@dataclass(frozen=True, slots=True)
class Way:
    """A transition with what must hold on the way, None where nothing has to; `parts` name it."""

    plan: TransitionPlan
    test: Formula | None
    parts: tuple[str, ...]


@dataclass(slots=True)
class Graph:
    """The transitions of a policy; `refusals` say what of them is left out."""

    policy: CheckedPolicy
    compiler: Compiler
    refusals: list[Refusal] = field(default_factory=list)
    ways: tuple[Way, ...] = ()

    def __post_init__(self) -> None:
        self.ways = tuple(self._way(plan) for plan in self.policy.transitions)

    def targets(self, source: str) -> list[str]:
        """Return the states that can follow on one."""
        found = [way.plan.target for way in self.ways if source in way.plan.sources]
        return list(dict.fromkeys((*found, *self.exits(source))))

    def into(self, target: str) -> list[Way]:
        """Return the transitions into a state."""
        return [way for way in self.ways if way.plan.target == target]

    def exits(self, source: str) -> list[str]:
        """Return where a lead goes that may not stay in a state, nor where it would go next."""
        following = {state.name: state.exit_to for state in self.policy.states}
        found: list[str] = []
        target = following.get(source)
        while target is not None and target not in found:
            found.append(target)
            target = following.get(target)
        return found

    def is_covered(self, plan: TransitionPlan) -> bool:
        """Tell whether the state that a transition leads to demands all that it demands itself."""
        state = next(state for state in self.policy.states if state.name == plan.target)
        return set(plan.demands) <= set(state.demands)

    def demanded(self, name: str, attributes: tuple[str, ...]) -> Formula | None:
        """Return that what a state or transition demands is known; notes what cannot be asked."""
        if not attributes:
            return None
        known: tuple[Node, ...] = tuple(Known(Attribute(attribute)) for attribute in attributes)
        found = self.test(And(known))
        if isinstance(found, RefusedError):
            self.refusals.append(Refusal(f"demands {name}", found.reason))
            return None
        return found

    def test(self, node: Node) -> Formula | RefusedError:
        """Return when a condition is met, or why that cannot be told."""
        found = self.compiler.meaning(node)
        return found.holds if isinstance(found, Truth) else _refusal(found, node)

    def _way(self, plan: TransitionPlan) -> Way:
        left_out = [] if plan.wait is None else ["how long it has to wait"]
        tests, parts = list[Formula](), list[str]()
        demanded = None if self.is_covered(plan) else self.demanded(plan.name, plan.demands)
        if demanded is not None and demanded != TRUE:
            tests.append(demanded)
            parts.append(f"demands {plan.name}")
        tests += self._guard(plan, left_out)
        if left_out:
            reason = "from where to where it goes is checked, but not " + " and ".join(left_out)
            self.refusals.append(Refusal(f"transition {plan.name}", reason))
        else:
            parts.append(f"transition {plan.name}")
        return Way(plan, every(tests) if tests else None, tuple(parts))

    def _guard(self, plan: TransitionPlan, left_out: list[str]) -> Iterator[Formula]:
        if plan.guard is None:
            return
        found = self.test(self.policy.output(plan.guard).node)
        if isinstance(found, RefusedError):
            left_out.append(f"its condition ({found.reason})")
        else:
            yield found


def _refusal(found: object, node: Node) -> RefusedError:
    return found if isinstance(found, RefusedError) else RefusedError(node, "it is no condition")
