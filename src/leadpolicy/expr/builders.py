"""What an expression in Python is made of besides the lead's attributes.

Durations, signals, consent, named parts of the policy, properties of a signal, and functions of
numbers; each builds the node that its text form builds.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final, overload

from leadpolicy.expr.choices import ChoicesValue, ChoiceValue, E
from leadpolicy.expr.conditions import Condition, FlagValue, condition_node
from leadpolicy.expr.durations import checked_duration, duration_of
from leadpolicy.expr.literals import factor, number_literal, plain_text, shown, text_literal
from leadpolicy.expr.nodes import (
    Aggregate,
    AggregateFunction,
    Case,
    ConsentStatus,
    Decay,
    Extreme,
    HalfLife,
    Node,
    Output,
    Pick,
    Property,
    Rounded,
    Steps,
)
from leadpolicy.expr.numbers import MAX_DIGITS
from leadpolicy.expr.terms import (
    DayValue,
    MomentValue,
    Number,
    NumberValue,
    TextValue,
)
from leadpolicy.expr.types import CONSENT_STATUSES

_DAY: Final = timedelta(days=1)


# ----------------------------------------------------------------------------------- durations
def minutes(amount: int) -> timedelta:
    """Return so many minutes; raises ValueError unless positive and at most a century."""
    return _duration(amount, "minutes")


def hours(amount: int) -> timedelta:
    """Return so many hours; raises ValueError unless positive and at most a century."""
    return _duration(amount, "hours")


def days(amount: int) -> timedelta:
    """Return so many days of 24 hours; raises ValueError unless positive and at most a century."""
    return _duration(amount, "days")


def weeks(amount: int) -> timedelta:
    """Return so many weeks of 7 days; raises ValueError unless positive and at most a century."""
    return _duration(amount, "weeks")


def _duration(amount: object, unit: str) -> timedelta:
    if isinstance(amount, bool) or not isinstance(amount, int):
        raise TypeError(f"`{unit}` needs a whole number, not {shown(amount)}")
    duration = duration_of(amount, unit)
    if duration is None:
        raise ValueError(f"a duration is positive and at most a century, not {amount} {unit}")
    return duration


# ------------------------------------------------------------------------------------- signals
def count(
    signal: str,
    within: timedelta | None = None,
    where: Condition | None = None,
    *,
    half_life: timedelta | None = None,
    lose: Number | None = None,
    every: timedelta | None = None,
) -> NumberValue:
    """Count the signals of a type, whole or weighed by age.

    With `half_life`, in whole days, a signal's weight halves every such time; with `lose` and
    `every` it starts at 1 and loses a share after every full period. Raises ValueError for both.
    """
    decay = _decay(half_life, lose, every)
    return NumberValue(_aggregate(AggregateFunction.COUNT, signal, within, where, decay=decay))


def any_signal(
    signal: str, within: timedelta | None = None, where: Condition | None = None
) -> Condition:
    """Be true where there is a signal of a type."""
    return Condition(_aggregate(AggregateFunction.ANY, signal, within, where))


def first(
    signal: str, within: timedelta | None = None, where: Condition | None = None
) -> MomentValue:
    """Return when the first signal of a type occurred; unknown without one."""
    return MomentValue(_aggregate(AggregateFunction.FIRST, signal, within, where))


def last(
    signal: str, within: timedelta | None = None, where: Condition | None = None
) -> MomentValue:
    """Return when the last signal of a type occurred; unknown without one."""
    return MomentValue(_aggregate(AggregateFunction.LAST, signal, within, where))


def days_since(
    signal: str, within: timedelta | None = None, where: Condition | None = None
) -> NumberValue:
    """Return the whole days since the last signal of a type; unknown without one."""
    return NumberValue(_aggregate(AggregateFunction.DAYS_SINCE, signal, within, where))


def sum_of(
    signal: str, of: str, within: timedelta | None = None, where: Condition | None = None
) -> NumberValue:
    """Add a numeric property of the signals of a type, where it is known; 0 without signals."""
    name = plain_text(of)
    return NumberValue(_aggregate(AggregateFunction.SUM, signal, within, where, of=name))


def _aggregate(
    function: AggregateFunction,
    signal: str,
    within: timedelta | None,
    where: Condition | None,
    of: str | None = None,
    decay: Decay | None = None,
) -> Aggregate:
    window = None if within is None else checked_duration(within)
    condition = None if where is None else condition_node(where)
    return Aggregate(function, plain_text(signal), window, condition, of, decay)


def _decay(
    half_life: timedelta | None, lose: Number | None, every: timedelta | None
) -> Decay | None:
    if half_life is not None and lose is None and every is None:
        if checked_duration(half_life) % _DAY:
            raise ValueError(f"a half-life is a whole number of days, not {half_life}")
        return HalfLife(half_life // _DAY)
    if half_life is None and lose is not None and every is not None:
        share = factor(lose)
        if not 0 < share <= 1:
            raise ValueError(f"`lose` is more than 0 and at most 1, not {lose}")
        return Steps(checked_duration(every), share)
    if half_life is None and lose is None and every is None:
        return None
    raise ValueError("decay is either `half_life`, or `lose` and `every`")


# ----------------------------------------------------------------------- consent, named parts
def consent(purpose: str, channel: str) -> ChoiceValue[str]:
    """Return what was last recorded about consent for a purpose on a channel."""
    return ChoiceValue(ConsentStatus(plain_text(purpose), plain_text(channel)), CONSENT_STATUSES)


def criterion(name: str) -> Condition:
    """Refer to a criterion of the policy."""
    return Condition(Output(plain_text(name)))


def gate(name: str) -> Condition:
    """Refer to a gate of the policy."""
    return Condition(Output(plain_text(name)))


def score(name: str) -> NumberValue:
    """Refer to a score of the policy."""
    return NumberValue(Output(plain_text(name)))


def grade(name: str, codes: Iterable[str] = ()) -> ChoiceValue[str]:
    """Refer to a grade of the policy; `codes` from lowest to highest make `.reaches` possible."""
    known = tuple(codes)
    return ChoiceValue(Output(plain_text(name)), known, ordered=bool(known))


def rating(codes: Iterable[str] = ()) -> ChoiceValue[str]:
    """Refer to the rating of the policy."""
    return ChoiceValue(Output("rating"), codes)


# ---------------------------------------------------------------- properties, inside `where`
def flag_property(name: str) -> FlagValue:
    """Refer to a flag of the signal at hand."""
    return FlagValue(Property(plain_text(name)))


def number_property(name: str) -> NumberValue:
    """Refer to a whole or decimal number of the signal at hand."""
    return NumberValue(Property(plain_text(name)))


def text_property(name: str) -> TextValue:
    """Refer to a text of the signal at hand."""
    return TextValue(Property(plain_text(name)))


@overload
def choice_property(name: str) -> ChoiceValue[str]: ...
@overload
def choice_property(name: str, codes: Iterable[E], *, ordered: bool = False) -> ChoiceValue[E]: ...
def choice_property(
    name: str, codes: Iterable[str] = (), *, ordered: bool = False
) -> ChoiceValue[Any]:
    """Refer to a choice of the signal at hand; codes from lowest to highest if `ordered`."""
    return ChoiceValue(Property(plain_text(name)), codes, ordered=ordered)


@overload
def choices_property(name: str) -> ChoicesValue[str]: ...
@overload
def choices_property(name: str, codes: Iterable[E]) -> ChoicesValue[E]: ...
def choices_property(name: str, codes: Iterable[str] = ()) -> ChoicesValue[Any]:
    """Refer to a set of codes of the signal at hand."""
    return ChoicesValue(Property(plain_text(name)), codes)


def day_property(name: str) -> DayValue:
    """Refer to a day of the signal at hand."""
    return DayValue(Property(plain_text(name)))


def moment_property(name: str) -> MomentValue:
    """Refer to a moment of the signal at hand."""
    return MomentValue(Property(plain_text(name)))


# ------------------------------------------------------------------------------------- numbers
def quantity(amount: Number, unit: str) -> NumberValue:
    """Return a number with its unit, which must fit what it is compared with."""
    return NumberValue(number_literal(amount, plain_text(unit)))


def lowest(first_number: Number | NumberValue, *others: Number | NumberValue) -> NumberValue:
    """Return the lowest of some numbers; unknown as soon as one of them is."""
    return NumberValue(Extreme(Pick.LOWEST, _numbers(first_number, *others)))


def highest(first_number: Number | NumberValue, *others: Number | NumberValue) -> NumberValue:
    """Return the highest of some numbers; unknown as soon as one of them is."""
    return NumberValue(Extreme(Pick.HIGHEST, _numbers(first_number, *others)))


def rounded(number: NumberValue, decimals: int = 0) -> NumberValue:
    """Return a number rounded half away from zero; raises ValueError unless 0 to 28 decimals."""
    if not 0 <= decimals <= MAX_DIGITS:
        raise ValueError(f"a number is rounded to 0 to {MAX_DIGITS} decimals, not {decimals}")
    return NumberValue(Rounded(NumberValue.number(number), decimals))


def _numbers(*numbers: Number | NumberValue) -> tuple[Node, ...]:
    return tuple(map(NumberValue.number, numbers))


@overload
def case(
    *branches: tuple[Condition, Number | NumberValue], otherwise: Number | NumberValue
) -> NumberValue: ...
@overload
def case(*branches: tuple[Condition, str | TextValue], otherwise: str | TextValue) -> TextValue: ...
def case(
    *branches: tuple[Condition, Number | NumberValue | str | TextValue],
    otherwise: Number | NumberValue | str | TextValue,
) -> NumberValue | TextValue:
    """Return the value of the first branch whose condition is true, otherwise `otherwise`.

    Raises TypeError where the values are not all numbers or all texts.
    """
    textual = isinstance(otherwise, str | TextValue)
    pairs = tuple((condition_node(when), _value(value, textual)) for when, value in branches)
    node = Case(pairs, _value(otherwise, textual))
    return TextValue(node) if textual else NumberValue(node)


def _value(value: Number | NumberValue | str | TextValue, textual: bool) -> Node:
    if isinstance(value, NumberValue | TextValue):
        if isinstance(value, TextValue) is not textual:
            raise TypeError("the values of a `case` are all numbers or all texts")
        return value.node
    return text_literal(value) if textual else number_literal(value)
