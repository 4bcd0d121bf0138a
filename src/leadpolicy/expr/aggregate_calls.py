"""The functions of the text form that ask about the signals of one type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Final

from leadpolicy.expr.arguments import Arguments, Function
from leadpolicy.expr.nodes import (
    Aggregate,
    AggregateFunction,
    Decay,
    HalfLife,
    Node,
    Steps,
)
from leadpolicy.expr.reading import BROKEN
from leadpolicy.expr.types import ValueType

_DAY: Final = timedelta(days=1)


def _aggregate(function: AggregateFunction) -> Callable[[Arguments], Node]:
    return lambda given: _read(function, given)


def _read(function: AggregateFunction, given: Arguments) -> Node:
    signals = given.reading.vocabulary.signals
    signal = given.known_name(0, "LP207", "unknown signal", signals)
    within, decay = given.named_duration("within"), _decay(given)
    if signal is None:
        return BROKEN
    of = _property(given, signal, signals[signal]) if function is AggregateFunction.SUM else None
    where = _where(given, signal, signals[signal])
    return Aggregate(function, signal, within, where, of, decay, place=given.place)


def _where(given: Arguments, signal: str, properties: Mapping[str, ValueType]) -> Node | None:
    """Read the condition on one signal; in it, bare names are properties of that signal."""
    item = given.named.get("where")
    if item is None:
        return None
    outer, given.reading.scope = given.reading.scope, (signal, properties)
    node = given.reading.read(item)
    given.reading.scope = outer
    return node


def _property(given: Arguments, signal: str, properties: Mapping[str, ValueType]) -> str | None:
    item = given.named.get("of")
    if item is None:
        given.wrong("`sum` needs the property that it adds", given.call)
        return None
    name = given.quoted(item)
    if name is not None and name not in properties:
        given.reading.unknown("LP207", f"`{signal}` has no property", name, properties, item)
    return name


def _decay(given: Arguments) -> Decay | None:
    present = given.named.keys() & {"half_life", "lose", "every"}
    if present == {"half_life"}:
        return _half_life(given)
    if present == {"lose", "every"}:
        return _steps(given)
    if present:
        given.wrong("decay is either `half_life`, or `lose` and `every`", given.call)
    return None


def _half_life(given: Arguments) -> HalfLife | None:
    length = given.named_duration("half_life")
    if length is not None and length % _DAY:
        given.wrong("a half-life is a whole number of days", given.named["half_life"])
    return None if length is None else HalfLife(length // _DAY)


def _steps(given: Arguments) -> Steps | None:
    lose, every = given.number(given.named["lose"]), given.named_duration("every")
    if lose is not None and not Decimal(0) < lose <= Decimal(1):
        given.wrong("`lose` is more than 0 and at most 1", given.named["lose"])
    return None if lose is None or every is None else Steps(every, lose)


_KEPT: Final = frozenset({"within", "where"})
_COUNTED: Final = _KEPT | {"half_life", "lose", "every"}

AGGREGATES: Final = {
    "count": Function(
        "count('signal', within=days(90), where=x == 'a', half_life=days(14))",
        _aggregate(AggregateFunction.COUNT),
        1,
        1,
        _COUNTED,
    ),
    "sum": Function(
        "sum('signal', of='property')", _aggregate(AggregateFunction.SUM), 1, 1, _KEPT | {"of"}
    ),
    **{
        name.value: Function(
            f"{name.value}('signal', within=days(90))", _aggregate(name), 1, 1, _KEPT
        )
        for name in (
            AggregateFunction.ANY,
            AggregateFunction.FIRST,
            AggregateFunction.LAST,
            AggregateFunction.DAYS_SINCE,
        )
    },
}
"""The functions over signals by name."""
