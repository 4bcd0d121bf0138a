"""What would be if some facts were different: changed facts, decided by the real program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from leadpolicy.backends.python import Program, Raw
from leadpolicy.engine.ingest import Ingest
from leadpolicy.engine.ingest.consents import ConsentEvents
from leadpolicy.engine.inputs import ConsentEvent
from leadpolicy.engine.missing.knobs import FactKind, Knob
from leadpolicy.engine.situation import Situation
from leadpolicy.expr.facts import Signal
from leadpolicy.expr.nodes import ConsentStatus
from leadpolicy.expr.types import Value
from leadpolicy.policy.checked import CheckedPolicy

Changes: TypeAlias = Mapping[Knob, Value]
"""New values of facts; for signals, how many more of them."""

_Consents: TypeAlias = dict[tuple[str, str], str]


class WhatIf:
    """The facts of one decision, to be imagined otherwise.

    A new consent status is given at the instant of the decision, and further signals come in at
    that instant; whether signals are usable is judged anew.
    """

    def __init__(
        self,
        program: Program,
        ingest: Ingest,
        base: Situation,
        signals: Sequence[Signal],
        events: Sequence[ConsentEvent],
    ) -> None:
        self.program = program
        self.base = base
        self._ingest = ingest
        self._signals = signals
        self._events = events
        self._gates = _gate_of_signals(program.checked)
        self._usable: dict[frozenset[object], Mapping[str, Sequence[Signal]]] = {}

    def situation(self, changes: Changes) -> Situation:
        """Return the facts with the changes in them."""
        row = dict(self.base.row)
        given: _Consents = {}
        for knob, value in changes.items():
            if isinstance(knob.leaf, ConsentStatus):
                given[knob.leaf.purpose, knob.leaf.channel] = str(value)
            elif knob.kind is FactKind.ATTRIBUTE:
                row[knob.subject] = value
        consents = {**self.base.consents, **given}
        signals = self._with_more(self._usable_signals(given), changes, consents)
        return Situation(row, signals, consents, self.base.at)

    def run(self, changes: Changes) -> tuple[Situation, Raw]:
        """Return the changed facts and what the program makes of them."""
        changed = self.situation(changes)
        return changed, self.program.run(changed.row, changed.signals, changed.consents, changed.at)

    def _usable_signals(self, given: _Consents) -> Mapping[str, Sequence[Signal]]:
        """Return the signals that are usable under the consents given now."""
        if not given:
            return self.base.signals
        key: frozenset[object] = frozenset(given.items())
        if key not in self._usable:
            at = self.base.at
            kept = [item for item in self._events if item.at != at or _place(item) not in given]
            now = [ConsentEvent(*pair, status, at) for pair, status in given.items()]
            events = ConsentEvents([*kept, *now])
            self._usable[key], _ = self._ingest.signals(self._signals, at, events)
        return self._usable[key]

    def _with_more(
        self, usable: Mapping[str, Sequence[Signal]], changes: Changes, consents: _Consents
    ) -> Mapping[str, Sequence[Signal]]:
        found = dict(usable)
        for knob, count in changes.items():
            if knob.signal is not None and isinstance(count, int) and self._open(knob, consents):
                more = Signal(knob.signal, self.base.at, knob.properties)
                found[knob.signal] = [*found.get(knob.signal, ()), *[more] * count]
        return found

    def _open(self, knob: Knob, consents: _Consents) -> bool:
        gate = self._gates.get(knob.signal or "")
        return gate is None or consents.get(gate[0]) in gate[1]


def _place(event: ConsentEvent) -> tuple[str, str]:
    return event.purpose, event.channel


def _gate_of_signals(
    checked: CheckedPolicy,
) -> dict[str, tuple[tuple[str, str], tuple[str, ...]]]:
    """Return for signal types with a gate the consent it asks for and the statuses it accepts."""
    gates = checked.policy.gates
    found = {}
    for name, spec in checked.policy.signals.items():
        if spec.gate is not None:
            gate = gates[spec.gate]
            found[name] = ((gate.purpose, gate.channel.value), gate.accepted())
    return found
