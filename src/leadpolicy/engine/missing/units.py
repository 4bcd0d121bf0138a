"""How many more units of a counted thing could change a score."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from leadpolicy.engine.cells.partition import leaves_of
from leadpolicy.engine.situation import Reading
from leadpolicy.expr.nodes import Compare, Literal, Node, Output
from leadpolicy.expr.traverse import walk
from leadpolicy.policy.checked import CheckedPolicy, Line, Number, ScorePlan

MOST_UNITS = 10
"""Up to so many units every number is tried; above, those that reach a threshold of the score."""


@dataclass(frozen=True, slots=True)
class Units:
    """Numbers of further units; `exact` says that no other number could make a difference."""

    numbers: frozenset[int]
    exact: bool


def units_by_fact(checked: CheckedPolicy, reading: Reading) -> dict[Node, Units]:
    """Return the units worth trying of every fact that points are multiplied with."""
    found: dict[Node, Units] = {}
    for plan in checked.scores.values():
        gaps = tuple(_gaps(checked, plan, reading))
        for line in plan.lines:
            units = _units(plan, line, gaps)
            for leaf in leaves_of(line.per) if line.per is not None else ():
                other = found.get(leaf, Units(frozenset(), True))
                found[leaf] = Units(other.numbers | units.numbers, other.exact and units.exact)
    return found


def _units(plan: ScorePlan, line: Line, gaps: tuple[Decimal, ...]) -> Units:
    if not line.points:
        return Units(frozenset({1}), True)
    points, limit = abs(Decimal(line.points)), _limit(plan, line)
    most = None if limit is None else ceiling(Decimal(limit) / points)
    if most is not None and most <= MOST_UNITS:
        return Units(frozenset(range(1, most + 1)), True)
    numbers = {1, *(ceiling(gap / points) for gap in gaps), *([most] if most else [])}
    return Units(frozenset(n for n in numbers if most is None or n <= most), False)


def _limit(plan: ScorePlan, line: Line) -> Number | None:
    """Return how many points a line can give: by its own limit, or by that of its group."""
    group = next((item for item in plan.groups if item.name == line.group), None)
    one_sign = all(other.points > 0 for other in plan.lines if other.group == line.group)
    if line.limit is None and group is not None and one_sign:
        return group.highest
    return line.limit


def _gaps(checked: CheckedPolicy, plan: ScorePlan, reading: Reading) -> Iterator[Decimal]:
    """Yield how far the score is from every number that it is compared with, and one more."""
    score = reading.outputs[plan.name]
    if not isinstance(score, int | Decimal):
        return
    for item in checked.outputs:
        for node in walk(item.node):
            if isinstance(node, Compare) and Output(plan.name) in (node.left, node.right):
                other = node.right if node.left == Output(plan.name) else node.left
                if isinstance(other, Literal) and isinstance(other.value, int | Decimal):
                    gap = abs(Decimal(other.value) - Decimal(score))
                    yield from (gap, gap + 1)


def ceiling(number: Decimal) -> int:
    """Return the smallest whole number that is not below."""
    return int(number.to_integral_value(ROUND_CEILING))
