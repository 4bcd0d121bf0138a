"""Knobs for signals: how many more of a type, with which properties, would make a difference.

A further signal adds to every aggregate of its type whose `where` it passes, so signals are told
apart by the aggregates that they add to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import combinations, islice, product
from types import MappingProxyType
from typing import TypeAlias

from leadpolicy.engine.cells.of_policy import aggregates_of, as_record, signal_partition
from leadpolicy.engine.cells.partition import Partition, leaves_of
from leadpolicy.engine.cells.witnesses import number_witnesses
from leadpolicy.engine.jsonready import plain
from leadpolicy.engine.missing.knobs import FactKind, Knob
from leadpolicy.engine.missing.units import Units, ceiling, units_by_fact
from leadpolicy.engine.situation import Reading
from leadpolicy.expr.evaluate import evaluate
from leadpolicy.expr.facts import Facts
from leadpolicy.expr.nodes import Aggregate, AggregateFunction, Attribute, Node
from leadpolicy.expr.types import Value
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy.policy.fields import Role
from leadpolicy.policy.record import Evidence

MOST_SIGNALS = 100
"""So many further signals of a type are tried at most."""

_MOST_ASSIGNMENTS = 500

Properties: TypeAlias = Mapping[str, Value]


def signal_knobs(
    checked: CheckedPolicy, partition: Partition, reading: Reading, wanted: Iterable[Node]
) -> Iterator[Knob]:
    """Yield a knob for each kind of signal that could still come in."""
    units = units_by_fact(checked, reading)
    for signal in dict.fromkeys(leaf.signal for leaf in wanted if isinstance(leaf, Aggregate)):
        kinds = _Kinds(checked, partition, reading, signal)
        owner = _owner(checked, signal)
        for properties, counts in kinds.all():
            numbers = frozenset(_how_many(counts, partition, reading, units))
            yield Knob(
                FactKind.SIGNAL,
                _subject(signal, properties),
                None,
                len(reading.situation.signals.get(signal, ())),
                tuple(sorted(n for n in numbers if 1 <= n <= MOST_SIGNALS)),
                all(units[item].exact for item in counts if item in units),
                owner,
                signal=signal,
                properties=properties,
                counts=frozenset(counts),
            )


def _subject(signal: str, properties: Properties) -> str:
    if not properties:
        return signal
    listed = ", ".join(f"{name} = {plain(value)}" for name, value in properties.items())
    return f"{signal} ({listed})"


def _owner(checked: CheckedPolicy, signal: str) -> str | None:
    """Return who brings a signal about: sales what sales confirms, otherwise the person alone."""
    validated = checked.policy.signals[signal].evidence is Evidence.VALIDATED
    return Role.SALES.value if validated else None


def _how_many(
    counts: Iterable[Aggregate], partition: Partition, reading: Reading, units: Mapping[Node, Units]
) -> Iterator[int]:
    for aggregate in counts:
        yield 1
        yield from units[aggregate].numbers if aggregate in units else ()
        if aggregate.function is AggregateFunction.COUNT:
            yield from (ceiling(amount) for amount in _lacking(aggregate, partition, reading))


def _lacking(aggregate: Aggregate, partition: Partition, reading: Reading) -> Iterator[Decimal]:
    """Yield what lacks for the numbers at which tests of an aggregate turn over."""
    now = reading.value(aggregate)
    if isinstance(now, int | Decimal):
        decimals = partition.scope.step(aggregate)
        for number in number_witnesses(partition.tests(aggregate), aggregate, decimals):
            if number > now:
                yield Decimal(number) - Decimal(now)


class _Kinds:
    """The kinds of signals of one type that a policy can tell apart."""

    def __init__(
        self, checked: CheckedPolicy, partition: Partition, reading: Reading, signal: str
    ) -> None:
        self._checked = checked
        self._partition = partition
        self._reading = reading
        self._inner = signal_partition(checked, signal)
        self._aggregates = aggregates_of(checked, signal)

    def all(self) -> Iterator[tuple[Properties, tuple[Aggregate, ...]]]:
        """Yield signals with few properties first, one for each set of aggregates they add to."""
        told: set[tuple[object, ...]] = set()
        for properties in islice(self._assignments(), _MOST_ASSIGNMENTS):
            counts = tuple(item for item in self._aggregates if self._passes(item, properties))
            kind = (counts, tuple(properties.get(item.of or "") for item in counts))
            if counts and kind not in told:
                told.add(kind)
                yield MappingProxyType(properties), counts

    def _passes(self, aggregate: Aggregate, properties: Properties) -> bool:
        if aggregate.where is None:
            return True
        at, checked = self._reading.situation.at, self._checked
        facts = Facts(at, properties, lists=checked.lists, timezone=checked.timezone)
        return evaluate(as_record(aggregate.where), facts) is True

    def _assignments(self) -> Iterator[dict[str, Value]]:
        choices = self._choices()
        for size in range(len(choices) + 1):
            for names in combinations(choices, size):
                for values in product(*(choices[name] for name in names)):
                    yield dict(zip(names, values, strict=True))

    def _choices(self) -> dict[str, dict[Value, None]]:
        found: dict[str, dict[Value, None]] = {}
        for aggregate in self._aggregates:
            if aggregate.of is not None:
                lacking = _lacking(aggregate, self._partition, self._reading)
                found.setdefault(aggregate.of, {}).update(dict.fromkeys(lacking))
            for leaf in leaves_of(as_record(aggregate.where)) if aggregate.where else ():
                if isinstance(leaf, Attribute):
                    cells = self._inner.cells(leaf, self._reading.situation.at)
                    values = dict.fromkeys(cells.representatives())
                    found.setdefault(leaf.name, {}).update(values)
        return found
