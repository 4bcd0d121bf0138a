"""What type inference asks again and again: is it of the right kind, unit and set of codes?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import Final, TypeAlias

from leadpolicy.diagnostics import did_you_mean
from leadpolicy.expr.durations import LONGEST
from leadpolicy.expr.nodes import Attribute, Case, Comparison, Literal, Node, Output, Property
from leadpolicy.expr.numbers import MAX_DIGITS
from leadpolicy.expr.numbers import fits as written_fits
from leadpolicy.expr.problems import Problem
from leadpolicy.expr.traverse import children
from leadpolicy.expr.types import NUMERIC, Kind, ValueType

MAX_DEPTH: Final = 200
MAX_NODES: Final = 10_000
_BOUND: Final[int] = 10**MAX_DIGITS

Typed: TypeAlias = tuple[Node, ValueType]
"""An expression with its type."""

_ORDERED: Final = NUMERIC | {Kind.DAY, Kind.MOMENT}
_EQUALITY: Final = frozenset({Comparison.EQ, Comparison.NE})
_HINTS: Final[Mapping[Kind, str]] = {
    Kind.DAY: "write a day as `day('2026-01-31')`",
    Kind.MOMENT: "write a moment as `moment('2026-01-31T12:00:00Z')`",
    Kind.FLAG: "a flag is a condition itself: write it alone, or behind `not`",
    Kind.CHOICES: "write `includes(x, 'code')`",
}


class Checks:
    """Collects problems; `report` adds one at the place of a node."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def report(self, code: str, message: str, node: Node, hint: str | None = None) -> None:
        self.problems.append(Problem(code, message, node.place, hint))

    def needs(
        self, kinds: Collection[Kind], what: str, node: Node, found: ValueType | None
    ) -> ValueType | None:
        """Return the type if it is of one of the kinds; otherwise report, and return None."""
        if found is None or found.kind in kinds:
            return found
        self.report("LP202", f"{what}, not {described(node, found)}", node)
        return None

    def numbers(
        self, what: str, node: Node, items: Sequence[Node], found: Sequence[ValueType | None]
    ) -> ValueType:
        """Return the type of a number made of numbers, all of one unit."""
        checked = [self.needs(NUMERIC, what, *pair) for pair in zip(items, found, strict=True)]
        types = [one for one in checked if one is not None]
        whole = all(one.kind is Kind.WHOLE for one in types)
        return ValueType(
            Kind.WHOLE if whole else Kind.NUMBER,
            unit=self.one_unit(node, types),
            nullable=len(types) < len(checked) or any(one.nullable for one in types),
        )

    def one_unit(self, node: Node, types: Iterable[ValueType]) -> str | None:
        """Return the unit that is named, and report a second one; no unit fits every unit."""
        units = tuple(dict.fromkeys(one.unit for one in types if one.unit is not None))
        if len(units) > 1:
            listed = " and ".join(f"`{unit}`" for unit in units)
            self.report("LP203", f"{listed} are different units", node)
        return units[0] if units else None

    def duration(self, length: timedelta, node: Node) -> None:
        """Report a duration that cannot be written down."""
        if length <= timedelta(0) or length > LONGEST or length % timedelta(minutes=1):
            self.report("LP205", "a duration is 1 minute to 100 years, in whole minutes", node)

    def comparable(
        self, left: Typed, right: Typed, node: Node, what: str = "cannot compare"
    ) -> None:
        """Report two values that are of different kinds, units or sets of codes."""
        kinds = {left[1].kind, right[1].kind}
        if kinds <= NUMERIC:
            self.one_unit(node, (left[1], right[1]))
        elif Kind.CHOICE in kinds:
            self._same_codes(left, right, node, what)
        elif len(kinds) > 1:
            self._clash(left, right, node, what)

    def _same_codes(self, left: Typed, right: Typed, node: Node, what: str) -> None:
        choice, other = (left, right) if left[1].kind is Kind.CHOICE else (right, left)
        written = _possible_literals(other[0]) if other[1].kind is Kind.TEXT else ()
        for literal in written:
            self.code(choice, str(literal.value), literal if literal.place else node)
        same = other[1].kind is Kind.CHOICE and set(choice[1].codes) == set(other[1].codes)
        if not written and not same:
            self._clash(left, right, node, what)

    def _clash(self, left: Typed, right: Typed, node: Node, what: str) -> None:
        message = f"{what} {described(*left)} and {described(*right)}"
        hint = _HINTS.get(left[1].kind) or _HINTS.get(right[1].kind)
        self.report("LP202", message, node, hint)

    def code(self, choice: Typed, code: str, node: Node) -> None:
        """Report a code that a choice does not have."""
        if code not in choice[1].codes:
            message = f"{described(*choice)} has no code `{code[:40]}`"
            self.report("LP206", message, node, did_you_mean(code, choice[1].codes))

    def can_be_compared(self, op: Comparison, node: Node, found: ValueType) -> None:
        """Report a value that cannot stand on either side of a comparison."""
        if found.kind is Kind.CHOICES:
            message = f"{described(node, found)} holds several codes"
            self.report("LP202", message, node, _HINTS[Kind.CHOICES])
        elif op not in _EQUALITY and found.kind not in _ORDERED:
            hint = "write `reaches(x, 'code')`" if found.kind is Kind.CHOICE else None
            message = f"`{op.value}` needs numbers, days or moments, not {described(node, found)}"
            self.report("LP202", message, node, hint)
        elif isinstance(node, Literal) and node.value == "":
            hint = "a missing text is unknown: write `unknown(x)`"
            self.report("LP202", "a text is never empty", node, hint)

    def common(self, node: Node, parts: Sequence[Typed]) -> ValueType:
        """Return the type that the values of a case share."""
        kinds = {kind.kind for _, kind in parts}
        if kinds <= NUMERIC:
            unit = self.one_unit(node, [kind for _, kind in parts])
            return ValueType(Kind.NUMBER if Kind.NUMBER in kinds else Kind.WHOLE, unit=unit)
        first = next((one for one in parts if one[1].kind is Kind.CHOICE), parts[0])
        for other in parts:
            self.comparable(first, other, node, "a case cannot be both")
        ordered = all(kind.ordered and kind.codes == first[1].codes for _, kind in parts)
        return replace(first[1], ordered=ordered)


