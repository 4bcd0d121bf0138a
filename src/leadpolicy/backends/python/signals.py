"""Aggregates over signals: one generated function for each type runs over its signals once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar

from leadpolicy.backends.guarded import met
from leadpolicy.backends.python.conditions import Conditions, Setting
from leadpolicy.backends.python.runtime import remembered_weights
from leadpolicy.backends.python.terms import Term
from leadpolicy.backends.python.text import Body, Names
from leadpolicy.expr.nodes import Aggregate, AggregateFunction, Node, Property
from leadpolicy.expr.types import Kind, ValueType

K = TypeVar("K")

Types: TypeAlias = Mapping[str, Mapping[str, ValueType]]


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a function makes an aggregate `n` of its signals; `t` is the instant of one of them."""

    start: str
    step: str
    kind: Kind
    result: str = "{n}"
    nullable: bool = False


_EARLIER: Final = "{n} = t if {n} is None or t < {n} else {n}"
_LATER: Final = "{n} = t if {n} is None or t > {n} else {n}"
_SHAPES: Final[Mapping[AggregateFunction, _Shape]] = {
    AggregateFunction.COUNT: _Shape("0", "{n} += 1", Kind.WHOLE),
    AggregateFunction.ANY: _Shape("False", "{n} = True", Kind.FLAG),
    AggregateFunction.FIRST: _Shape("None", _EARLIER, Kind.MOMENT, nullable=True),
    AggregateFunction.LAST: _Shape("None", _LATER, Kind.MOMENT, nullable=True),
    AggregateFunction.DAYS_SINCE: _Shape(
        "None", _LATER, Kind.WHOLE, "None if {n} is None else (at - {n}) // DAY", nullable=True
    ),
    AggregateFunction.SUM: _Shape(
        "[]", "{n}.append(p.get({of}))", Kind.WHOLE, "added([v for v in {n} if v is not None])"
    ),
}
_FADING: Final = _Shape("[]", "{n}.append({weight}(at - t))", Kind.NUMBER, "added({n})")
_WITHOUT: Final[Mapping[AggregateFunction, object]] = {
    AggregateFunction.COUNT: 0,
    AggregateFunction.ANY: False,
    AggregateFunction.SUM: 0,
}


class Signals:
    """The aggregates that one generated function asks for."""

    def __init__(self, names: Names, setting: Setting, types: Types) -> None:
        self._names = names
        self._setting = setting
        self._types = types
        self._asked: dict[str, dict[Aggregate, str]] = {}

    def term(self, node: Aggregate) -> Term:
        """Return the local that will hold an aggregate before any other statement runs."""
        asked = self._asked.setdefault(node.signal, {})
        place = sum(map(len, self._asked.values()))
        local = asked.setdefault(node, f"g{place}")
        shape = _shape(node)
        kind = self._types[node.signal][node.of].kind if node.of else shape.kind
        return Term(local, kind, shape.nullable)

    def reads(self) -> Iterator[str]:
        """Yield the statements that work out everything that was asked for."""
        for number, (signal, asked) in enumerate(self._asked.items()):
            without = tuple(_WITHOUT.get(node.function) for node in asked)
            yield f"q = signals.get({self._names.constant(signal)})"
            locals_ = "".join(f"{local}, " for local in asked.values())
            yield f"{locals_}= h{number}(q, at) if q else {self._names.bind('k', without)}"

    def definitions(self) -> list[str]:
        """Return the functions that this needs, one for each type of signals."""
        return [
            self._define(f"h{number}", asked) for number, asked in enumerate(self._asked.values())
        ]

    def _define(self, name: str, asked: Mapping[Aggregate, str]) -> str:
        body, shapes = Body(), {node: _shape(node) for node in asked}
        for node, local in asked.items():
            body.add(f"{local} = {shapes[node].start}")
        windows = {
            window: body.assign(f"since(at, {self._names.constant(window)})", "w")
            for window in dict.fromkeys(node.within for node in asked)
            if window is not None
        }
        body.add("for x in s:")
        body.add("t = x.occurred_at", 1)
        body.add("if t > at: continue", 1)
        if any(node.where or node.of for node in asked):
            body.add("p = x.properties", 1)
        for window, nodes in _grouped(asked, lambda node: node.within).items():
            if window is not None:
                body.add(f"if t > {windows[window]}:", 1)
            self._take(nodes, asked, body, 1 if window is None else 2)
        results = [shapes[node].result.format(n=local) for node, local in asked.items()]
        body.add(f"return ({', '.join(results)},)")
        return body.function(name, "s, at")

    def _take(
        self,
        nodes: list[Aggregate],
        asked: Mapping[Aggregate, str],
        body: Body,
        deeper: int,
    ) -> None:
        """Add what one signal in a window does to its aggregates."""
        for where, group in _grouped(nodes, lambda node: node.where).items():
            steps = "; ".join(self._step(node, asked[node]) for node in group)
            if where is None:
                body.add(steps, deeper)
                continue
            inner = Body(body.indent + deeper, after=body)
            inside = _Where(self._names, inner, self._setting, self._types[group[0].signal])
            inner.add(f"if {inside.condition(met(where))}: {steps}")
            body.lines += inner.lines

    def _step(self, node: Aggregate, local: str) -> str:
        weight = of = ""
        if node.of is not None:
            of = self._names.constant(node.of)
        if node.decay is not None:
            weight = self._names.bind("w", remembered_weights(node.decay))
        return _shape(node).step.format(n=local, of=of, weight=weight)


def _shape(node: Aggregate) -> _Shape:
    return _FADING if node.decay is not None else _SHAPES[node.function]


def _grouped(nodes: Iterable[Aggregate], key: Callable[[Aggregate], K]) -> dict[K, list[Aggregate]]:
    groups: dict[K, list[Aggregate]] = {}
    for node in nodes:
        groups.setdefault(key(node), []).append(node)
    return groups


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
