"""Aggregates over signals: one generated function for each, called at most once a decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from leadpolicy.backends.guarded import met
from leadpolicy.backends.python_conditions import Conditions, Setting
from leadpolicy.backends.python_runtime import remembered_weights
from leadpolicy.backends.python_terms import Term
from leadpolicy.backends.python_text import Body, Names
from leadpolicy.expr.nodes import Aggregate, AggregateFunction, Node, Property
from leadpolicy.expr.types import Kind, ValueType


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a function runs over its signals `s`; `x` is the signal at hand and `d` its age."""

    start: str
    step: str
    result: str
    without: str
    kind: Kind
    nullable: bool = False


_SHAPES: Final[Mapping[AggregateFunction, _Shape]] = {
    AggregateFunction.COUNT: _Shape("n = 0", "n += 1", "n", "0", Kind.WHOLE),
    AggregateFunction.ANY: _Shape("n = []", "return True", "False", "False", Kind.FLAG),
    AggregateFunction.FIRST: _Shape(
        "n = []", "n.append(x.occurred_at)", "least(n) if n else None", "None", Kind.MOMENT, True
    ),
    AggregateFunction.LAST: _Shape(
        "n = []", "n.append(x.occurred_at)", "most(n) if n else None", "None", Kind.MOMENT, True
    ),
    AggregateFunction.DAYS_SINCE: _Shape(
        "n = []", "n.append(d)", "least(n) // DAY if n else None", "None", Kind.WHOLE, True
    ),
    AggregateFunction.SUM: _Shape(
        "n = []", "n.append(p.get({of}))", "added([v for v in n if v is not None])", "0", Kind.WHOLE
    ),
}
_FADING: Final = _Shape("n = []", "n.append({weight}(d))", "added(n)", "0", Kind.NUMBER)


class Signals:
    """The functions for the aggregates of one policy."""

    def __init__(
        self, names: Names, setting: Setting, types: Mapping[str, Mapping[str, ValueType]]
    ) -> None:
        self.definitions: list[str] = []
        self._names = names
        self._setting = setting
        self._types = types
        self._functions: dict[Aggregate, str] = {}

    def term(self, node: Aggregate, signals: str, body: Body) -> Term:
        """Return the local that holds an aggregate over the list in a local, which may be None."""
        shape = _shape(node)
        call = f"{self._function(node)}({signals}, at) if {signals} else {shape.without}"
        kind = self._types[node.signal][node.of].kind if node.of else shape.kind
        return Term(body.assign(call, "g"), kind, shape.nullable)

    def _function(self, node: Aggregate) -> str:
        if node not in self._functions:
            name = self._functions[node] = f"g{len(self._functions)}"
            self.definitions.append(self._define(node, name))
        return self._functions[node]

    def _define(self, node: Aggregate, name: str) -> str:
        shape = _shape(node)
        within = f" < {self._names.constant(node.within)}" if node.within is not None else ""
        body = Body(indent=3)
        inside = _Where(self._names, body, self._setting, self._types[node.signal])
        condition = inside.condition(met(node.where)) if node.where is not None else "True"
        body.add(f"if {condition}: {self._step(node, shape)}")
        return (
            f"def {name}(s, at):\n {shape.start}\n for x in s:\n  d = at - x.occurred_at\n"
            f"  if NOTHING <= d{within}:\n   p = x.properties\n"
            + "\n".join(body.lines)
            + f"\n return {shape.result}\n"
        )

    def _step(self, node: Aggregate, shape: _Shape) -> str:
        if node.of is not None:
            return shape.step.format(of=self._names.constant(node.of))
        if node.decay is not None:
            weight = self._names.bind("w", remembered_weights(node.decay))
            return shape.step.format(weight=weight)
        return shape.step


def _shape(node: Aggregate) -> _Shape:
    return _FADING if node.decay is not None else _SHAPES[node.function]


class _Where(Conditions):
    """The condition on one signal, whose properties are in `p`."""

    def __init__(
        self, names: Names, body: Body, setting: Setting, types: Mapping[str, ValueType]
    ) -> None:
        super().__init__(names, body, setting)
        self._types = types

    def leaf(self, node: Node) -> Term:
        """Return the local with a property."""
        if not isinstance(node, Property):
            raise TypeError(f"not part of a condition on signals: `{type(node).__name__}`")
        text = self.body.assign(f"p.get({self.names.constant(node.name)})", "p")
        return Term(text, self._types[node.name].kind)
