"""Many leads near the edges of a policy, from a seed: quicker than drawing them one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Final

from leadpolicy.expr.facts import Facts, Signal
from leadpolicy.expr.nodes import Literal, Node, OlderThan, OneOf, Recent, TextTest
from leadpolicy.expr.traverse import walk
from leadpolicy.expr.types import CONSENT_STATUSES, Kind, Value, ValueType
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy.testing.samples import DAYS, MOMENTS, NUMBERS, TEXTS, WHOLES

_UNKNOWN: Final = 0.3
_TICK: Final = timedelta(seconds=1)
_DAY: Final = timedelta(days=1)


class Sampler:
    """Draws leads of one policy; many values are those that it names, or one step beside them."""

    def __init__(self, checked: CheckedPolicy, random: Random) -> None:
        self._checked, self._random = checked, random
        nodes = [node for output in checked.outputs for node in walk(output.node, into_where=True)]
        self._named = list(_named(nodes))
        self._windows = [_DAY, *_windows(nodes)]

    def lead(self) -> Facts:
        """Return facts about one lead, without signals after the decision."""
        at = self._random.choice([*MOMENTS, datetime(2026, 6, 1, 8, 30, tzinfo=UTC)])
        vocabulary = self._checked.vocabulary
        signals = (self._signal(at) for _ in range(self._random.randrange(4)))
        pairs = [(p, channel) for p, found in vocabulary.purposes.items() for channel in found]
        return Facts(
            at=at,
            attributes=self._all_of(vocabulary.attributes.items(), at),
            signals=tuple(signals) if vocabulary.signals else (),
            consents={
                pair: self._random.choice(sorted(CONSENT_STATUSES))
                for pair in sorted(pairs)
                if not self._is_unknown()
            },
            lists=self._checked.lists,
            outputs={},
            timezone=self._checked.timezone,
        )

    def _is_unknown(self) -> bool:
        return self._random.random() < _UNKNOWN

    def _all_of(
        self, types: Iterable[tuple[str, ValueType]], at: datetime
    ) -> dict[str, Value | None]:
        return {
            name: None if kind.nullable and self._is_unknown() else self._value(kind, at)
            for name, kind in types
        }

    def _signal(self, at: datetime) -> Signal:
        name = self._random.choice(sorted(self._checked.vocabulary.signals))
        age = self._random.choice(self._windows) + self._random.choice([-_TICK, 0 * _TICK, _TICK])
        types = self._checked.vocabulary.signals[name].items()
        return Signal(name, at - max(age, 0 * _TICK), self._all_of(types, at))

    def _value(self, kind: ValueType, at: datetime) -> Value:
        choice = self._random.choice
        match kind.kind:
            case Kind.FLAG:
                return choice([True, False])
            case Kind.CHOICE:
                return choice(kind.codes)
            case Kind.CHOICES:
                return frozenset(code for code in kind.codes if self._random.random() < 0.5)
            case Kind.WHOLE:
                wholes = [*WHOLES, *map(int, self._numbers())]
                return self._random.choice(wholes)
            case Kind.NUMBER:
                return Decimal(choice([*NUMBERS, *self._numbers()]))
            case Kind.TEXT:
                return choice(
                    [*TEXTS, *(x for x in self._named if isinstance(x, str) and x.strip())]
                )
            case Kind.DAY:
                return choice([*DAYS, *self._days(at)])
            case Kind.MOMENT:
                return choice([*MOMENTS, *self._moments(at)])

    def _numbers(self) -> Iterator[Decimal]:
        for value in self._named:
            if isinstance(value, int | Decimal) and not isinstance(value, bool):
                yield from (Decimal(value) + step for step in (-1, 0, 1))

    def _days(self, at: datetime) -> Iterator[date]:
        named = (x for x in self._named if isinstance(x, date) and not isinstance(x, datetime))
        for day in (*named, *((at - window).date() for window in self._windows)):
            yield from (day - _DAY, day, day + _DAY)

    def _moments(self, at: datetime) -> Iterator[datetime]:
        named = (x for x in self._named if isinstance(x, datetime))
        for moment in (at, *named, *(at - window for window in self._windows)):
            yield from (moment - _TICK, moment, moment + _TICK)


def _named(nodes: Iterable[Node]) -> Iterator[object]:
    for node in nodes:
        match node:
            case Literal(value=value):
                yield value
            case OneOf(values=values):
                yield from (literal.value for literal in values)
            case TextTest(needle=needle):
                yield needle


def _windows(nodes: Iterable[Node]) -> Iterator[timedelta]:
    for node in nodes:
        match node:
            case Recent(within=length) | OlderThan(age=length):
                yield length
