"""What could become true: a sound over-approximation that treats atoms as independent.

`Possible` is told which leaves are *free* (may take any value); all other leaves carry no
evidence: attributes and consents are unknown and no such signal has happened. What it calls
impossible is impossible; what it calls possible might still contradict itself.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeAlias

from leadpolicy.expr.evaluate import evaluate
from leadpolicy.expr.facts import Facts
from leadpolicy.expr.negation import OPPOSITES
from leadpolicy.expr.nodes import (
    Aggregate,
    And,
    AtLeast,
    Attribute,
    Case,
    Compare,
    Comparison,
    ConsentStatus,
    Literal,
    Node,
    Not,
    OneOf,
    Or,
    Output,
)
from leadpolicy.expr.traverse import walk
from leadpolicy.policy.checked import Line, ScorePlan
from leadpolicy.policy.checks.draft import Draft

Leaf: TypeAlias = Attribute | Aggregate | ConsentStatus
Range: TypeAlias = tuple[Decimal, Decimal]
NOTHING = Facts(at=datetime(2000, 1, 1, tzinfo=UTC))
INFINITE = Decimal("Infinity")


def leaves(node: Node) -> tuple[Leaf, ...]:
    """Return the facts that an expression looks at."""
    return tuple(x for x in walk(node) if isinstance(x, Attribute | Aggregate | ConsentStatus))


class Possible:
    """Which conditions of a draft could be true or false when only some leaves are free."""

    def __init__(self, draft: Draft, is_free: Callable[[Leaf], bool]) -> None:
        self._draft = draft
        self._is_free = is_free

    def true(self, node: Node) -> bool:
        """Tell whether the condition could be true."""
        return self._can(self._draft.inlined(node), True)

    def _can(self, node: Node, wanted: bool) -> bool:
        match node:
            case Not(of=inner):
                return self._can(inner, not wanted)
            case And(items=items):
                return self._can_count(items, len(items), wanted)
            case Or(items=items):
                return self._can_count(items, 1, wanted)
            case AtLeast(count=count, items=items):
                return self._can_count(items, count, wanted)
            case _:
                return self._can_atom(node, wanted)

    def _can_count(self, items: tuple[Node, ...], count: int, wanted: bool) -> bool:
        needed = count if wanted else len(items) - count + 1
        return sum(self._can(item, wanted) for item in items) >= needed

    def _can_atom(self, node: Node, wanted: bool) -> bool:
        match node:
            case Compare(op, Output(name), Literal(_, value)) if name in self._scores:
                return self._can_compare(name, op if wanted else OPPOSITES[op], Decimal(str(value)))
            case Compare(Comparison.EQ | Comparison.NE as op, Case() as case, Literal() as code):
                return self._can_be(case, (code,), wanted is (op is Comparison.EQ))
            case OneOf(Case() as case, values):
                return self._can_be(case, values, wanted)
            case _ if any(self._is_free(leaf) for leaf in leaves(node)):
                return True
            case _:
                return evaluate(node, NOTHING) is wanted

    @property
    def _scores(self) -> dict[str, ScorePlan]:
        return self._draft.into.scores

    def _can_be(self, case: Case, codes: tuple[Literal, ...], wanted: bool) -> bool:
        return any((value in codes) is wanted for value in self._values(case))

    def _values(self, case: Case) -> list[Node]:
        found = []
        for test, value in case.branches:
            if self._can(test, True):
                found.append(value)
            if not self._can(test, False):
                return found
        return [*found, case.otherwise]

    def _can_compare(self, name: str, op: Comparison, value: Decimal) -> bool:
        low, high = self.score_range(self._scores[name])
        match op:
            case Comparison.GE:
                return high >= value
            case Comparison.GT:
                return high > value
            case Comparison.LE:
                return low <= value
            case Comparison.LT:
                return low < value
            case Comparison.EQ:
                return low <= value <= high
            case Comparison.NE:
                return not low == high == value

    def score_range(self, plan: ScorePlan) -> Range:
        """Return bounds between which the score stays; groups are taken as unbounded."""
        ranges = [self._line_range(line) for line in plan.lines]
        low = plan.base + sum((item[0] for item in ranges), Decimal(0))
        high = plan.base + sum((item[1] for item in ranges), Decimal(0))
        if plan.ceiling is not None:
            low, high = min(low, Decimal(plan.ceiling)), min(high, Decimal(plan.ceiling))
        if plan.floor is not None:
            low, high = max(low, Decimal(plan.floor)), max(high, Decimal(plan.floor))
        return low, high

    def _line_range(self, line: Line) -> Range:
        points = Decimal(line.points)
        idle = line.per is not None and not any(map(self._is_free, leaves(line.per)))
        if idle or points == 0 or not self.true(line.condition):
            return Decimal(0), Decimal(0)
        if line.per is not None:
            size = INFINITE if line.limit is None else Decimal(line.limit)
            points = size if points > 0 else -size
        return min(points, Decimal(0)), max(points, Decimal(0))
