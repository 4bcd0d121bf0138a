"""The possible range of a score: how low and how high it could be once more is known.

Unknown attributes and consents are tried through all values that the policy can tell apart: those
that rules share together, those that no rule shares apart from each other. The range is never too
narrow; it is exact where rules that share an unknown fact are in the same group. Numbers that
points are multiplied with are taken to be 0 or more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product
from math import prod
from typing import Final, TypeAlias

from leadpolicy.backends.python.runtime import clamped, scaled
from leadpolicy.backends.python.scores import limits
from leadpolicy.engine.handbook import Handbook
from leadpolicy.engine.situation import Reading, Situation
from leadpolicy.expr.evaluate import rounded
from leadpolicy.expr.nodes import Attribute, ConsentStatus, Literal, Node
from leadpolicy.expr.types import Kind, Value
from leadpolicy.policy.checked import Line, Number, ScorePlan
from leadpolicy.policy.scores import line_node

MOST_COMBINATIONS: Final = 500
"""Up to so many combinations of values are tried for the facts that some rules share."""

_ENDLESS: Final = Decimal("Infinity")

Range: TypeAlias = tuple[Number | None, Number | None]
"""The lowest and the highest value; None where there is no bound."""

_Span: TypeAlias = tuple[Number, Number]


def possible_range(
    plan: ScorePlan, handbook: Handbook, reading: Reading, read: Callable[[Situation], Reading]
) -> Range:
    """Return how low and how high a score could be; `read` takes changed facts."""
    return _Possible(plan, handbook, reading, read).range()


class _Possible:
    def __init__(
        self,
        plan: ScorePlan,
        handbook: Handbook,
        reading: Reading,
        read: Callable[[Situation], Reading],
    ) -> None:
        self._plan = plan
        self._handbook = handbook
        self._reading = reading
        self._read = read

    def range(self) -> Range:
        spans: dict[str | None, _Span] = {group.name: (0, 0) for group in self._plan.groups}
        spans[None] = (self._plan.base, self._plan.base)
        for lines, leaves in _apart([(line, self._unknown(line)) for line in self._plan.lines]):
            for group, (low, high) in self._tried(lines, leaves).items():
                spans[group] = (spans[group][0] + low, spans[group][1] + high)
        for item in self._plan.groups:
            spans[item.name] = _held(spans[item.name], item.lowest, item.highest)
        total = (sum(low for low, _ in spans.values()), sum(high for _, high in spans.values()))
        low, high = _held(total, self._plan.floor, self._plan.ceiling)
        return self._finite(low), self._finite(high)

    def _finite(self, value: Number) -> Number | None:
        return None if abs(value) == _ENDLESS else rounded(value, self._plan.decimals)

    def _unknown(self, line: Line) -> tuple[Node, ...]:
        asked = (line.condition,) if line.per is None else (line.condition, line.per)
        leaves = (leaf for node in asked for leaf in self._handbook.cones.of(node))
        return tuple(
            leaf
            for leaf in dict.fromkeys(leaves)
            if isinstance(leaf, Attribute | ConsentStatus) and self._reading.value(leaf) is None
        )

    def _tried(self, lines: Sequence[Line], leaves: Sequence[Node]) -> dict[str | None, _Span]:
        """Return for each group between which sums its lines lie."""
        at = self._reading.situation.at
        cells = [self._handbook.partition.cells(leaf, at) for leaf in leaves]
        choices = [(None, *item.representatives()) for item in cells]
        tried = prod(map(len, choices)) <= MOST_COMBINATIONS
        if not tried or not all(item.exact for item in cells):
            return _summed([(line.group, self._widest(line)) for line in lines])
        found: dict[str | None, list[Number]] = {}
        for values in product(*choices):
            known = dict(zip(leaves, values, strict=True))
            reading = self._with(known) if known else self._reading
            for group, total in _sums(lines, reading).items():
                found.setdefault(group, []).append(total)
        return {group: (min(sums), max(sums)) for group, sums in found.items()}

    def _widest(self, line: Line) -> _Span:
        """Return between which points a rule lies, whatever it asks."""
        fired = line_node(replace(line, condition=Literal(Kind.FLAG, True)))
        most = self._reading.value(fired)
        if not isinstance(most, int | Decimal):
            most = (_ENDLESS if line.limit is None else line.limit) * (1 if line.points > 0 else -1)
        return min(0, most), max(0, most)

    def _with(self, known: dict[Node, Value | None]) -> Reading:
        row = dict(self._reading.situation.row)
        consents = dict(self._reading.situation.consents)
        for leaf, value in known.items():
            if isinstance(leaf, Attribute):
                row[leaf.name] = value
            elif isinstance(leaf, ConsentStatus) and value is not None:
                consents[leaf.purpose, leaf.channel] = str(value)
        return self._read(replace(self._reading.situation, row=row, consents=consents))


def _apart(
    asked: Sequence[tuple[Line, tuple[Node, ...]]],
) -> Iterator[tuple[list[Line], list[Node]]]:
    """Yield lines that share unknown facts with each other and with no other line."""
    waiting = list(asked)
    while waiting:
        line, first = waiting.pop(0)
        lines, leaves = [line], dict.fromkeys(first)
        while linked := [item for item in waiting if leaves.keys() & set(item[1])]:
            waiting = [item for item in waiting if item not in linked]
            lines += [item[0] for item in linked]
            leaves.update(dict.fromkeys(leaf for item in linked for leaf in item[1]))
        yield lines, list(leaves)


def _sums(lines: Sequence[Line], reading: Reading) -> dict[str | None, Number]:
    found: dict[str | None, Number] = {}
    for line in lines:
        given = _given(line, reading) if reading.value(line.condition) is True else 0
        found[line.group] = found.get(line.group, 0) + given
    return found


def _given(line: Line, reading: Reading) -> Number:
    """Return what a rule gives whose condition is true."""
    if line.per is None:
        return line.points
    number = reading.value(line.per)
    if not isinstance(number, int | Decimal):
        return 0
    return clamped(scaled(number, Decimal(line.points)), *limits(line))


def _summed(spans: Sequence[tuple[str | None, _Span]]) -> dict[str | None, _Span]:
    found: dict[str | None, _Span] = {}
    for group, (low, high) in spans:
        before = found.get(group, (0, 0))
        found[group] = (before[0] + low, before[1] + high)
    return found


def _held(span: _Span, lowest: Number | None, highest: Number | None) -> _Span:
    low, high = span
    if lowest is not None:
        low, high = max(low, lowest), max(high, lowest)
    if highest is not None:
        low, high = min(low, highest), min(high, highest)
    return low, high
