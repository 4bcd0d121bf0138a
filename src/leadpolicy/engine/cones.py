"""Cones: every fact that an output depends on, through whatever other outputs."""

from __future__ import annotations

from collections.abc import Iterator

from leadpolicy.engine.cells.partition import leaves_of
from leadpolicy.expr.nodes import Aggregate, Node, Output
from leadpolicy.expr.traverse import walk
from leadpolicy.policy.checked import CheckedPolicy


class Cones:
    """The facts that outputs and expressions of a policy depend on, each once.

    The permission that makes signals of a type usable counts as a fact that their aggregates
    depend on.
    """

    def __init__(self, checked: CheckedPolicy) -> None:
        nodes = {item.name: item.node for item in checked.outputs}
        self._permissions: dict[str, tuple[Node, ...]] = {
            name: leaves_of(nodes[spec.gate])
            for name, spec in checked.policy.signals.items()
            if spec.gate is not None
        }
        self._outputs: dict[str, tuple[Node, ...]] = {}
        self._known: dict[Node, tuple[Node, ...]] = {}
        for item in checked.outputs:
            self._outputs[item.name] = self.of(item.node)

    def of(self, node: Node) -> tuple[Node, ...]:
        """Return the facts that an expression depends on, in order of appearance."""
        if node not in self._known:
            self._known[node] = tuple(dict.fromkeys(self._leaves(node)))
        return self._known[node]

    def _leaves(self, node: Node) -> Iterator[Node]:
        for item in walk(node):
            if isinstance(item, Output):
                yield from self._outputs.get(item.name, ())
        for leaf in leaves_of(node):
            yield leaf
            if isinstance(leaf, Aggregate):
                yield from self._permissions.get(leaf.signal, ())
