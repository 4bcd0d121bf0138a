"""Which facts an expression asks for, and what is known of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from leadpolicy.engine.situation import Reading
from leadpolicy.expr.nodes import Aggregate, Attribute, ConsentStatus, Node, Output
from leadpolicy.expr.traverse import walk
from leadpolicy.expr.types import Kind, Value
from leadpolicy.expr.unparse import unparse
from leadpolicy.policy.checked import CheckedPolicy, NamedOutput


class Asking:
    """What each output of a policy asks for.

    Named conditions are looked into; a grade stands for itself and its score, a score for itself.
    """

    def __init__(self, checked: CheckedPolicy) -> None:
        self._inside: dict[str, tuple[Node, ...]] = {}
        for item in checked.outputs:
            self._inside[item.name] = self._shown(item, item.name in checked.scores)

    def of(self, node: Node) -> tuple[Node, ...]:
        """Return the facts, scores and grades that an expression asks for, each once, in order."""
        return tuple(dict.fromkeys(self._items(node)))

    def of_output(self, name: str) -> tuple[Node, ...]:
        """Return the facts, scores and grades that an output asks for; KeyError if unknown."""
        return self._inside[name]

    def _shown(self, item: NamedOutput, is_score: bool) -> tuple[Node, ...]:
        itself = (Output(item.name),)
        if is_score:
            return itself
        inside = self.of(item.node)
        return inside if item.type.kind is Kind.FLAG else itself + inside

    def _items(self, node: Node) -> Iterator[Node]:
        for item in walk(node):
            if isinstance(item, Output):
                yield from self._inside.get(item.name, ())
            elif isinstance(item, Attribute | Aggregate | ConsentStatus):
                yield item


def seen(items: tuple[Node, ...], reading: Reading) -> Mapping[str, Value | None]:
    """Return what is known of some facts, by their text; None is unknown."""
    return MappingProxyType({unparse(item): reading.value(item) for item in items})


def unknown(items: tuple[Node, ...], reading: Reading) -> tuple[str, ...]:
    """Return the texts of those facts that have no value."""
    return tuple(unparse(item) for item in items if reading.value(item) is None)
