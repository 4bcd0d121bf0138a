"""The partitions of a policy: of a lead's facts, and of the properties of its signals."""

from __future__ import annotations

from leadpolicy.engine.cells.partition import Partition, Scope, leaves_of
from leadpolicy.expr.nodes import Aggregate, Attribute, Node, Property
from leadpolicy.expr.traverse import rewrite
from leadpolicy.expr.types import Vocabulary
from leadpolicy.policy.checked import CheckedPolicy


def record_partition(checked: CheckedPolicy) -> Partition:
    """Return the partition of a lead's facts by everything that a policy asks."""
    attributes = checked.policy.record.attributes
    decimals = {name: spec.decimals for name, spec in attributes.items()}
    scope = Scope(checked.vocabulary, checked.lists, checked.timezone, decimals)
    lines = [line for plan in checked.scores.values() for line in plan.lines]
    measured = [leaf for line in lines if line.per is not None for leaf in leaves_of(line.per)]
    return Partition(scope, [item.node for item in checked.outputs], measured)


def signal_partition(checked: CheckedPolicy, signal: str) -> Partition:
    """Return the partition of the properties of a signal type, read as attributes."""
    properties = checked.policy.signals[signal].properties
    decimals = {name: spec.decimals for name, spec in properties.items()}
    vocabulary = Vocabulary(attributes=checked.vocabulary.signals[signal])
    scope = Scope(vocabulary, checked.lists, checked.timezone, decimals)
    return Partition(
        scope, [as_record(node.where) for node in aggregates_of(checked, signal) if node.where]
    )


def aggregates_of(checked: CheckedPolicy, signal: str) -> tuple[Aggregate, ...]:
    """Return every aggregate that a policy makes of one signal type, each once."""
    nodes = (leaf for item in checked.outputs for leaf in leaves_of(item.node))
    found = (leaf for leaf in nodes if isinstance(leaf, Aggregate) and leaf.signal == signal)
    return tuple(dict.fromkeys(found))


def as_record(where: Node) -> Node:
    """Return a condition about a signal as one about a record with the same names."""

    def swap(node: Node) -> Node:
        return Attribute(node.name) if isinstance(node, Property) else node

    return rewrite(where, swap)
