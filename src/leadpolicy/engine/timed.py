"""Instants at which expressions can change their value although no fact does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta, tzinfo
from heapq import merge
from itertools import count, takewhile

from leadpolicy.engine.instants import LAST, day_starts, shifted
from leadpolicy.engine.situation import Situation
from leadpolicy.expr.evaluate import decay_weight, whole_days
from leadpolicy.expr.facts import Signal
from leadpolicy.expr.nodes import (
    Aggregate,
    AggregateFunction,
    Attribute,
    Compare,
    Decay,
    HalfLife,
    Known,
    Literal,
    Node,
    OlderThan,
    OneOf,
    Property,
    Recent,
)
from leadpolicy.expr.traverse import children, walk
from leadpolicy.expr.types import Value
from leadpolicy.policy.checked import CheckedPolicy

_DAY = timedelta(days=1)


class Timed:
    """The parts of a policy that look at the age of something."""

    def __init__(self, checked: CheckedPolicy) -> None:
        nodes = [node for item in checked.outputs for node in walk(item.node)]
        self._zone = checked.timezone
        self._aggregates = tuple(dict.fromkeys(x for x in nodes if isinstance(x, Aggregate)))
        self._windows = tuple(dict.fromkeys(x for x in nodes if isinstance(x, Recent | OlderThan)))
        self._day_counts = _day_counts(nodes)
        fading = [x for x in self._aggregates if x.decay is not None]
        judged = _judged(checked)
        self._faded_points = tuple(x for x in fading if x not in judged)
        self._faded_facts = tuple(x for x in fading if x in judged)

    def after(self, situation: Situation) -> Iterator[datetime]:
        """Yield, in order, the instants after `at` at which something can change; maybe endless."""
        return _in_order([self.steady(situation), self.fading(situation)], situation.at)

    def steady(self, situation: Situation) -> Iterator[datetime]:
        """Yield the instants at which something can change that is no fading of points."""
        fades = _fades(self._faded_facts, situation)
        sources = [sorted(self._fixed(situation)), *self._counted(situation), *fades]
        return _in_order(sources, situation.at)

    def fading(self, situation: Situation) -> Iterator[datetime]:
        """Yield the instants at which points of rules fade: nothing changes unless scores do."""
        return _in_order(_fades(self._faded_points, situation), situation.at)

    def _fixed(self, situation: Situation) -> Iterator[datetime]:
        for node in self._windows:
            for value in _moments(node, situation):
                yield from _edges(node, value, self._zone)
        for aggregate in self._aggregates:
            yield from self._of_aggregate(aggregate, situation)

    def _of_aggregate(self, node: Aggregate, situation: Situation) -> Iterator[datetime]:
        signals = situation.signals.get(node.signal, ())
        for signal in signals if node.within is not None else ():
            end = shifted(signal.occurred_at, node.within or _DAY)
            yield from () if end is None else (end,)
        for test in walk(node.where) if node.where is not None else ():
            if isinstance(test, Recent | OlderThan):
                for value in _properties(test, signals):
                    yield from _edges(test, value, self._zone)

    def _counted(self, situation: Situation) -> Iterator[Iterator[datetime]]:
        for node in self._aggregates:
            signals = situation.signals.get(node.signal, ())
            if node.function is AggregateFunction.DAYS_SINCE:
                wanted = self._day_counts[node]
                moments = sorted(signal.occurred_at for signal in signals)
                for occurred in moments[-1:] if node.where is None else moments:
                    yield _days(occurred, wanted, situation.at)


def _judged(checked: CheckedPolicy) -> frozenset[Aggregate]:
    """Return the aggregates that conditions look at, not only the points of rules."""
    conditions = [x.node for x in checked.outputs if x.name not in checked.scores]
    conditions += [line.condition for plan in checked.scores.values() for line in plan.lines]
    return frozenset(x for node in conditions for x in walk(node) if isinstance(x, Aggregate))


def _fades(nodes: Iterable[Aggregate], situation: Situation) -> Iterator[Iterator[datetime]]:
    for node in nodes:
        for signal in situation.signals.get(node.signal, ()) if node.decay is not None else ():
            fades = _fading(signal.occurred_at, node.decay or HalfLife(1), situation.at)
            end = None if node.within is None else shifted(signal.occurred_at, node.within)
            yield fades if end is None else takewhile(end.__gt__, fades)


def _in_order(sources: Iterable[Iterable[datetime]], at: datetime) -> Iterator[datetime]:
    last = at
    for instant in merge(*sources):
        if last < instant <= LAST:
            yield instant
            last = instant


def _edges(node: Recent | OlderThan, value: Value, zone: tzinfo) -> Iterator[datetime]:
    """Yield when a day or moment enters a window and when it leaves it."""
    length = node.within if isinstance(node, Recent) else node.age
    if isinstance(value, datetime):
        ends = (value, shifted(value, length))
        yield from (end for end in ends if end is not None)
    elif isinstance(value, date):
        for day in (value, shifted(value, _DAY * whole_days(length))):
            if day is not None and date(2, 1, 1) < day < LAST.date():
                yield from day_starts(day, zone)


def _moments(node: Recent | OlderThan, situation: Situation) -> Iterator[Value]:
    """Yield every day and moment that the value in a window can be."""
    for item in walk(node.of):
        if isinstance(item, Literal):
            yield item.value
        elif isinstance(item, Attribute):
            value = situation.row.get(item.name)
            yield from () if value is None else (value,)
        elif isinstance(item, Aggregate):
            yield from (signal.occurred_at for signal in situation.signals.get(item.signal, ()))


def _properties(test: Recent | OlderThan, signals: Iterable[Signal]) -> Iterator[Value]:
    names = [item.name for item in walk(test.of) if isinstance(item, Property)]
    for signal in signals:
        values = (signal.properties.get(name) for name in names)
        yield from (value for value in values if value is not None)


def _fading(occurred: datetime, decay: Decay, at: datetime) -> Iterator[datetime]:
    """Yield the instants after `at` at which a signal comes to count less, down to nothing."""
    every = _DAY if isinstance(decay, HalfLife) else decay.every
    for periods in count((at - occurred) // every + 1):
        instant = shifted(occurred, every * periods)
        if instant is None or not decay_weight(decay, every * (periods - 1)):
            return
        yield instant


def _days(occurred: datetime, wanted: frozenset[int] | None, at: datetime) -> Iterator[datetime]:
    """Yield the instants after `at` at which a number of days is full; all numbers if None."""
    full = (at - occurred) // _DAY
    numbers = count(full + 1) if wanted is None else sorted(n for n in wanted if n > full)
    for number in numbers:
        instant = shifted(occurred, _DAY * number)
        if instant is None:
            return
        yield instant


def _day_counts(nodes: Iterable[Node]) -> dict[Node, frozenset[int] | None]:
    """Return for every DAYS_SINCE the numbers it is compared with, or None if all may matter."""
    found: dict[Node, set[int]] = {}
    open_ended: set[Node] = set()
    for parent in nodes:
        for node in children(parent):
            if isinstance(node, Aggregate) and node.function is AggregateFunction.DAYS_SINCE:
                numbers = _compared(parent)
                found.setdefault(node, set()).update(numbers or ())
                if numbers is None:
                    open_ended.add(node)
    return {node: None if node in open_ended else frozenset(n) for node, n in found.items()}


def _compared(parent: Node) -> list[int] | None:
    """Return the days around the numbers that a test compares with; None if it is no such test."""
    match parent:
        case Known():
            return []
        case OneOf():
            written: tuple[Node, ...] = parent.values
        case Compare():
            written = tuple(x for x in (parent.left, parent.right) if not isinstance(x, Aggregate))
        case _:
            return None
    if len(written) != 1 and isinstance(parent, Compare):
        return None
    values = [item.value for item in written if isinstance(item, Literal)]
    if len(values) != len(written):
        return None
    return [int(value) // 1 + more for value in values for more in (0, 1)]  # type: ignore[arg-type]
