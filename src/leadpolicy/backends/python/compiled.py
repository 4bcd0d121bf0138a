"""The Python backend: a checked policy becomes generated functions that decide one lead.

What is generated comes from checked nodes only; texts, names and numbers of a policy go in as
constants, never as program text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import starmap
from operator import itemgetter
from typing import Any, Final, TypeAlias

from leadpolicy.backends.base import Backend, Capabilities
from leadpolicy.backends.python.conditions import Setting
from leadpolicy.backends.python.layout import Layout
from leadpolicy.backends.python.lines import Fired, PointLine, PointLines
from leadpolicy.backends.python.module import write_program
from leadpolicy.backends.python.pattern import Pattern
from leadpolicy.backends.python.runtime import RUNTIME
from leadpolicy.backends.python.stages import Plan
from leadpolicy.backends.python.text import Names
from leadpolicy.backends.python.trace import Trace, TraceFunction
from leadpolicy.expr.facts import Signal
from leadpolicy.expr.types import Value
from leadpolicy.policy.checked import CheckedPolicy, StatePlan

Row: TypeAlias = dict[str, Value | None]
SignalsByType: TypeAlias = Mapping[str, Sequence[Signal]]
Consents: TypeAlias = Mapping[tuple[str, str], str]
Raw: TypeAlias = tuple[Any, ...]
"""The result of one decision; read it with the methods of the program that gave it."""

Run: TypeAlias = Callable[[Row, SignalsByType, Consents, datetime], Raw]
Reader: TypeAlias = Callable[[Raw], tuple[Any, ...]]


def compile_policy(checked: CheckedPolicy) -> Program:
    """Return the program that decides leads by a checked policy."""
    return Program(checked)


class PythonBackend(Backend["Program"]):
    """Compiles policies for the running interpreter; supports every expression."""

    capabilities = Capabilities("python")

    def compile(self, checked: CheckedPolicy) -> Program:
        """Return the program that decides leads by a checked policy."""
        return Program(checked)


class Program:
    """A compiled policy: `run` decides one lead, the other methods read what it returned.

    `run(row, signals, consents, at)` takes normalised facts: every attribute's value or None, the
    usable signals by type, the status by purpose and channel, and an aware instant in UTC. It
    never raises on such facts. It keeps none of them but short texts that it has seen lately, and
    no text of an attribute that is contact data.
    """

    def __init__(self, checked: CheckedPolicy) -> None:
        self.checked: Final = checked
        self._setting = Setting(checked.lists, checked.timezone)
        names, pattern = Names(**RUNTIME), Pattern(checked)
        plan = Plan(checked, pattern, Layout(pattern.bits.values()), names, self._setting)
        written = write_program(plan)
        self.source: Final = written.source
        self.run: Final[Run] = names.define(self.source)["run"]
        self.state: Final[Callable[[Raw], str]] = itemgetter(0)
        self._places = written.outputs
        self._rules = written.rules
        self._lines = PointLines(checked.scores)
        self._trace: TraceFunction | None = None

    # ---------------------------------------------------------------------------- reading
    def value(self, raw: Raw, output: str) -> Any:
        """Return the value of an output: a number, a code, or True only where a condition is met.

        Raises KeyError for a name that the policy does not have.
        """
        return raw[self._places[output]]

    def fired(self, raw: Raw) -> tuple[Fired, ...]:
        """Return the lines of all scores whose condition is true, in declared order."""
        pairs = ((score, line) for score, place in self._rules.items() for line in raw[place])
        return tuple(starmap(Fired, pairs))

    def eligible(self, raw: Raw) -> tuple[str, ...]:
        """Return the initial state and all whose conditions are true, in declared order."""
        return tuple(state.name for state in self.checked.states if self._admits(state, raw))

    def _admits(self, state: StatePlan, raw: Raw) -> bool:
        if state.name == self.checked.initial:
            return True
        asked = [name for name in (state.entry, state.stay) if name is not None]
        return state.entry is not None and all(self.value(raw, name) for name in asked)

    def reader(self, *outputs: str, rules_of: Sequence[str] = ()) -> Reader:
        """Return a quick function from a result to one flat tuple.

        It holds the state, the values of some outputs, and the fired lines of some scores.
        """
        places = [self._places[name] for name in outputs]
        places += [self._rules[name] for name in rules_of]
        return itemgetter(0, *places) if places else lambda raw: raw[:1]

    # ------------------------------------------------------------------------- explaining
    def lines(
        self, raw: Raw, row: Row, signals: SignalsByType, consents: Consents, at: datetime
    ) -> tuple[PointLine, ...]:
        """Return the points of all scores line by line; those of a score sum exactly to it."""
        totals = {name: self.value(raw, name) for name in self.checked.scores}
        trace = self.trace(row, signals, consents, at) if self._lines.need_trace else None
        return self._lines.of(self.fired(raw), totals, trace)

    def trace(self, row: Row, signals: SignalsByType, consents: Consents, at: datetime) -> Trace:
        """Return the value of every output and of every expression in it, unknown included."""
        if self._trace is None:
            self._trace = TraceFunction(self.checked, self._setting)
        raw = self.run(row, signals, consents, at)
        values = [self.value(raw, name) for name in self._trace.values]
        return self._trace(values, row, signals, consents, at)
