"""Witnesses: values that stand for all others, cut at what a policy's own tests ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import combinations
from typing import TypeVar

from leadpolicy.engine.instants import shifted
from leadpolicy.expr.evaluate import EXACT, evaluate, whole_days
from leadpolicy.expr.facts import Facts
from leadpolicy.expr.nodes import Compare, Includes, Literal, Node, OlderThan, OneOf, Recent
from leadpolicy.expr.traverse import rewrite, walk
from leadpolicy.expr.types import Kind, Value

MOST_CODES = 6
"""Up to so many codes of a set every combination is tried; above, single ones and pairs."""

T = TypeVar("T", date, datetime)
_NOWHEN = Facts(at=datetime(2000, 1, 1, tzinfo=UTC))


def with_value(node: Node, leaf: Node, value: Value | None) -> Node:
    """Return the expression with a fact replaced by a value; None makes it unknown."""
    literal = Literal(Kind.TEXT, value)  # type: ignore[arg-type]
    return rewrite(node, lambda item: literal if item == leaf else item)


def number_witnesses(tests: Iterable[Node], leaf: Node, decimals: int) -> list[int | Decimal]:
    """Return the numbers at which a test turns over, and their neighbours; 0 where none does."""
    step = Decimal(1).scaleb(-decimals)
    found: set[Decimal] = set()
    for threshold in _thresholds(tests, leaf):
        low = (threshold / step).to_integral_value(ROUND_FLOOR) * step
        high = (threshold / step).to_integral_value(ROUND_CEILING) * step
        found.update((low - step, low, high, high + step))
    return sorted(int(value) if decimals == 0 else value for value in found or {Decimal(0)})


def _thresholds(tests: Iterable[Node], leaf: Node) -> Iterator[Decimal]:
    for test in tests:
        if isinstance(test, OneOf):
            for item in test.values:
                yield from _crossing(test.of, leaf, item)
        elif isinstance(test, Compare):
            yield from _crossing(test.left, leaf, test.right)
            yield from _crossing(test.right, leaf, test.left)


def _crossing(term: Node, leaf: Node, written: Node) -> Iterator[Decimal]:
    """Yield where a term of one fact reaches a number, as a straight line would."""
    if not isinstance(written, Literal) or not isinstance(written.value, int | Decimal):
        return
    goal = Decimal(written.value)
    yield goal
    zero, one = (evaluate(with_value(term, leaf, number), _NOWHEN) for number in (0, 1))
    if isinstance(zero, int | Decimal) and isinstance(one, int | Decimal) and zero != one:
        yield EXACT.divide(goal - Decimal(zero), Decimal(one) - Decimal(zero))


def day_witnesses(tests: Iterable[Node], today: date) -> list[date]:
    """Return days around those written in tests and around the edges of windows, latest first."""
    day = timedelta(days=1)
    edges = {today, today + day}
    for node in _inside(tests):
        if isinstance(node, Literal) and isinstance(node.value, date):
            edges.update(_around(node.value, day))
        elif isinstance(node, Recent | OlderThan):
            edges.update(_edges(today, day * whole_days(_length(node)), day))
    return sorted(edges, reverse=True)


def moment_witnesses(tests: Iterable[Node], at: datetime) -> list[datetime]:
    """Return instants around those written in tests and around window edges, latest first."""
    second = timedelta(seconds=1)
    edges = {at, at + timedelta(days=1)}
    for node in _inside(tests):
        if isinstance(node, Literal) and isinstance(node.value, datetime):
            edges.update(_around(node.value, second))
        elif isinstance(node, Recent | OlderThan):
            edges.update(_edges(at, _length(node), second))
    return sorted(edges, reverse=True)


def _inside(tests: Iterable[Node]) -> Iterator[Node]:
    for test in tests:
        yield from walk(test)


def _length(node: Recent | OlderThan) -> timedelta:
    return node.within if isinstance(node, Recent) else node.age


def _edges(now: T, length: timedelta, step: timedelta) -> Iterator[T]:
    edge = shifted(now, -length)
    if edge is not None:
        yield from _around(edge, step)


def _around(moment: T, step: timedelta) -> Iterator[T]:
    for by in (-step, timedelta(0), step):
        near = shifted(moment, by)
        if near is not None:
            yield near


def codes_witnesses(tests: Sequence[Node]) -> tuple[list[frozenset[str]], bool]:
    """Return sets of the codes that tests ask for, and whether these are all combinations."""
    codes = sorted({test.code for test in tests if isinstance(test, Includes)})
    most = len(codes) if len(codes) <= MOST_CODES else 2
    sets = [frozenset(chosen) for size in range(most + 1) for chosen in combinations(codes, size)]
    return sets, len(codes) <= MOST_CODES
