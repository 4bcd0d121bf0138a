"""Permissions that a state cannot do without: gates, and what its entry and stay ask of consent."""

from __future__ import annotations

from collections.abc import Iterator

from leadpolicy.engine.situation import Reading
from leadpolicy.expr.nodes import And, ConsentStatus, Node, Output
from leadpolicy.expr.traverse import walk
from leadpolicy.expr.unparse import unparse
from leadpolicy.policy.checked import CheckedPolicy, StatePlan


def closed_gates(state: StatePlan, reading: Reading, checked: CheckedPolicy) -> tuple[str, ...]:
    """Return what is not open of the permissions that the state requires in every case."""
    required = _required(state, checked)
    return tuple(name for name, node in required if reading.value(node) is not True)


def _required(state: StatePlan, checked: CheckedPolicy) -> Iterator[tuple[str, Node]]:
    """Yield the conditions on consent that hold wherever entry and stay are true, each once."""
    outputs = {item.name: item.node for item in checked.outputs}
    names = [name for name in (state.entry, state.stay) if name is not None]
    waiting: list[tuple[str, Node]] = [(name, Output(name)) for name in names]
    told: set[Node] = set()
    while waiting:
        name, node = waiting.pop()
        if node in told:
            continue
        told.add(node)
        if isinstance(node, And):
            waiting.extend((unparse(item), item) for item in node.items)
        elif isinstance(node, Output):
            waiting.append((node.name, outputs[node.name]))
        elif any(isinstance(item, ConsentStatus) for item in walk(node)):
            yield name, node
