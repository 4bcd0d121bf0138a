"""The additive explanation: how a score came about, line by line, to the last point."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from leadpolicy.backends.python.runtime import Number, added, clamped, minus, scaled
from leadpolicy.backends.python.scores import limits
from leadpolicy.backends.python.trace import Trace
from leadpolicy.policy.checked import Line, ScorePlan


class LineKind(StrEnum):
    """Where points come from, or why some of them do not count."""

    BASE = "base"
    RULE = "rule"
    DECAY = "decay"
    LIMIT = "limit"
    GROUP = "group"
    BOUND = "bound"
    ROUNDING = "rounding"


class Fired(NamedTuple):
    """A line of a score whose condition is true."""

    score: str
    line: str


class PointLine(NamedTuple):
    """Points of a score; `line` is a rule, a group, `floor`, `ceiling`, or None."""

    score: str
    line: str | None
    kind: LineKind
    points: Number


class PointLines:
    """Explains the scores of one policy."""

    def __init__(self, scores: Mapping[str, ScorePlan]) -> None:
        self._scores = scores
        self._by_id = {
            (plan.name, line.id): line for plan in scores.values() for line in plan.lines
        }
        self.need_trace = any(line.per is not None for line in self._by_id.values())

    def of(
        self, fired: Iterable[Fired], totals: Mapping[str, Number], trace: Trace | None
    ) -> tuple[PointLine, ...]:
        """Return the lines of all scores; `trace` tells the numbers that points multiply."""
        by_score: dict[str, list[Line]] = {name: [] for name in self._scores}
        for item in fired:
            by_score[item.score].append(self._by_id[item])
        return tuple(
            line
            for name, plan in self._scores.items()
            for line in _explained(plan, by_score[name], totals[name], trace)
        )


def _explained(
    plan: ScorePlan, fired: Sequence[Line], total: Number, trace: Trace | None
) -> Iterator[PointLine]:
    """Yield every step from the base to the total; steps that change nothing are left out."""
    found = [PointLine(plan.name, None, LineKind.BASE, plan.base)] if plan.base else []
    for line in fired:
        found += _given(plan.name, line, trace)
    found += _held_groups(plan, found)
    reached = added([line.points for line in found])
    held = clamped(reached, plan.floor, plan.ceiling)
    if held != reached:
        bound = "floor" if held > reached else "ceiling"
        found.append(PointLine(plan.name, bound, LineKind.BOUND, minus(held, reached)))
    if held != total:
        found.append(PointLine(plan.name, None, LineKind.ROUNDING, minus(total, held)))
    yield from found


def _given(score: str, line: Line, trace: Trace | None) -> Iterator[PointLine]:
    """Yield what one fired line gives: in full, then what fades and what exceeds its limit."""
    if line.per is None or trace is None:
        yield PointLine(score, line.id, LineKind.RULE, line.points)
        return
    product = _times(line, trace.number(line.per))
    full = product if line.undecayed is None else _times(line, trace.number(line.undecayed))
    yield PointLine(score, line.id, LineKind.RULE, full)
    if product != full:
        yield PointLine(score, line.id, LineKind.DECAY, minus(product, full))
    held = clamped(product, *limits(line))
    if held != product:
        yield PointLine(score, line.id, LineKind.LIMIT, minus(held, product))


def _times(line: Line, number: Number) -> Number:
    return scaled(number, Decimal(line.points))


def _held_groups(plan: ScorePlan, found: Sequence[PointLine]) -> list[PointLine]:
    group_of = {line.id: line.group for line in plan.lines if line.group}
    held: list[PointLine] = []
    for group in plan.groups:
        own = [item.points for item in found if group_of.get(item.line or "") == group.name]
        reached = added(own)
        change = minus(clamped(reached, group.lowest, group.highest), reached)
        if change:
            held.append(PointLine(plan.name, group.name, LineKind.GROUP, change))
    return held
