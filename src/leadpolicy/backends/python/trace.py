"""The trace: every expression of a policy evaluated for one lead, without short circuits.

It answers why and why not: the value of every output, condition and term, unknown included. It
is a second generated function, written only where somebody asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from leadpolicy.backends.python.conditions import Setting
from leadpolicy.backends.python.runtime import RUNTIME, Number
from leadpolicy.backends.python.text import Names
from leadpolicy.backends.python.trace_text import TraceText
from leadpolicy.expr.facts import Signal
from leadpolicy.expr.nodes import Literal, Node
from leadpolicy.expr.types import Kind, Value
from leadpolicy.policy.checked import CheckedPolicy


class Trace:
    """The value of every expression for one lead; None is unknown."""

    __slots__ = ("_outputs", "_places", "_values")

    def __init__(
        self,
        values: Sequence[Value | None],
        places: Mapping[Node, int],
        outputs: Mapping[str, int],
    ) -> None:
        self._values = values
        self._places = places
        self._outputs = outputs

    def output(self, name: str) -> Value | None:
        """Return the value of an output; KeyError for a name that the policy does not have."""
        return self._values[self._outputs[name]]

    def outputs(self) -> dict[str, Value | None]:
        """Return the values of all outputs by name, in dependency order."""
        return {name: self._values[place] for name, place in self._outputs.items()}

    def value(self, node: Node) -> Value | None:
        """Return the value of an expression of the policy; KeyError for any other.

        Known are the expressions of every output but scores, and of every line of a score.
        """
        return node.value if isinstance(node, Literal) else self._values[self._places[node]]

    def number(self, node: Node) -> Number:
        """Return the value of an expression that is a known number; TypeError for any other."""
        found = self.value(node)
        if isinstance(found, bool) or not isinstance(found, Number):
            raise TypeError(f"not a known number: {found!r}")
        return found


class TraceFunction:
    """Makes traces; `values` names the outputs whose values it wants to be given."""

    def __init__(self, checked: CheckedPolicy, setting: Setting) -> None:
        names = Names(**RUNTIME)
        text = TraceText(names, setting, checked.vocabulary)
        given = [item for item in checked.outputs if item.type.kind is not Kind.FLAG]
        self.values = tuple(item.name for item in given)
        for place, item in enumerate(given):
            text.given(item.name, place, item.type)
        for item in checked.outputs:
            for node in _nodes(checked, item.name, item.node):
                found = text.visit(node)
                text.outputs.setdefault(item.name, found)
        self._places, self._outputs, shown = _placed(text)
        text.body.add(f"return ({shown})")
        text.body.lines[:0] = [f" {read}" for read in text.signals.reads()]
        function = text.body.function("trace", "values, row, signals, consents, at")
        self.source = "\n".join([*text.signals.definitions(), function])
        self._run = names.define(self.source)["trace"]

    def __call__(
        self,
        values: Sequence[Any],
        row: Mapping[str, Value | None],
        signals: Mapping[str, Sequence[Signal]],
        consents: Mapping[tuple[str, str], str],
        at: datetime,
    ) -> Trace:
        """Return the trace for one lead, given the values of all outputs but conditions."""
        found = self._run(values, row, signals, consents, at)
        return Trace(found, self._places, self._outputs)


def _nodes(checked: CheckedPolicy, name: str, node: Node) -> Iterator[Node]:
    """Yield what to trace of an output: of a score the expressions of its lines."""
    plan = checked.scores.get(name)
    if plan is None:
        yield node
        return
    for line in plan.lines:
        yield from (item for item in (line.condition, line.per, line.undecayed) if item is not None)


def _placed(text: TraceText) -> tuple[dict[Node, int], dict[str, int], str]:
    """Return the places of expressions and outputs in the result, and the text of the result."""
    written = {node: term for node, term in text.written.items() if not isinstance(node, Literal)}
    texts = dict.fromkeys(term.text for term in (*written.values(), *text.outputs.values()))
    place = {found: index for index, found in enumerate(texts)}
    nodes = {node: place[term.text] for node, term in written.items()}
    outputs = {name: place[term.text] for name, term in text.outputs.items()}
    return nodes, outputs, "".join(f"{found}, " for found in texts)