def _possible_literals(node: Node) -> tuple[Literal, ...]:
    """Return every value an expression can have, if all of them are written in the policy."""
    match node:
        case Literal():
            return (node,)
        case Case():
            values = (*(value for _, value in node.branches), node.otherwise)
            found = [_possible_literals(value) for value in values]
            return tuple(chain.from_iterable(found)) if all(found) else ()
        case _:
            return ()


def described(node: Node, found: ValueType) -> str:
    """Return how a message calls an expression: by its name or text if short, and its type."""
    match node:
        case Attribute() | Property() | Output():
            return f"`{node.name}` ({found})"
        case Literal() if found.kind is Kind.TEXT:
            return f"`{str(node.value)[:40]!r}` (text)"
        case Literal():
            return f"`{node.value}` ({found})"
        case _:
            return f"a {found}"


def literal_fault(node: Literal) -> tuple[str, str] | None:
    """Return the code and the sentence about a literal that cannot be used."""
    value = node.value
    if not _is_of(node.kind, value):
        return "LP202", f"`{type(value).__name__}` is not the type of a {node.kind.value} literal"
    if isinstance(value, int | Decimal) and not fits(value):
        return "LP210", f"a number has at most {MAX_DIGITS} digits"
    if isinstance(value, datetime) and value.utcoffset() != timedelta(0):
        return "LP202", f"the moment `{value.isoformat()}` is not in UTC"
    if node.unit is not None and node.kind not in NUMERIC:
        return "LP203", f"a {node.kind.value} has no unit"
    return None


def _is_of(kind: Kind, value: object) -> bool:
    match kind:
        case Kind.FLAG:
            return isinstance(value, bool)
        case Kind.WHOLE:
            return isinstance(value, int) and not isinstance(value, bool)
        case Kind.NUMBER:
            return isinstance(value, Decimal)
        case Kind.TEXT:
            return isinstance(value, str)
        case Kind.DAY:
            return isinstance(value, date) and not isinstance(value, datetime)
        case Kind.MOMENT:
            return isinstance(value, datetime)
        case Kind.CHOICE | Kind.CHOICES:
            return False


def fits(value: int | Decimal) -> bool:
    """Tell whether a number is finite and has at most 28 digits when written out."""
    return -_BOUND < value < _BOUND if isinstance(value, int) else written_fits(value)


def too_large(node: Node) -> bool:
    """Tell whether a tree is too deep or has too many nodes to be worked with."""
    waiting = [(node, 1)]
    seen = 0
    while waiting:
        current, depth = waiting.pop()
        seen += 1
        if depth > MAX_DEPTH or seen > MAX_NODES:
            return True
        waiting.extend((child, depth + 1) for child in children(current, into_where=True))
    return False
