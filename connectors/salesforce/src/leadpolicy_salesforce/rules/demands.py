"""Validation rules about what a state asks for: fields, consent, and a reason for a rejection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from leadpolicy.backends.guarded import TRUE, Formula
from leadpolicy.backends.truths import opposed
from leadpolicy.crm.connector import Refusal
from leadpolicy.crm.state import Rule, RuleKind
from leadpolicy.expr.nodes import (
    And,
    Attribute,
    Compare,
    Comparison,
    ConsentStatus,
    Known,
    Literal,
    Node,
    Not,
    Or,
    Output,
)
from leadpolicy.expr.traverse import walk
from leadpolicy.expr.types import Kind
from leadpolicy.policy.checked import CheckedPolicy, OutputKind, StatePlan
from leadpolicy.policy.sla import Feedback
from leadpolicy_salesforce.formula import trees
from leadpolicy_salesforce.formula.compiler import Refusal as TooLarge
from leadpolicy_salesforce.formula.meaning import written
from leadpolicy_salesforce.formula.source import RefusedError
from leadpolicy_salesforce.formula.trees import Name, Tree
from leadpolicy_salesforce.rules.graph import Graph
from leadpolicy_salesforce.rules.moves import Moves
from leadpolicy_salesforce.rules.naming import Names, listed, message

_NO_REASON = message("eine Ablehnung braucht einen Grund", "a rejection needs a reason")
_NO_CONSENT = message(
    "für diesen Status fehlt die Einwilligung, oder sie ist noch nicht übertragen",
    "the consent that this status needs is missing or not transferred yet",
)
_NO_STAY = message(
    "die Voraussetzung für diesen Status ist nicht erfüllt",
    "what this status needs is not the case",
)

_TICKED = "its fields are checkboxes, which always hold an answer"


@dataclass(frozen=True, slots=True)
class Demands:
    """The rules about entering states; records that stand are left alone until they move."""

    graph: Graph
    moves: Moves
    names: Names

    def rules(self) -> Iterator[Rule | Refusal]:
        """Yield a rule for each state that demands fields, and those about what must hold in it."""
        for state in self.graph.policy.states:
            yield from self._fields(state)
        yield from self._invariants("consent", True, _NO_CONSENT)
        yield from self._invariants("stay", False, _NO_STAY)

    def _fields(self, state: StatePlan) -> Iterator[Rule | Refusal]:
        demanded = self.graph.demanded(state.name, state.demands)
        if demanded is None:
            return
        if demanded == TRUE:
            yield from (Refusal(part, _TICKED) for part in self._parts(state))
            return
        lacking = written(opposed(demanded))
        tree = trees.every([*self.moves.entering, self.moves.into(state.name), lacking])
        said = self._lacking(state)
        yield self._ruled(tree, listed(self._parts(state)), said, "demands", state.name)

    def _parts(self, state: StatePlan) -> list[str]:
        """Return what the demands of a state are called, with those of ways that ask no more."""
        ways = (way.plan for way in self.graph.into(state.name) if way.plan.demands)
        covered = (f"demands {plan.name}" for plan in ways if self.graph.is_covered(plan))
        return list(dict.fromkeys((f"demands {state.name}", *covered)))

    def _lacking(self, state: StatePlan) -> str:
        policy = self.graph.policy.policy
        titles = [policy.record.attributes[name].title for name in state.demands]
        title = policy.states[state.name].title
        return message(
            f"„{title.de}“ braucht: {listed(item.de for item in titles)}",
            f"“{title.en}” needs: {listed(item.en for item in titles)}",
        )

    def _ruled(self, tree: Tree, part: str, said: str, *words: str) -> Rule | Refusal:
        body = self.graph.compiler.fitting(tree)
        if isinstance(body, TooLarge):
            return Refusal(part.split(", ", maxsplit=1)[0], body.reason)
        return Rule(self.names.of(*words), RuleKind.DEMAND, body, part, said)

    # ------------------------------------------------------------------ what holds in a state
    def _invariants(self, word: str, is_consent: bool, said: str) -> Iterator[Rule | Refusal]:
        """Yield one rule for all states; where it is too long, one for each state."""
        failing: dict[str, Tree] = {}
        for state in self.graph.policy.states:
            node = _invariant(self.graph.policy, state)
            if node is None or rests_on_consent(self.graph.policy, node) is not is_consent:
                continue
            found = self.graph.test(node)
            if isinstance(found, RefusedError):
                yield Refusal(f"state {state.name}", found.reason)
            else:
                failing[state.name] = self._failing(state.name, found)
        yield from self._together(failing, word, said)

    def _failing(self, state: str, held: Formula) -> Tree:
        return trees.every([self.moves.into(state), written(opposed(held))])

    def _together(self, failing: dict[str, Tree], word: str, said: str) -> Iterator[Rule | Refusal]:
        if not failing:
            return
        whole = trees.every([*self.moves.entering, trees.some(list(failing.values()))])
        body = self.graph.compiler.fitting(whole)
        if not isinstance(body, TooLarge):
            part = listed(f"state {state}" for state in failing)
            yield Rule(self.names.of(word), RuleKind.DEMAND, body, part, said)
            return
        for state, tree in failing.items():
            single = trees.every([*self.moves.entering, tree])
            yield self._ruled(single, f"state {state}", said, word, state)


def _invariant(policy: CheckedPolicy, state: StatePlan) -> Node | None:
    """Return what must hold in a state: its `stay`, and the gates without which none enters."""
    needed: list[Node] = []
    if state.stay is not None:
        needed.append(policy.output(state.stay).node)
    if state.entry is not None:
        gates = needed_gates(policy, policy.output(state.entry).node)
        needed += [Output(name) for name in sorted(gates) if Output(name) not in needed]
    return And(tuple(needed)) if len(needed) > 1 else needed[0] if needed else None


def needed_gates(policy: CheckedPolicy, node: Node) -> frozenset[str]:
    """Return the gates that are open whenever a condition is true."""
    match node:
        case Output(name=name):
            output = policy.output(name)
            if output.kind is OutputKind.GATE:
                return frozenset({name})
            return (
                needed_gates(policy, output.node) if output.type.kind is Kind.FLAG else frozenset()
            )
        case And(items=items):
            return frozenset().union(*(needed_gates(policy, item) for item in items))
        case Or(items=items) if items:
            return frozenset.intersection(*(needed_gates(policy, item) for item in items))
        case _:
            return frozenset()


def rests_on_consent(policy: CheckedPolicy, node: Node) -> bool:
    """Tell whether a condition asks what was recorded about a consent."""
    for inner in walk(node):
        if isinstance(inner, ConsentStatus):
            return True
        if isinstance(inner, Output) and rests_on_consent(policy, policy.output(inner.name).node):
            return True
    return False


def rejection_rule(graph: Graph, names: Names) -> Iterator[Rule | Refusal]:
    """Yield that a rejection, as it is given or changed, has a reason."""
    feedback = graph.policy.policy.feedback
    if feedback is None:
        return
    found = graph.test(_unfounded(feedback))
    if isinstance(found, RefusedError):
        yield Refusal("feedback", found.reason)
        return
    tree = trees.every([_given(graph, feedback), written(found)])
    body = graph.compiler.fitting(tree)
    if isinstance(body, TooLarge):
        yield Refusal("feedback", body.reason)
    else:
        yield Rule(names.of("rejection"), RuleKind.DEMAND, body, "feedback", _NO_REASON)


def _unfounded(feedback: Feedback) -> Node:
    rejected = Literal(Kind.TEXT, feedback.rejected)
    is_rejected = Compare(Comparison.EQ, Attribute(feedback.verdict), rejected)
    return And((is_rejected, Not(Known(Attribute(feedback.reason)))))


def _given(graph: Graph, feedback: Feedback) -> Tree:
    fields = [graph.compiler.fields[name] for name in (feedback.verdict, feedback.reason)]
    changed = [trees.call("ISCHANGED", Name(f.api)) for f in fields if not isinstance(f, str)]
    return trees.some([trees.call("ISNEW"), *changed])
