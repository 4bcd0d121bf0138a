"""The facts of one decision, and the value of any expression in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Final

from leadpolicy.backends.python import Program
from leadpolicy.expr.evaluate import evaluate
from leadpolicy.expr.facts import Facts, Signal
from leadpolicy.expr.nodes import Node
from leadpolicy.expr.types import Value
from leadpolicy.policy.checked import CheckedPolicy


@dataclass(frozen=True, slots=True)
class Situation:
    """Normalised facts: attributes, usable signals by type, folded consents, and the instant."""

    row: dict[str, Value | None]
    signals: Mapping[str, Sequence[Signal]]
    consents: Mapping[tuple[str, str], str]
    at: datetime

    def facts(self, checked: CheckedPolicy, outputs: Mapping[str, Value | None]) -> Facts:
        """Return the facts in the form that the reference evaluator takes."""
        return Facts(
            at=self.at,
            attributes=self.row,
            signals=tuple(chain.from_iterable(self.signals.values())),
            consents=self.consents,
            lists=checked.lists,
            outputs=outputs,
            timezone=checked.timezone,
        )


class Reading:
    """What every output and expression of a policy is worth in a situation; None is unknown."""

    __slots__ = ("_checked", "_facts", "_trace", "outputs", "situation")

    def __init__(self, program: Program, situation: Situation) -> None:
        self.situation = situation
        self._checked = program.checked
        self._trace = program.trace(
            situation.row, situation.signals, situation.consents, situation.at
        )
        self.outputs: Final[Mapping[str, Value | None]] = self._trace.outputs()
        self._facts: Facts | None = None

    def value(self, node: Node) -> Value | None:
        """Return the value of an expression, whether it is part of the policy or not."""
        try:
            return self._trace.value(node)
        except KeyError:
            self._facts = self._facts or self.situation.facts(self._checked, self.outputs)
            return evaluate(node, self._facts)
