"""Exploratory signals alone must not reach a sales stage; every sales stage rests on a gate."""

from __future__ import annotations

from leadpolicy.diagnostics import Severity
from leadpolicy.expr.nodes import Aggregate, Attribute, ConsentStatus, Literal, Node, Output
from leadpolicy.expr.types import Kind
from leadpolicy.policy.checks.draft import Draft
from leadpolicy.policy.checks.possible import Leaf, Possible
from leadpolicy.policy.fields import Path
from leadpolicy.policy.lifecycle import Stage
from leadpolicy.policy.record import Evidence
from leadpolicy.policy.signals import Weight

STRONG = frozenset({Evidence.DECLARATIVE, Evidence.VALIDATED})


def exploratory_signals_alone_reach_no_sales_stage(draft: Draft) -> None:
    """Report LP402 where company facts, consent and exploratory signals are enough for sales."""
    possible = Possible(draft, lambda leaf: not carries_qualification(draft, leaf))
    for state, node, path in _ways_into_sales(draft):
        if possible.true(node):
            draft.into.report(
                "LP402",
                f"exploratory signals alone can reach the sales stage `{state}`",
                path,
                hint="require a binding signal or a declarative or validated attribute as well",
            )


def carries_qualification(draft: Draft, leaf: Leaf) -> bool:
    """Tell whether a fact is binding, stated or validated, not merely activity or firm data."""
    match leaf:
        case Aggregate(signal=signal):
            return draft.policy.signals[signal].weight is Weight.BINDING
        case Attribute(name=name):
            return draft.policy.record.attributes[name].evidence in STRONG
        case ConsentStatus():
            return False


def _ways_into_sales(draft: Draft) -> list[tuple[str, Node, Path]]:
    policy = draft.policy
    ways: list[tuple[str, Node, Path]] = []
    sales = {name: item for name, item in policy.states.items() if item.stage is Stage.SALES}
    for name, state in sales.items():
        if state.entry is not None:
            node: Node = Output(f"state.{name}.entry")
            ways.append((name, node, ("states", name, "entry")))
    for key, step in policy.transitions.items():
        if step.to not in sales or step.by or sales[step.to].entry is not None:
            continue
        guard: Node = Literal(Kind.FLAG, True)
        if step.when is not None:
            guard = Output(f"transition.{key}")
        ways.append((step.to, guard, ("transitions", key)))
    return ways


def sales_stages_rest_on_a_gate(draft: Draft) -> None:
    """Report LP412 where a lead may stay in a sales stage without any recorded permission."""
    unpermitted = Possible(draft, lambda leaf: not isinstance(leaf, ConsentStatus))
    for name, state in draft.policy.states.items():
        if state.stage is not Stage.SALES:
            continue
        stay = draft.output(f"state.{name}.stay")
        if stay is None or unpermitted.true(stay.node):
            draft.into.report(
                "LP412",
                f"a lead can stay in the sales stage `{name}` without any permission",
                ("states", name),
                hint="write `stay` with a gate, and `exit_to`",
                severity=Severity.WARNING,
            )
