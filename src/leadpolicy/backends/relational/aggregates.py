"""Aggregates: what a group of usable signals of one lead comes to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlglot import exp

from leadpolicy.backends.guarded import TRUE, Formula, every
from leadpolicy.backends.relational import ast
from leadpolicy.backends.relational.arithmetic import units
from leadpolicy.backends.relational.ast import Tree
from leadpolicy.backends.relational.dialects.base import TICK, Dialect
from leadpolicy.backends.relational.meaning import Term, Test, written
from leadpolicy.backends.relational.meanings import Meanings
from leadpolicy.backends.relational.signals import OCCURRED, TYPE
from leadpolicy.backends.relational.source import Clock, RefusedError, Source
from leadpolicy.backends.relational.times import Times
from leadpolicy.backends.truths import Truth
from leadpolicy.expr.evaluate import DAY, decay_weight, whole_days
from leadpolicy.expr.nodes import Aggregate, AggregateFunction, HalfLife, Property, Steps
from leadpolicy.expr.types import Kind

MOST_WEIGHTS: Final = 10_000
_WEIGHT_DECIMALS: Final = 6


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """What an aggregate is for a group of signals; a count of none is 0, not missing."""

    tree: Tree
    kind: Kind
    scale: int = 0
    is_counted: bool = False


class Aggregates:
    """Turns aggregates into trees over usable signals, none of which is after the instant."""

    def __init__(self, dialect: Dialect, lists: Mapping[str, frozenset[str]], clock: Clock) -> None:
        self._dialect = dialect
        self._lists = lists
        self._clock = clock
        self._times = Times(dialect, clock)
        self._moment = ast.column(OCCURRED)

    def grouped(self, node: Aggregate, source: Source) -> Grouped:
        """Return the tree of an aggregate; raises `RefusedError` where there is none."""
        counted = self._counted(node, source)
        match node.function:
            case AggregateFunction.COUNT if node.decay is not None:
                return self._faded(node, counted)
            case AggregateFunction.COUNT | AggregateFunction.ANY:
                return Grouped(self._over("COUNT", counted, ast.number(1)), Kind.WHOLE, 0, True)
            case AggregateFunction.FIRST:
                return Grouped(self._over("MIN", counted, self._moment), Kind.MOMENT)
            case AggregateFunction.LAST:
                return Grouped(self._over("MAX", counted, self._moment), Kind.MOMENT)
            case AggregateFunction.DAYS_SINCE:
                last = self._over("MAX", counted, self._moment)
                return Grouped(self._periods(last, DAY), Kind.WHOLE)
            case AggregateFunction.SUM:
                return self._added(node, source, counted)

    def _counted(self, node: Aggregate, source: Source) -> Formula:
        """Return that a signal is of the type, in the window and as `where` wants it."""
        kind = self._dialect.text_literal(node.signal)
        is_of, is_not = (ast.infix(op, ast.column(TYPE), kind) for op in (exp.EQ, exp.NEQ))
        since = self._times.since(node, self._moment, node.within)
        return every([Test(is_of, is_not), *since, self._where(node, source)])

    def _where(self, node: Aggregate, source: Source) -> Formula:
        if node.where is None:
            return TRUE
        meanings = Meanings(self._dialect, source, self._lists, self._clock)
        found = meanings.visit(node.where)
        if meanings.refusals:
            raise meanings.refusals[0]
        if isinstance(found, Truth):
            return found.holds
        raise TypeError("a value stands where a condition is needed")

    def _over(self, function: str, counted: Formula, value: Tree) -> Tree:
        return ast.call(function, ast.case([(written(counted), value)]))

    def _periods(self, moment: Tree, length: timedelta) -> Tree:
        """Return how many full periods have passed since an instant up to now."""
        age = self._dialect.age(self._clock.at, moment)
        return self._dialect.quotient(age, ast.number(length // TICK))

    def _added(self, node: Aggregate, source: Source, counted: Formula) -> Grouped:
        found = source.property(Property(node.of or "", place=node.place))
        if not isinstance(found, Term):
            raise TypeError("a condition stands where a value is needed")
        known = every([counted, found.known])
        return Grouped(self._over("SUM", known, found.tree), found.kind, found.scale, True)

    # ------------------------------------------------------------------------------ decay
    def _faded(self, node: Aggregate, counted: Formula) -> Grouped:
        match node.decay:
            case HalfLife():
                return self._halved(node, node.decay, counted)
            case Steps():
                return self._stepped(node.decay, counted)
            case None:
                raise TypeError("a count without decay does not fade")

    def _stepped(self, decay: Steps, counted: Formula) -> Grouped:
        lose, scale = units(decay.lose)
        lost = ast.infix(exp.Mul, self._periods(self._moment, decay.every), ast.number(lose))
        left = ast.infix(exp.Sub, ast.number(10**scale), lost)
        weight = self._dialect.highest([left, ast.number(0)])
        return Grouped(self._over("SUM", counted, weight), Kind.NUMBER, scale, True)

    def _halved(self, node: Aggregate, decay: HalfLife, counted: Formula) -> Grouped:
        """Look the weight up in one text that holds the weights of all ages in days."""
        weights = list(_weights(decay, node.within))
        if len(weights) > MOST_WEIGHTS:
            most = f"a window of {MOST_WEIGHTS} days or less"
            reason = f"a half-life of {decay.days} days needs {most}"
            raise RefusedError(node, reason, Kind.NUMBER)
        listed = DAY * len(weights)
        if node.within is None or listed < node.within:
            counted = every([counted, *self._times.since(node, self._moment, listed)])
        weight = self._weight(weights)
        return Grouped(self._over("SUM", counted, weight), Kind.NUMBER, _WEIGHT_DECIMALS, True)

    def _weight(self, weights: Sequence[str]) -> Tree:
        width = ast.number(len(weights[0]))
        place = ast.infix(exp.Mul, self._periods(self._moment, DAY), width)
        start = ast.cast(ast.infix(exp.Add, place, ast.number(1)), "int")
        part = self._dialect.part(ast.text("".join(weights)), start, len(weights[0]))
        return ast.cast(part, "bigint")


def _weights(decay: HalfLife, within: timedelta | None) -> Iterator[str]:
    """Yield the weight of each age in days as seven digits, up to one more than can be used."""
    days = MOST_WEIGHTS + 1 if within is None else min(whole_days(within), MOST_WEIGHTS + 1)
    for day in range(days):
        amount = int(decay_weight(decay, DAY * day).scaleb(_WEIGHT_DECIMALS))
        if not amount:
            return
        yield f"{amount:07}"
