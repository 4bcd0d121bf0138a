"""Write an expression as text: one canonical form, with brackets only where they are needed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from typing import Final

from leadpolicy.expr.durations import in_largest_unit
from leadpolicy.expr.nodes import (
    Aggregate,
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
    Property,
    Recent,
    Rounded,
    Scaled,
    Sum,
    TextTest,
)
from leadpolicy.expr.numbers import MINUS_ONE, plain
from leadpolicy.expr.traverse import Fold
from leadpolicy.expr.types import NUMERIC, Kind

_RISING: Final = frozenset({Comparison.LT, Comparison.LE})
_FALLING: Final = frozenset({Comparison.GT, Comparison.GE})
_ESCAPES: Final = {"\\": r"\\", "'": r"\'", "\n": r"\n", "\r": r"\r", "\t": r"\t"}


def unparse(node: Node) -> str:
    """Write an expression as `parse` reads it; the same node always gives the same text.

    Raises ValueError for a duration that is not a whole number of minutes.

    >>> from leadpolicy.expr.nodes import Attribute, Not
    >>> unparse(Not(And((Attribute("customer"), Attribute("opportunity_open")))))
    'not (customer and opportunity_open)'
    """
    return _Writer().visit(node).text


def quoted(text: str) -> str:
    r"""Write a text in single quotes, with escapes for what cannot be seen.

    >>> print(quoted("the lead's\x00"))
    'the lead\'s\x00'
    """
    return "'" + "".join(map(_escaped, text)) + "'"


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\U{code:08x}"


class _Level(IntEnum):
    """How tightly an expression holds together: inside a tighter one it needs brackets."""

    OR = 1
    AND = 2
    NOT = 3
    COMPARE = 4
    SUM = 5
    PRODUCT = 6
    SIGN = 7
    ATOM = 8


@dataclass(frozen=True, slots=True)
class _Text:
    text: str
    level: _Level = _Level.ATOM
    ends: tuple[str, str] = ("", "")
    """The two sides of a comparison."""

    def inside(self, level: _Level) -> str:
        return self.text if self.level >= level else f"({self.text})"


def _call(name: str, *arguments: str) -> _Text:
    return _Text(f"{name}({', '.join(arguments)})")


def _duration(length: timedelta) -> str:
    amount, unit = in_largest_unit(length)
    return f"{unit}({amount})"


def _texts(items: Iterable[_Text]) -> list[str]:
    return [item.text for item in items]


class _Writer(Fold[_Text]):
    """The text of every kind of node."""

    # ------------------------------------------------------------------------------- literals
    def on_literal(self, node: Literal) -> _Text:
        if node.kind not in NUMERIC:
            return _Text(self._value(node))
        number = plain(Decimal(node.value))  # type: ignore[arg-type]
        if node.kind is Kind.NUMBER and "." not in number:
            number += ".0"
        if node.unit is not None:
            return _call("unit", number, quoted(node.unit))
        return _Text(number, _Level.SIGN if number.startswith("-") else _Level.ATOM)

    def _value(self, node: Literal) -> str:
        match node.value:
            case bool():
                return str(node.value)
            case datetime():
                moment = node.value.astimezone(UTC).replace(tzinfo=None)
                return f"moment('{moment.isoformat()}Z')"
            case date():
                return f"day('{node.value.isoformat()}')"
            case _:
                return quoted(str(node.value))

    # ---------------------------------------------------------------------------------- names
    def on_attribute(self, node: Attribute) -> _Text:
        return _Text(node.name)

    def on_property(self, node: Property) -> _Text:
        return _Text(node.name)

    def on_output(self, node: Output) -> _Text:
        return _Text(node.name)

    def on_consent_status(self, node: ConsentStatus) -> _Text:
        return _call("consent", quoted(node.purpose), quoted(node.channel))

    def on_aggregate(self, node: Aggregate) -> _Text:
        arguments = [quoted(node.signal)]
        if node.of is not None:
            arguments.append(f"of={quoted(node.of)}")
        if node.within is not None:
            arguments.append(f"within={_duration(node.within)}")
        if node.where is not None:
            arguments.append(f"where={self.visit(node.where).text}")
        if node.decay is not None:
            arguments.append(self._decay(node.decay))
        return _call(node.function.value, *arguments)

    def _decay(self, decay: Decay) -> str:
        if isinstance(decay, HalfLife):
            return f"half_life={_duration(timedelta(days=decay.days))}"
        return f"lose={plain(decay.lose)}, every={_duration(decay.every)}"

    # ---------------------------------------------------------------------------------- terms
    def on_email_domain(self, node: EmailDomain, of: _Text) -> _Text:
        return _call("domain", of.text)

    def on_case(
        self, node: Case, branches: Sequence[tuple[_Text, _Text]], otherwise: _Text
    ) -> _Text:
        pairs = [f"({condition.text}, {value.text})" for condition, value in branches]
        return _call("case", *pairs, f"otherwise={otherwise.text}")

    def on_sum(self, node: Sum, items: Sequence[_Text]) -> _Text:
        if len(items) < 2:
            return _call("total", *_texts(items))
        text = items[0].inside(_Level.PRODUCT)
        for item in items[1:]:
            shown = item.inside(_Level.PRODUCT)
            text += f" - {shown[1:]}" if shown.startswith("-") else f" + {shown}"
        return _Text(text, _Level.SUM)

    def on_scaled(self, node: Scaled, of: _Text) -> _Text:
        factor = plain(node.factor)
        if node.factor == MINUS_ONE and not _changes_sign(node.of):
            return _Text(f"-{of.inside(_Level.SIGN)}", _Level.SIGN)
        return _Text(f"{factor} * {of.inside(_Level.SIGN)}", _Level.PRODUCT)

    def on_extreme(self, node: Extreme, items: Sequence[_Text]) -> _Text:
        return _call(node.pick.value, *_texts(items))

    def on_rounded(self, node: Rounded, of: _Text) -> _Text:
        return _call("rounded", of.text, *([str(node.decimals)] if node.decimals else []))

    # ----------------------------------------------------------------------------- conditions
    def on_known(self, node: Known, of: _Text) -> _Text:
        return _call("known", of.text)

    def on_compare(self, node: Compare, left: _Text, right: _Text) -> _Text:
        ends = (left.inside(_Level.SUM), right.inside(_Level.SUM))
        return _Text(f"{ends[0]} {node.op.value} {ends[1]}", _Level.COMPARE, ends)

    def on_one_of(self, node: OneOf, of: _Text) -> _Text:
        return self._membership(node, of.inside(_Level.SUM), "in")

    def _membership(self, node: OneOf, of: str, word: str) -> _Text:
        values = ", ".join(self.visit(value).text for value in node.values)
        comma = "," if len(node.values) == 1 else ""
        return _Text(f"{of} {word} ({values}{comma})", _Level.COMPARE, (of, ""))

    def on_in_list(self, node: InList, of: _Text) -> _Text:
        return _call("in_list", of.text, quoted(node.list))

    def on_text_test(self, node: TextTest, of: _Text) -> _Text:
        return _call(node.relation.value, of.text, quoted(node.needle))

    def on_includes(self, node: Includes, of: _Text) -> _Text:
        return _call("includes", of.text, quoted(node.code))

    def on_recent(self, node: Recent, of: _Text) -> _Text:
        return _call("within", of.text, _duration(node.within))

    def on_older_than(self, node: OlderThan, of: _Text) -> _Text:
        return _call("older_than", of.text, _duration(node.age))

    def on_not(self, node: Not, of: _Text) -> _Text:
        if isinstance(node.of, OneOf):
            return self._membership(node.of, of.ends[0], "not in")
        return _Text(f"not {of.inside(_Level.NOT)}", _Level.NOT)

    def on_and(self, node: And, items: Sequence[_Text]) -> _Text:
        if len(items) < 2:
            return _call("all_of", *_texts(items))
        chain = _chain(node, items)
        if chain is not None:
            return chain
        return _Text(" and ".join(item.inside(_Level.NOT) for item in items), _Level.AND)

    def on_or(self, node: Or, items: Sequence[_Text]) -> _Text:
        if len(items) < 2:
            return _call("any_of", *_texts(items))
        return _Text(" or ".join(item.inside(_Level.AND) for item in items), _Level.OR)

    def on_at_least(self, node: AtLeast, items: Sequence[_Text]) -> _Text:
        return _call("at_least", str(node.count), *_texts(items))


def _changes_sign(node: Node) -> bool:
    """Tell whether minus the term is read as the same kind of node with the other sign."""
    return isinstance(node, Scaled) or (isinstance(node, Literal) and node.kind in NUMERIC)


def _chain(node: And, items: Sequence[_Text]) -> _Text | None:
    """Return `a <= b < c` for two comparisons in one direction that share their middle."""
    match node.items:
        case (Compare() as first, Compare() as second) if items[0].ends[1] == items[1].ends[0]:
            directions = {first.op, second.op}
            if directions <= _RISING or directions <= _FALLING:
                rest = f"{second.op.value} {items[1].ends[1]}"
                return _Text(f"{items[0].text} {rest}", _Level.COMPARE)
    return None
