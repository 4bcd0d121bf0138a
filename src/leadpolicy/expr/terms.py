"""Terms in Python: typed wrappers whose comparisons build the nodes that the text form builds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, Generic, NoReturn, TypeAlias, TypeVar

from leadpolicy.expr.conditions import Condition
from leadpolicy.expr.durations import checked_duration
from leadpolicy.expr.literals import (
    day_literal,
    factor,
    moment_literal,
    number_literal,
    plain_text,
    shown,
    text_literal,
)
from leadpolicy.expr.nodes import (
    And,
    Compare,
    Comparison,
    EmailDomain,
    InList,
    Known,
    Literal,
    Node,
    Not,
    OlderThan,
    OneOf,
    Or,
    Recent,
    Scaled,
    Sum,
    TextRelation,
    TextTest,
)
from leadpolicy.expr.numbers import negated
from leadpolicy.expr.unparse import unparse

Number: TypeAlias = int | float | Decimal
DayLike: TypeAlias = "date | DayValue"
MomentLike: TypeAlias = "datetime | MomentValue"
Operand = TypeVar("Operand")


class Term(Generic[Operand]):
    """A value of the lead that may be unknown; `node` is its expression."""

    __slots__ = ("node",)
    _kind = "a value"

    def __init__(self, node: Node) -> None:
        self.node: Final = node

    def is_known(self) -> Condition:
        """Be true where there is a value."""
        return Condition(Known(self.node))

    def is_unknown(self) -> Condition:
        """Be true where there is no value."""
        return Condition(Not(Known(self.node)))

    def __eq__(self, other: Operand) -> Condition:  # type: ignore[override]
        return self._compare(Comparison.EQ, other)

    def __ne__(self, other: Operand) -> Condition:  # type: ignore[override]
        return self._compare(Comparison.NE, other)

    def __hash__(self) -> int:
        return hash((type(self), self.node))

    def __bool__(self) -> NoReturn:
        raise TypeError(
            f"`{unparse(self.node)}` is {self._kind}, not a condition: compare it, "
            "or ask `.is_known()`"
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({unparse(self.node)})"

    def _compare(self, op: Comparison, other: object) -> Condition:
        return Condition(Compare(op, self.node, self._operand(other)))

    def _operand(self, other: object) -> Node:
        """Return the node of what this is compared with; TypeError if that cannot be."""
        if isinstance(other, Term) and other._kind == self._kind:
            return other.node
        try:
            return self._literal(other)
        except TypeError as error:
            raise TypeError(f"cannot compare {self._named()} with {_named(other)}") from error

    def _named(self) -> str:
        return f"`{unparse(self.node)}` ({self._kind})"

    def _literal(self, value: object) -> Literal:
        """Return the literal for a Python value of this kind; raises TypeError for others."""
        raise NotImplementedError


def _named(value: object) -> str:
    if isinstance(value, Condition):
        return f"`{unparse(value.node)}` (a condition)"
    return value._named() if isinstance(value, Term) else shown(value)


class OrderedTerm(Term[Operand]):
    """A term that lies before or after others: a number, a day or a moment."""

    __slots__ = ()

    def __lt__(self, other: Operand) -> Condition:
        return self._compare(Comparison.LT, other)

    def __le__(self, other: Operand) -> Condition:
        return self._compare(Comparison.LE, other)

    def __gt__(self, other: Operand) -> Condition:
        return self._compare(Comparison.GT, other)

    def __ge__(self, other: Operand) -> Condition:
        return self._compare(Comparison.GE, other)

    def between(self, low: Operand, high: Operand) -> Condition:
        """Be true from `low` to `high`, both included."""
        lower = Compare(Comparison.LE, self._operand(low), self.node)
        upper = Compare(Comparison.LE, self.node, self._operand(high))
        return Condition(And((lower, upper)))


class NumberValue(OrderedTerm["Number | NumberValue"]):
    """A whole or decimal number of the lead; floats are taken as they are written, exactly."""

    __slots__ = ("_grows",)
    _kind = "a number"

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self._grows = False

    def __add__(self, other: Number | NumberValue) -> NumberValue:
        return _added(self, self.number(other))

    def __radd__(self, other: Number) -> NumberValue:
        return _added(NumberValue(number_literal(other)), self.node)

    def __sub__(self, other: Number | NumberValue) -> NumberValue:
        return _added(self, negated(self.number(other)))

    def __rsub__(self, other: Number) -> NumberValue:
        return _added(NumberValue(number_literal(other)), negated(self.node))

    def __mul__(self, other: Number) -> NumberValue:
        return NumberValue(Scaled(self.node, factor(other)))

    def __rmul__(self, other: Number) -> NumberValue:
        return self * other

    def __neg__(self) -> NumberValue:
        return NumberValue(negated(self.node))

    @staticmethod
    def number(value: Number | NumberValue) -> Node:
        """Return the node of a number or of a term with one; raises like `number_literal`."""
        return value.node if isinstance(value, NumberValue) else number_literal(value)

    def _literal(self, value: object) -> Literal:
        return number_literal(value)


def _added(left: NumberValue, right: Node) -> NumberValue:
    """Add a term; a sum made by `+` or `-` takes one more."""
    before = left.node
    items = before.items if left._grows and isinstance(before, Sum) else (before,)
    total = NumberValue(Sum((*items, right)))
    total._grows = True
    return total


class TextValue(Term["str | TextValue"]):
    """A text of the lead."""

    __slots__ = ()
    _kind = "a text"

    def is_(self, text: str | TextValue) -> Condition:
        """Be true where the text is exactly this one."""
        return self._compare(Comparison.EQ, text)

    def is_not(self, text: str | TextValue) -> Condition:
        """Be true where the text is known and another one."""
        return self._compare(Comparison.NE, text)

    def is_in(self, *texts: str) -> Condition:
        """Be true where the text is one of these."""
        return Condition(one_of(self.node, texts))

    def none_of(self, *texts: str) -> Condition:
        """Be true where the text is known and none of these."""
        return Condition(Not(one_of(self.node, texts)))

    def contains(self, needle: str) -> Condition:
        """Be true where the text has the needle in it; case matters."""
        return self._test(TextRelation.CONTAINS, needle)

    def starts_with(self, needle: str) -> Condition:
        """Be true where the text starts with the needle; case matters."""
        return self._test(TextRelation.STARTS_WITH, needle)

    def ends_with(self, needle: str) -> Condition:
        """Be true where the text ends with the needle; case matters."""
        return self._test(TextRelation.ENDS_WITH, needle)

    def contains_ci(self, needle: str) -> Condition:
        """Be true where the text has the needle in it; case does not matter."""
        return self._test(TextRelation.CONTAINS_CI, needle)

    def has_word(self, word: str, *others: str) -> Condition:
        """Be true where the text has one of these as a whole word; case does not matter."""
        tests = tuple(self._test(TextRelation.HAS_WORD, needle).node for needle in (word, *others))
        return Condition(tests[0] if len(tests) == 1 else Or(tests))

    def domain(self) -> TextValue:
        """Return the domain of an e-mail address, folded; unknown where there is none."""
        return TextValue(EmailDomain(self.node))

    def in_list(self, name: str) -> Condition:
        """Be true where the folded text is an entry of a list of the policy."""
        return Condition(InList(self.node, plain_text(name)))

    def _test(self, relation: TextRelation, needle: str) -> Condition:
        return Condition(TextTest(relation, self.node, plain_text(needle)))

    def _literal(self, value: object) -> Literal:
        return text_literal(value)


class TimeValue(OrderedTerm[Operand]):
    """A day or a moment: before, after, within a time back from the decision, or older."""

    __slots__ = ()

    def before(self, other: Operand) -> Condition:
        """Be true where this lies before the other."""
        return self._compare(Comparison.LT, other)

    def after(self, other: Operand) -> Condition:
        """Be true where this lies after the other."""
        return self._compare(Comparison.GT, other)

    def within(self, length: timedelta) -> Condition:
        """Be true where this lies at most so long before the decision, and not after it."""
        return Condition(Recent(self.node, checked_duration(length)))

    def older_than(self, age: timedelta) -> Condition:
        """Be true where this lies at least so long before the decision."""
        return Condition(OlderThan(self.node, checked_duration(age)))


class DayValue(TimeValue["DayLike"]):
    """A calendar day of the lead."""

    __slots__ = ()
    _kind = "a day"

    def _literal(self, value: object) -> Literal:
        return day_literal(value)


class MomentValue(TimeValue["MomentLike"]):
    """An instant; a datetime that it is compared with needs a time zone."""

    __slots__ = ()
    _kind = "a moment"

    def _literal(self, value: object) -> Literal:
        return moment_literal(value)


def one_of(node: Node, texts: Iterable[str]) -> OneOf:
    """Return that a term is one of some texts; raises ValueError without any."""
    values = tuple(map(text_literal, texts))
    if not values:
        raise ValueError(f"`{unparse(node)}` needs at least one value to be one of")
    return OneOf(node, values)
