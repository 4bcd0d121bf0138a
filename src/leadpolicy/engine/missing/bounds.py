"""How many facts must change at least before a score can reach a number."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from math import inf
from typing import TypeAlias

from leadpolicy.expr.nodes import Comparison
from leadpolicy.policy.checked import Line, Number, ScorePlan

Mask: TypeAlias = int
"""A set of knobs, one bit each."""

Least: TypeAlias = float
"""A number of changes; infinite where none will do."""

_ENDLESS = Decimal("Infinity")


class ScoreBounds:
    """What each knob can at most add to a score, or take from it.

    The bound is never too high: all lines of a knob are taken to give their most at once, and
    groups, floor and ceiling only make differences smaller.
    """

    def __init__(self, plan: ScorePlan, masks: Mapping[str, Mask]) -> None:
        self._lines = [(line, masks[line.id]) for line in plan.lines]
        whole = all(isinstance(line.points, int) and line.per is None for line in plan.lines)
        self._slack = Decimal(0) if whole else Decimal(1).scaleb(-plan.decimals)

    def least(
        self, op: Comparison, goal: Number, score: Number, fired: Collection[str], free: Mask
    ) -> tuple[Least, Mask]:
        """Return how many of the free knobs must turn, and those of them that can help."""
        gap = Decimal(goal) - Decimal(score)
        if op is Comparison.NE:
            up, down = (self._reach(Decimal(0), rising, fired, free) for rising in (True, False))
            return min(up[0], down[0]), up[1] | down[1]
        rising = op in _RISING or (gap > 0 and op not in _FALLING)
        return self._reach(abs(gap), rising, fired, free)

    def _reach(
        self, gap: Decimal, rising: bool, fired: Collection[str], free: Mask
    ) -> tuple[Least, Mask]:
        rooms = self._rooms(rising, fired, free)
        total, steps = self._slack, 0
        for room in sorted(rooms.values(), reverse=True):
            total, steps = total + room, steps + 1
            if total >= gap:
                break
        useful = sum(rooms)
        return (max(steps, 1) if rooms and total >= gap else inf), useful

    def _rooms(self, rising: bool, fired: Collection[str], free: Mask) -> dict[Mask, Decimal]:
        rooms: dict[Mask, Decimal] = {}
        for line, mask in self._lines:
            room = _room(line, rising, line.id in fired)
            left = mask & free if room > 0 else 0
            while left:
                bit = left & -left
                left ^= bit
                rooms[bit] = rooms.get(bit, Decimal(0)) + room
        return rooms


_RISING = frozenset({Comparison.GE, Comparison.GT})
_FALLING = frozenset({Comparison.LE, Comparison.LT})


def _room(line: Line, rising: bool, fires: bool) -> Decimal:
    """Return by how much a line can still move the score in a direction."""
    points = Decimal(line.points)
    most = abs(points) if line.per is None else Decimal(line.limit or _ENDLESS)
    helps_by_firing = (points > 0) is rising
    if not fires:
        return most if helps_by_firing else Decimal(0)
    return most if line.per is not None or not helps_by_firing else Decimal(0)
