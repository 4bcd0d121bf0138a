"""Rules that give no points because a fact is unknown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from leadpolicy.engine.asking import Asking
from leadpolicy.engine.situation import Reading
from leadpolicy.expr.nodes import Node
from leadpolicy.expr.unparse import unparse
from leadpolicy.policy.checked import CheckedPolicy


@dataclass(frozen=True, slots=True)
class UndecidedRule:
    """A rule of a score that would be decided if some facts were known."""

    score: str
    line: str
    leaves: tuple[Node, ...] = field(repr=False)

    @property
    def missing(self) -> tuple[str, ...]:
        """The unknown facts."""
        return tuple(map(unparse, self.leaves))


def undecided_rules(
    checked: CheckedPolicy, reading: Reading, asking: Asking
) -> Iterator[UndecidedRule]:
    """Yield every rule that could still fire: its condition is unknown."""
    for plan in checked.scores.values():
        for line in plan.lines:
            if reading.value(line.condition) is None:
                asked = asking.of(line.condition)
                unknown = tuple(leaf for leaf in asked if reading.value(leaf) is None)
                yield UndecidedRule(plan.name, line.id, unknown)
