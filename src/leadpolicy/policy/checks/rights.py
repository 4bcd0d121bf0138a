"""Exercising a right costs no points, tracking needs its gate, special data is not judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from leadpolicy.diagnostics import Severity
from leadpolicy.expr.evaluate import evaluate
from leadpolicy.expr.negation import negation_normal_form
from leadpolicy.expr.nodes import (
    Aggregate,
    And,
    AtLeast,
    Attribute,
    ConsentStatus,
    Node,
    Or,
)
from leadpolicy.expr.traverse import walk
from leadpolicy.policy.checked import Line
from leadpolicy.policy.checks.draft import Draft
from leadpolicy.policy.checks.possible import NOTHING, Leaf, Possible
from leadpolicy.policy.consent import RIGHTS_STATUSES
from leadpolicy.policy.record import PersonalData
from leadpolicy.policy.signals import Origin


def lines(draft: Draft) -> Iterator[Line]:
    """Yield every rule of every score."""
    for plan in draft.into.scores.values():
        yield from plan.lines


def exercising_a_right_costs_no_points(draft: Draft) -> None:
    """Report LP403 where a refusal, withdrawal or objection alone takes points (D2)."""
    possible = Possible(draft, _is_consent)
    for line in lines(draft):
        asks = _asks_for_a_right(draft.inlined(line.condition))
        if line.points < 0 and asks and possible.true(line.condition):
            draft.into.report(
                "LP403",
                f"`{line.id}` takes points because a person exercised a right",
                line.path,
                hint="make it a gate; only what happens in spite of it may count",
            )


def _is_consent(leaf: Leaf) -> bool:
    return isinstance(leaf, ConsentStatus)


def _asks_for_a_right(condition: Node) -> bool:
    """Tell whether a literal is true of somebody who exercised a right, however it is written.

    `consent(…) == 'withdrawn'` is, and so is `not newsletter_consent`.
    """
    return any(map(_is_true_of_a_right, _literals(negation_normal_form(condition))))


def _literals(node: Node) -> Iterator[Node]:
    if isinstance(node, And | Or | AtLeast):
        for item in node.items:
            yield from _literals(item)
    else:
        yield node


def _is_true_of_a_right(literal: Node) -> bool:
    pairs = {(x.purpose, x.channel) for x in walk(literal) if isinstance(x, ConsentStatus)}
    told = (replace(NOTHING, consents=dict.fromkeys(pairs, code)) for code in RIGHTS_STATUSES)
    return bool(pairs) and any(evaluate(literal, facts) is True for facts in told)


def tracking_signals_have_their_gate(draft: Draft) -> None:
    """Report LP404 where a signal read from terminal equipment is used without its gate."""
    for name in sorted(_used_signals(draft)):
        spec = draft.policy.signals[name]
        if spec.origin is Origin.TERMINAL_TRACKING and spec.gate is None:
            draft.into.report(
                "LP404",
                f"the tracking signal `{name}` is used without a gate of its own",
                ("signals", name),
                hint="name the `gate` of the consent for tracking (TDDDG § 25)",
            )


def _used_signals(draft: Draft) -> set[str]:
    nodes = [item.node for item in draft.outputs]
    return {x.signal for node in nodes for x in walk(node) if isinstance(x, Aggregate)}


def gates_of_signals_exist(draft: Draft) -> None:
    """Report LP303 where a signal names an unknown gate."""
    for name, spec in draft.policy.signals.items():
        if spec.gate is not None:
            path = ("signals", name, "gate")
            draft.into.expect("gate", spec.gate, draft.policy.gates, path, "LP303")


def special_categories_are_not_judged(draft: Draft) -> None:
    """Report LP411 where data of a special category takes part in a decision (Art. 9 GDPR)."""
    record = draft.policy.record.attributes
    for item in draft.outputs:
        for node in walk(item.node):
            if isinstance(node, Attribute):
                spec = record.get(node.name)
                if spec is not None and spec.personal is PersonalData.SPECIAL:
                    message = f"`{node.name}` belongs to a special category and takes part"
                    draft.into.report("LP411", message, item.path)


def consent_is_gate_or_points(draft: Draft) -> None:
    """Report LP409 where consent for one purpose both gates a state and earns points."""
    gating = set().union(
        *(
            _purposes(draft, item.node)
            for item in draft.outputs
            if item.name.startswith(("state.", "transition."))
        )
    )
    for line in lines(draft):
        earned = _purposes(draft, line.condition) if line.points > 0 else set()
        for purpose in sorted(earned & gating):
            draft.into.report(
                "LP409",
                f"consent for `{purpose}` is both a gate and a matter of points",
                line.path,
                hint="where the gate is closed the points never matter, where it is open they "
                "are the same for everybody; decide for one of both",
                severity=Severity.WARNING,
            )


def _purposes(draft: Draft, node: Node) -> set[str]:
    found = walk(draft.inlined(node))
    return {item.purpose for item in found if isinstance(item, ConsentStatus)}
