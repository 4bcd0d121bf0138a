"""The graph of states: everything can be reached, and nothing moves in circles by itself."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from leadpolicy.expr.nodes import Aggregate, Attribute, ConsentStatus, Output
from leadpolicy.expr.traverse import walk
from leadpolicy.policy.checks.draft import Draft


def every_state_can_be_reached(draft: Draft) -> None:
    """Report LP401 for states to which no path leads from the initial one."""
    policy = draft.policy
    edges: dict[str, set[str]] = {name: set() for name in policy.states}
    for step in policy.transitions.values():
        for source in step.from_:
            edges[source].add(step.to)
    for name, state in policy.states.items():
        if state.exit_to is not None:
            edges[name].add(state.exit_to)
    reached = _reachable(edges, policy.initial)
    for name in policy.states:
        if name not in reached:
            draft.into.report(
                "LP401",
                f"no transition leads to the state `{name}`",
                ("states", name),
                hint="add a transition, or take the state out",
            )


def _reachable(edges: Mapping[str, set[str]], start: str) -> set[str]:
    reached, open_ = {start}, [start]
    while open_:
        for target in edges[open_.pop()] - reached:
            reached.add(target)
            open_.append(target)
    return reached


def nothing_moves_in_circles(draft: Draft) -> None:
    """Report LP406 for cycles of automatic transitions that ask for no fact at all."""
    edges: dict[str, set[str]] = {}
    for name, step in draft.policy.transitions.items():
        if not step.by and step.wait is None and not _asks_for_facts(draft, name, step.to):
            for source in step.from_:
                edges.setdefault(source, set()).add(step.to)
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        circle = [str(name) for name in reversed(error.args[1])]
        draft.into.report(
            "LP406",
            "automatic transitions go in a circle: " + " → ".join(f"`{x}`" for x in circle),
            ("transitions",),
            hint="give one of them a condition, or let a role trigger it",
        )


def _asks_for_facts(draft: Draft, transition: str, target: str) -> bool:
    names = (f"transition.{transition}", f"state.{target}.entry", f"state.{target}.stay")
    found = (draft.output(name) for name in names)
    kinds = Attribute | Aggregate | ConsentStatus | Output
    return any(
        isinstance(node, kinds) for item in found if item is not None for node in walk(item.node)
    )


def initial_state_is_free(draft: Draft) -> None:
    """Report LP407 where the initial state has conditions that a new lead might not meet."""
    state = draft.policy.states[draft.policy.initial]
    if state.entry is not None or state.stay is not None:
        draft.into.report(
            "LP407",
            f"the initial state `{draft.policy.initial}` has an `entry` or `stay` condition",
            ("states", draft.policy.initial),
            hint="every lead needs a state: the initial one takes whoever fits no other",
        )
