"""What generated code calls: exact arithmetic and calendar days, as the reference has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, TypeAlias

from leadpolicy.expr.evaluate import DAY, EXACT, decay_weight, rounded
from leadpolicy.expr.folding import email_domain, fold
from leadpolicy.expr.nodes import Decay, HalfLife

Number: TypeAlias = int | Decimal

NOTHING: Final = timedelta(0)


def added(numbers: Sequence[Number]) -> Number:
    """Return the exact sum; whole where all numbers are."""
    if all(isinstance(number, int) for number in numbers):
        return sum(numbers)
    total = Decimal(0)
    for number in numbers:
        total = EXACT.add(total, Decimal(number))
    return total


def minus(value: Number, less: Number) -> Number:
    """Return the exact difference; whole where both numbers are."""
    if isinstance(value, int) and isinstance(less, int):
        return value - less
    return EXACT.subtract(Decimal(value), Decimal(less))


def scaled(value: Number, factor: Decimal) -> Number:
    """Return the exact product; whole where both numbers are."""
    if isinstance(value, int) and factor == factor.to_integral_value():
        return value * int(factor)
    return EXACT.multiply(Decimal(value), factor)


def clamped(value: Number, lowest: Number | None, highest: Number | None) -> Number:
    """Hold a number between two bounds; None is unbounded."""
    if lowest is not None and value < lowest:
        value = lowest
    return highest if highest is not None and value > highest else value


def since(at: datetime, length: timedelta) -> datetime:
    """Return the start of a window, at the latest where the calendar begins."""
    try:
        return at - length
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def local_day(at: datetime, zone: tzinfo) -> date:
    """Return the calendar day on which an instant falls in a time zone."""
    return at.astimezone(zone).date()


def remembered_weights(decay: Decay) -> Callable[[timedelta], Decimal]:
    """Return what a signal of some age counts; the weight of a full period is worked out once."""
    period = DAY if isinstance(decay, HalfLife) else decay.every

    @lru_cache(maxsize=4096)
    def weight(periods: int) -> Decimal:
        return decay_weight(decay, periods * period)

    return lambda age: weight(age // period)


RUNTIME: Final[dict[str, Any]] = {
    "added": added,
    "scaled": scaled,
    "clamped": clamped,
    "rounded": rounded,
    "fold": fold,
    "email_domain": email_domain,
    "local_day": local_day,
    "since": since,
    "least": min,
    "most": max,
    "size": len,
    "words": frozenset,
    "KeyError": KeyError,
    "NOTHING": NOTHING,
    "DAY": DAY,
}
"""The names that every generated module starts with."""
