"""Knobs: what could still become known, be given or happen about one lead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from leadpolicy.engine.cells.partition import Cells, Partition, leaves_of
from leadpolicy.engine.cells.witnesses import number_witnesses, with_value
from leadpolicy.engine.situation import Reading
from leadpolicy.expr.nodes import Attribute, Compare, ConsentStatus, Node, Output
from leadpolicy.expr.traverse import walk
from leadpolicy.expr.types import NUMERIC, Value
from leadpolicy.expr.unparse import unparse
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy.policy.record import AttributeSpec, PersonalData


class FactKind(StrEnum):
    """What a fact is about."""

    ATTRIBUTE = "attribute"
    SIGNAL = "signal"
    CONSENT = "consent"


@dataclass(frozen=True, slots=True, eq=False)
class Knob:
    """One fact and the values it could take; for signals, how many more of them.

    `values` come in the order in which they are tried. `exact` says that no other value could
    make a difference. `counts` are the aggregates that a further signal adds to.
    """

    kind: FactKind
    subject: str
    leaf: Node | None
    now: Value | None
    values: tuple[Value, ...]
    exact: bool
    owner: str | None = None
    cells: Cells | None = None
    signal: str | None = None
    properties: Mapping[str, Value] = field(default_factory=dict)
    counts: frozenset[Node] = frozenset()

    @property
    def is_unknown(self) -> bool:
        """Whether nothing is known of it yet; more signals never change what is known."""
        return self.now is None or self.kind is FactKind.SIGNAL


def attribute_knobs(
    checked: CheckedPolicy, partition: Partition, reading: Reading, wanted: Iterable[Node]
) -> Iterator[Knob]:
    """Yield a knob for each attribute that may be proposed."""
    specs = checked.policy.record.attributes
    for leaf in wanted:
        if not isinstance(leaf, Attribute):
            continue
        now = reading.value(leaf)
        if _may_be_proposed(specs[leaf.name], now):
            cells = partition.cells(leaf, reading.situation.at, _joint(leaf, partition, reading))
            owner = specs[leaf.name].owner.value
            values = _others(cells, now)
            yield Knob(FactKind.ATTRIBUTE, leaf.name, leaf, now, values, cells.exact, owner, cells)


def _may_be_proposed(spec: AttributeSpec, now: Value | None) -> bool:
    """Tell whether asking makes sense: nobody changes a known e-mail address to fit a policy."""
    return now is None or spec.personal is not PersonalData.CONTACT


def _others(cells: Cells, now: Value | None) -> tuple[Value, ...]:
    """Return one value of every class but the present one; of numbers the nearest."""
    if now is None:
        return cells.representatives()
    groups: dict[int, list[Value]] = {}
    for value, found in zip(cells.values, cells.classes, strict=True):
        groups.setdefault(found, []).append(value)
    present = [group for group in groups.values() if now in group]
    return tuple(_nearest(group, now) for group in groups.values() if group not in present)


def _nearest(group: list[Value], now: Value) -> Value:
    if not isinstance(now, int | Decimal) or isinstance(now, bool):
        return group[0]
    return min(group, key=lambda value: abs(value - now))  # type: ignore[operator]


def _joint(leaf: Attribute, partition: Partition, reading: Reading) -> Iterator[Value]:
    """Yield values that matter in tests about this fact and others, the others as they are."""
    numeric = partition.scope.type_of(leaf).kind in NUMERIC
    for test in partition.joint_tests(leaf):
        if isinstance(test, Compare):
            fixed = _others_fixed(test, leaf, reading)
            if numeric:
                yield from (0, 1)
                yield from number_witnesses([fixed], leaf, partition.scope.step(leaf))
            elif leaf in {test.left, test.right}:
                other = reading.value(test.right if test.left == leaf else test.left)
                yield from () if other is None else (other,)


def _others_fixed(test: Node, leaf: Node, reading: Reading) -> Node:
    for other in {*leaves_of(test), *(item for item in walk(test) if isinstance(item, Output))}:
        if other != leaf:
            test = with_value(test, other, reading.value(other))
    return test


def consent_knobs(
    checked: CheckedPolicy, partition: Partition, reading: Reading, wanted: Iterable[Node]
) -> Iterator[Knob]:
    """Yield a knob for each consent that may be asked for."""
    for leaf in wanted:
        if isinstance(leaf, ConsentStatus):
            now = reading.value(leaf)
            cells = partition.cells(leaf, reading.situation.at)
            values = _others(cells, now)
            yield Knob(FactKind.CONSENT, unparse(leaf), leaf, now, values, cells.exact, None, cells)
