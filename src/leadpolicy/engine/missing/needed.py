"""What a fact must become, as a condition: all values that would do, not only one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from leadpolicy.engine.cells.partition import Cells, Partition
from leadpolicy.expr.nodes import And, Compare, Comparison, Known, Literal, Node, Not, OneOf, Or
from leadpolicy.expr.types import NUMERIC, TEXTUAL, Kind, Value

Works = Mapping[int, bool]
"""For every class of values, whether it would do."""


def needed_condition(
    cells: Cells, partition: Partition, at: datetime, does: Callable[[Value], bool]
) -> Node:
    """Return a condition on one fact that is true of the values which `does` accepts."""
    firsts = dict(zip(reversed(cells.classes), reversed(cells.values), strict=True))
    works = {found: does(value) for found, value in firsts.items()}
    kind = partition.scope.type_of(cells.leaf).kind
    if all(works.values()):
        return Known(cells.leaf)
    if kind is Kind.FLAG:
        return cells.leaf if True in _working(cells, works) else Not(cells.leaf)
    if kind in NUMERIC:
        return _ranges(cells, works, kind, Decimal(1).scaleb(-partition.scope.step(cells.leaf)))
    common = () if kind is Kind.CHOICE else tuple(_common(cells, partition, at, works))
    return _all(common) if common else _one_of(cells, works, kind)


def _working(cells: Cells, works: Works) -> list[Value]:
    pairs = zip(cells.values, cells.classes, strict=True)
    return [value for value, found in pairs if works[found]]


def _one_of(cells: Cells, works: Works, kind: Kind) -> Node:
    working = _working(cells, works)
    if kind is Kind.CHOICES:
        return Known(cells.leaf)
    literals = tuple(_literal(kind, value) for value in working)
    return _is(cells.leaf, literals[0]) if len(literals) == 1 else OneOf(cells.leaf, literals)


def _is(leaf: Node, value: Literal) -> Node:
    return Compare(Comparison.EQ, leaf, value)


def _literal(kind: Kind, value: Value) -> Literal:
    return Literal(Kind.TEXT if kind in TEXTUAL else kind, value)  # type: ignore[arg-type]


def _all(conditions: Sequence[Node]) -> Node:
    return conditions[0] if len(conditions) == 1 else And(tuple(conditions))


def _common(cells: Cells, partition: Partition, at: datetime, works: Works) -> Iterator[Node]:
    """Yield the tests on which all values that would do agree, and not all values do."""
    signs = {found: partition.sign(cells.leaf, v, at) for v, found in _pairs(cells)}
    for index, test in enumerate(partition.tests(cells.leaf)):
        wanted = {signs[found][index] for found in works if works[found]}
        if len(wanted) == 1 and len({sign[index] for sign in signs.values()}) > 1:
            yield test if wanted == {True} else Not(test)


def _pairs(cells: Cells) -> Iterator[tuple[Value, int]]:
    return zip(cells.values, cells.classes, strict=True)


def _ranges(cells: Cells, works: Works, kind: Kind, step: Decimal) -> Node:
    """Return the runs of numbers that would do."""
    ranges: list[Node] = []
    start: int | None = None
    for index, found in enumerate((*cells.classes, None)):
        does = found is not None and works[found]
        if does and start is None:
            start = index
        elif not does and start is not None:
            ranges.append(_range(cells, start, index - 1, kind, step))
            start = None
    return ranges[0] if len(ranges) == 1 else Or(tuple(ranges))


def _range(cells: Cells, start: int, end: int, kind: Kind, step: Decimal) -> Node:
    leaf, values, last = cells.leaf, cells.values, len(cells.values) - 1
    if 0 < start == end < last:
        return _is(leaf, _literal(kind, values[start]))
    bounds: list[Node] = []
    if start > 0:
        bounds.append(Compare(Comparison.GE, leaf, _literal(kind, values[start])))
    if end < last:
        after = values[end + 1]
        meets = after - values[end] == step  # type: ignore[operator]
        op, bound = (Comparison.LT, after) if meets else (Comparison.LE, values[end])
        bounds.append(Compare(op, leaf, _literal(kind, bound)))
    return _all(bounds)
