"""The reference evaluator: what an expression means. Every backend must agree with it.

Slow and plain on purpose. None stands for unknown, logic is Kleene's, numbers are exact. What an
expression that `infer` accepts asks of facts of the right types always has an answer.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import Any, Final, TypeAlias

from leadpolicy.expr.facts import Facts, Signal
from leadpolicy.expr.folding import email_domain, fold, has_word
from leadpolicy.expr.nodes import (
    Aggregate,
    AggregateFunction,
    And,
    AtLeast,
    Attribute,
    Case,
    Compare,
    Comparison,
    ConsentStatus,
    Decay,
    EmailDomain,
    Extreme,
    HalfLife,
    Includes,
    InList,
    Known,
    Literal,
    Node,
    Not,
    OlderThan,
    OneOf,
    Or,
    Output,
    Pick,
    Property,
    Recent,
    Rounded,
    Scaled,
    Sum,
    TextRelation,
    TextTest,
)
from leadpolicy.expr.traverse import Fold
from leadpolicy.expr.types import Value

Answer: TypeAlias = Any
"""A `Value | None` of the kind that `infer` gave the expression."""

EXACT: Final = Context(
    prec=50, rounding=ROUND_HALF_UP, Emin=MIN_EMIN, Emax=MAX_EMAX, clamp=0, flags=[], traps=[]
)
"""Arithmetic of fifty digits that never raises; half is rounded away from zero."""

DAY: Final = timedelta(days=1)

COMPARISONS: Final[Mapping[Comparison, Callable[[Any, Any], bool]]] = {
    Comparison.EQ: operator.eq,
    Comparison.NE: operator.ne,
    Comparison.LT: operator.lt,
    Comparison.LE: operator.le,
    Comparison.GT: operator.gt,
    Comparison.GE: operator.ge,
}

TEXT_RELATIONS: Final[Mapping[TextRelation, Callable[[str, str], bool]]] = {
    TextRelation.CONTAINS: lambda text, needle: needle in text,
    TextRelation.STARTS_WITH: str.startswith,
    TextRelation.ENDS_WITH: str.endswith,
    TextRelation.CONTAINS_CI: lambda text, needle: fold(needle) in fold(text),
    TextRelation.HAS_WORD: lambda text, needle: has_word(fold(text), fold(needle)),
}


def evaluate(node: Node, facts: Facts) -> Value | None:
    """Return the value of an expression for one lead at `facts.at`, or None for unknown.

    >>> from datetime import UTC
    >>> facts = Facts(at=datetime(2026, 11, 1, tzinfo=UTC), attributes={"customer": False})
    >>> evaluate(Not(Attribute("customer")), facts)
    True
    >>> evaluate(Not(Attribute("opportunity_open")), facts) is None
    True
    """
    answer: Value | None = _Evaluation(facts).visit(node)
    return answer


def decay_weight(decay: Decay, age: timedelta) -> Decimal:
    """Return what a signal of some age (0 or more) counts, between 0 and 1.

    >>> decay_weight(HalfLife(days=14), timedelta(days=28))
    Decimal('0.250000')
    """
    if isinstance(decay, HalfLife):
        return _halved(age // DAY, decay.days)
    lost = EXACT.multiply(decay.lose, Decimal(age // decay.every))
    return max(Decimal(0), EXACT.subtract(Decimal(1), lost))


@lru_cache(maxsize=65_536)
def _halved(age_in_days: int, half_life: int) -> Decimal:
    """Powers of decimals are slow, and few ages are met again and again."""
    share = EXACT.divide(Decimal(age_in_days), Decimal(half_life))
    return EXACT.power(Decimal(2), -share).quantize(Decimal("0.000001"), context=EXACT)


def whole_days(length: timedelta) -> int:
    """Return a length in days, the started one counted as whole.

    >>> whole_days(timedelta(hours=36))
    2
    """
    return -(-length // DAY)


def local_day(at: datetime, zone: tzinfo) -> date:
    """Return the day on which an instant falls in a time zone; in UTC where the calendar ends."""
    try:
        return at.astimezone(zone).date()
    except OverflowError:
        return at.date()


def elapsed(since: date | datetime, facts: Facts) -> timedelta:
    """Return the time from a moment to `at`, or from a day to the day on which `at` falls."""
    if isinstance(since, datetime):
        return facts.at - since
    return local_day(facts.at, facts.timezone) - since


def window(length: timedelta, since: date | datetime) -> timedelta:
    """Return the length of a window for a value of its kind: for a day, in whole days."""
    return length if isinstance(since, datetime) else DAY * whole_days(length)


def rounded(value: int | Decimal, decimals: int) -> int | Decimal | None:
    """Return a number rounded half away from zero; whole where `decimals` is 0.

    >>> rounded(Decimal("-2.5"), 0), rounded(Decimal("1.005"), 2)
    (-3, Decimal('1.01'))
    """
    if isinstance(value, int):
        return value
    step = Decimal(1).scaleb(-decimals)
    if value.is_finite() and value.as_tuple().exponent < -decimals:  # type: ignore[operator]
        value = value.quantize(step, context=EXACT)
    return _number(int(value) if decimals == 0 and value.is_finite() else value)


def _number(value: int | Decimal) -> int | Decimal | None:
    finite = isinstance(value, int) or value.is_finite()
    return value if finite else None


def _added(numbers: Sequence[int | Decimal]) -> int | Decimal | None:
    if all(isinstance(number, int) for number in numbers):
        return sum(numbers)
    total = Decimal(0)
    for number in numbers:
        total = EXACT.add(total, Decimal(number))
    return _number(total)


def _any(items: Sequence[bool | None]) -> bool | None:
    return True if True in items else None if None in items else False


def _all(items: Sequence[bool | None]) -> bool | None:
    return False if False in items else None if None in items else True


class _Evaluation(Fold[Answer]):
    """The value of every kind of node; `signal` is the one at hand inside a `where`."""

    def __init__(self, facts: Facts, signal: Signal | None = None) -> None:
        self.facts = facts
        self.signal = signal

    def on_literal(self, node: Literal) -> Answer:
        return node.value

    def on_attribute(self, node: Attribute) -> Answer:
        return self.facts.attributes.get(node.name)

    def on_property(self, node: Property) -> Answer:
        return None if self.signal is None else self.signal.properties.get(node.name)

    def on_output(self, node: Output) -> Answer:
        return self.facts.outputs.get(node.name)

    def on_consent_status(self, node: ConsentStatus) -> Answer:
        return self.facts.consents.get((node.purpose, node.channel))

    def on_aggregate(self, node: Aggregate) -> Answer:
        at = self.facts.at
        signals = [signal for signal in self.facts.signals if self._counts(signal, node)]
        moments = [signal.occurred_at for signal in signals]
        match node.function:
            case AggregateFunction.COUNT if node.decay is not None:
                return _added([decay_weight(node.decay, at - moment) for moment in moments])
            case AggregateFunction.COUNT:
                return len(moments)
            case AggregateFunction.ANY:
                return bool(moments)
            case AggregateFunction.FIRST:
                return min(moments, default=None)
            case AggregateFunction.LAST:
                return max(moments, default=None)
            case AggregateFunction.DAYS_SINCE:
                return (at - max(moments)) // DAY if moments else None
            case AggregateFunction.SUM:
                values: list[Answer] = [signal.properties.get(node.of or "") for signal in signals]
                return _added([value for value in values if value is not None])

    def _counts(self, signal: Signal, node: Aggregate) -> bool:
        age = self.facts.at - signal.occurred_at
        if signal.type != node.signal or age < timedelta(0):
            return False
        if node.within is not None and age >= node.within:
            return False
        return node.where is None or _Evaluation(self.facts, signal).visit(node.where) is True

    def on_email_domain(self, node: EmailDomain, of: Answer) -> Answer:
        return None if of is None else email_domain(of)

    def on_case(
        self, node: Case, branches: Sequence[tuple[Answer, Answer]], otherwise: Answer
    ) -> Answer:
        return next((value for condition, value in branches if condition is True), otherwise)

    def on_sum(self, node: Sum, items: Sequence[Answer]) -> Answer:
        return None if None in items else _added(items)

    def on_scaled(self, node: Scaled, of: Answer) -> Answer:
        if isinstance(of, int) and node.factor == node.factor.to_integral_value():
            return of * int(node.factor)
        return None if of is None else _number(EXACT.multiply(Decimal(of), node.factor))

    def on_extreme(self, node: Extreme, items: Sequence[Answer]) -> Answer:
        if None in items or not items:
            return None
        return min(items) if node.pick is Pick.LOWEST else max(items)

    def on_rounded(self, node: Rounded, of: Answer) -> Answer:
        return None if of is None else rounded(of, node.decimals)

    def on_known(self, node: Known, of: Answer) -> Answer:
        return of is not None

    def on_compare(self, node: Compare, left: Answer, right: Answer) -> Answer:
        return None if left is None or right is None else COMPARISONS[node.op](left, right)

    def on_one_of(self, node: OneOf, of: Answer) -> Answer:
        return None if of is None else any(of == literal.value for literal in node.values)

    def on_in_list(self, node: InList, of: Answer) -> Answer:
        entries = self.facts.lists.get(node.list)
        return None if of is None or entries is None else fold(of) in entries

    def on_text_test(self, node: TextTest, of: Answer) -> Answer:
        return None if of is None else TEXT_RELATIONS[node.relation](of, node.needle)

    def on_includes(self, node: Includes, of: Answer) -> Answer:
        return None if of is None else node.code in of

    def on_recent(self, node: Recent, of: Answer) -> Answer:
        if of is None:
            return None
        return timedelta(0) <= elapsed(of, self.facts) < window(node.within, of)

    def on_older_than(self, node: OlderThan, of: Answer) -> Answer:
        return None if of is None else elapsed(of, self.facts) >= window(node.age, of)

    def on_not(self, node: Not, of: Answer) -> Answer:
        return None if of is None else not of

    def on_and(self, node: And, items: Sequence[Answer]) -> Answer:
        return _all(items)

    def on_or(self, node: Or, items: Sequence[Answer]) -> Answer:
        return _any(items)

    def on_at_least(self, node: AtLeast, items: Sequence[Answer]) -> Answer:
        met, unknown = items.count(True), items.count(None)
        return True if met >= node.count else None if met + unknown >= node.count else False
