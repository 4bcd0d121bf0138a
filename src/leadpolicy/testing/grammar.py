"""Draws expressions that are well typed by construction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

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
    Steps,
    Sum,
    TextRelation,
    TextTest,
)
from leadpolicy.expr.types import CONSENT_STATUSES, NUMERIC, Kind, ValueType, Vocabulary
from leadpolicy.testing.samples import FACTORS, NEEDLES, SHARES, WINDOWS
from leadpolicy.testing.values import values

X = TypeVar("X")

_EQUALITY: Final = (Comparison.EQ, Comparison.NE)
_TIMES: Final = (Kind.DAY, Kind.MOMENT)


@dataclass(frozen=True, slots=True)
class Grammar:
    """Makes one expression with the choices of `draw`; inside a `where`, `scope` is the signal."""

    draw: DrawFn
    vocabulary: Vocabulary
    allow_known: bool = True
    allow_case: bool = True
    scope: str | None = None

    def pick(self, options: Sequence[X]) -> X:
        return self.draw(st.sampled_from(options))

    def chance(self, percent: int) -> bool:
        return self.draw(st.integers(0, 99)) >= 100 - percent

    # ------------------------------------------------------------------------------ names
    def named(self, *kinds: Kind) -> list[tuple[Node, ValueType]]:
        """Return every name of some kinds that can be used here."""
        vocabulary = self.vocabulary
        if self.scope is not None:
            inside = vocabulary.signals[self.scope]
            return [(Property(name), kind) for name, kind in inside.items() if kind.kind in kinds]
        found: list[tuple[Node, ValueType]] = []
        found += [(Attribute(name), kind) for name, kind in vocabulary.attributes.items()]
        found += [(Output(name), kind) for name, kind in vocabulary.outputs.items()]
        return [(node, kind) for node, kind in found if kind.kind in kinds]

    def units(self) -> list[str | None]:
        days = ["days"] if self._signals() else []
        return list(dict.fromkeys([None, *(kind.unit for _, kind in self.named(*NUMERIC)), *days]))

    def consents(self) -> list[Node]:
        if self.scope is not None:
            return []
        purposes = self.vocabulary.purposes.items()
        return [ConsentStatus(name, channel) for name, all_ in purposes for channel in sorted(all_)]

    # ------------------------------------------------------------------------- conditions
    def condition(self, depth: int) -> Node:
        return self.pick([*self._atoms(), *(self._connectives() if depth > 0 else [])])(depth - 1)

    def _connectives(self) -> list[Callable[[int], Node]]:
        makers = [self._not, self._and, self._or, self._and, self._or, self._at_least]
        return [*makers, self._flag_case] if self.allow_case else list(makers)

    def _atoms(self) -> list[Callable[[int], Node]]:
        makers: list[Callable[[int], Node]] = [self._flag, self._numbers_compared, self._number_in]
        texts = self.named(Kind.TEXT)
        times = self.named(*_TIMES)
        if texts:
            makers += [self._text_test, self._text_test, self._text_compared]
            makers += [self._in_list] if self.vocabulary.lists else []
        if self.named(Kind.CHOICE) or self.consents():
            makers += [self._choice_compared, self._choice_in]
        if self.named(Kind.CHOICES):
            makers.append(self._includes)
        if times or self._signals():
            makers += [self._window, self._times_compared]
        if self.allow_known:
            makers.append(self._known)
        return makers

    def _not(self, depth: int) -> Node:
        return Not(self.condition(depth))

    def _items(self, depth: int) -> tuple[Node, ...]:
        return tuple(self.condition(depth) for _ in range(self.pick([2, 3])))

    def _and(self, depth: int) -> Node:
        return And(self._items(depth))

    def _or(self, depth: int) -> Node:
        return Or(self._items(depth))

    def _at_least(self, depth: int) -> Node:
        items = self._items(depth)
        return AtLeast(self.draw(st.integers(1, len(items))), items)

    def _case(self, depth: int, value: Callable[[], Node]) -> Node:
        branches = tuple((self.condition(depth), value()) for _ in range(self.pick([1, 2])))
        return Case(branches, value())

    def _flag_case(self, depth: int) -> Node:
        return self._case(depth, lambda: self.condition(0))

    def _flag(self, depth: int) -> Node:
        options = [node for node, _ in self.named(Kind.FLAG)]
        if self._signals():
            options.append(self._aggregate(AggregateFunction.ANY))
        if not options or self.chance(10):
            return self._literal(ValueType(Kind.FLAG))
        flag = self.pick(options)
        if self.chance(10):
            return Compare(self.pick(_EQUALITY), flag, self._literal(ValueType(Kind.FLAG)))
        return flag

    def _numbers_compared(self, depth: int) -> Node:
        unit = self.pick(self.units())
        left = self.number(self.pick([Kind.WHOLE, Kind.NUMBER]), unit, depth)
        right: Node = self._number_literal(self.pick([Kind.WHOLE, Kind.NUMBER]), unit)
        if self.chance(25):
            right = self.number(self.pick([Kind.WHOLE, Kind.NUMBER]), unit, depth)
        if self.chance(10):
            left, right = right, left
        return Compare(self.pick(list(Comparison)), left, right)

    def _number_in(self, depth: int) -> Node:
        unit = self.pick(self.units())
        kind = self.pick([Kind.WHOLE, Kind.NUMBER])
        literals = [self._number_literal(kind, unit) for _ in range(self.pick([1, 2, 3]))]
        return OneOf(self.number(kind, unit, depth), tuple(literals))

    def _text_test(self, depth: int) -> Node:
        needle = self.pick(NEEDLES)
        return TextTest(self.pick(list(TextRelation)), self.term(Kind.TEXT, depth), needle)

    def _text_compared(self, depth: int) -> Node:
        text = self.term(Kind.TEXT, depth)
        if self.chance(30):
            literals = [self._literal(ValueType(Kind.TEXT)) for _ in range(self.pick([1, 2]))]
            return OneOf(text, tuple(literals))
        other = self.term(Kind.TEXT, 0) if self.chance(20) else self._literal(ValueType(Kind.TEXT))
        return Compare(self.pick(_EQUALITY), text, other)

    def _in_list(self, depth: int) -> Node:
        return InList(self.term(Kind.TEXT, depth), self.pick(sorted(self.vocabulary.lists)))

    def _choice_compared(self, depth: int) -> Node:
        node, codes = self.choice(depth)
        other = self._code(codes)
        same = [name for name, kind in self.named(Kind.CHOICE) if set(kind.codes) == set(codes)]
        if same and self.chance(20):
            return Compare(self.pick(_EQUALITY), node, self.pick(same))
        return Compare(self.pick(_EQUALITY), node, other)

    def _choice_in(self, depth: int) -> Node:
        node, codes = self.choice(depth)
        return OneOf(node, tuple(self._code(codes) for _ in range(self.pick([1, 2, 3]))))

    def _includes(self, depth: int) -> Node:
        node, kind = self.pick(self.named(Kind.CHOICES))
        return Includes(node, self.pick(kind.codes))

    def _window(self, depth: int) -> Node:
        test = self.pick([Recent, OlderThan])
        return test(self._time(depth), self.pick(WINDOWS))

    def _times_compared(self, depth: int) -> Node:
        kinds = [kind for kind in _TIMES if self._has_time(kind)]
        kind = self.pick(kinds)
        right = self.term(kind, 0) if self.chance(20) else self._literal(ValueType(kind))
        return Compare(self.pick(list(Comparison)), self.term(kind, depth), right)

    def _known(self, depth: int) -> Node:
        named = [node for node, _ in self.named(*Kind)]
        options = [*named, *self.consents()]
        if not options or (self._signals() and self.chance(20)):
            return Known(self.number(Kind.WHOLE, None, depth))
        return Known(self.pick(options))

    # ------------------------------------------------------------------------------ terms
    def term(self, kind: Kind, depth: int) -> Node:
        """Return a term of a kind; one of choices, days and moments only where a name has it."""
        match kind:
            case Kind.FLAG:
                return self.condition(depth)
            case Kind.WHOLE | Kind.NUMBER:
                return self.number(kind, self.pick(self.units()), depth)
            case Kind.TEXT:
                return self._text(depth)
            case Kind.CHOICE:
                return self.choice(depth)[0]
            case Kind.CHOICES:
                return self.pick(self.named(kind))[0]
            case Kind.DAY | Kind.MOMENT:
                return self._time_of(kind, depth)

    def _text(self, depth: int) -> Node:
        named = [node for node, _ in self.named(Kind.TEXT)]
        if not named:
            return self._literal(ValueType(Kind.TEXT))
        if self.chance(15):
            return EmailDomain(self.pick(named))
        if self._may_branch(depth):
            return self._case(0, lambda: self._text(0))
        return self.pick(named)

    def choice(self, depth: int) -> tuple[Node, tuple[str, ...]]:
        """Return a term of kind choice with its codes."""
        options = [(node, kind.codes) for node, kind in self.named(Kind.CHOICE)]
        options += [(node, CONSENT_STATUSES) for node in self.consents()]
        node, codes = self.pick(options)
        if self._may_branch(depth):
            return Case(((self.condition(0), self._code(codes)),), node), codes
        return node, codes

    def _has_time(self, kind: Kind) -> bool:
        return bool(self.named(kind)) or (kind is Kind.MOMENT and bool(self._signals()))

    def _time(self, depth: int) -> Node:
        return self._time_of(self.pick([kind for kind in _TIMES if self._has_time(kind)]), depth)

    def _time_of(self, kind: Kind, depth: int) -> Node:
        named = [node for node, _ in self.named(kind)]
        if kind is Kind.MOMENT and self._signals() and (not named or self.chance(40)):
            return self._aggregate(self.pick([AggregateFunction.FIRST, AggregateFunction.LAST]))
        if not named:
            return self._literal(ValueType(kind))
        if self._may_branch(depth):
            return self._case(0, lambda: self.pick(named))
        return self.pick(named)

    def number(self, kind: Kind, unit: str | None, depth: int) -> Node:
        """Return a number of exactly this kind, in this unit or without one."""
        if depth > 0 and self.chance(35):
            return self._computed(kind, unit, depth - 1)
        named = [node for node, found in self.named(kind) if found.unit in {None, unit}]
        makers: list[Callable[[], Node]] = [lambda: self.pick(named)] * (2 if named else 0)
        if self._signals():
            makers.append(lambda: self._number_of_signals(kind, unit))
        return self.pick(makers)() if makers else self._number_literal(kind, unit)

    def _computed(self, kind: Kind, unit: str | None, depth: int) -> Node:
        makers = [self._sum, self._scaled, self._extreme, self._rounded]
        if self._may_branch(depth + 1):
            return self._case(0, lambda: self.number(kind, unit, depth))
        return self.pick(makers)(kind, unit, depth)

    def _numbers(self, kind: Kind, unit: str | None, depth: int) -> tuple[Node, ...]:
        """Return two or three numbers of which the first has this kind, and no other a wider."""
        first = self.number(kind, unit, depth)
        kinds = [Kind.WHOLE] if kind is Kind.WHOLE else [Kind.WHOLE, Kind.NUMBER]
        rest = [self._operand(self.pick(kinds), unit, depth) for _ in range(self.pick([1, 2]))]
        return (first, *rest)

    def _operand(self, kind: Kind, unit: str | None, depth: int) -> Node:
        if self.chance(40):
            return self._number_literal(kind, unit)
        return self.number(kind, unit, depth)

    def _sum(self, kind: Kind, unit: str | None, depth: int) -> Node:
        return Sum(self._numbers(kind, unit, depth))

    def _extreme(self, kind: Kind, unit: str | None, depth: int) -> Node:
        return Extreme(self.pick(list(Pick)), self._numbers(kind, unit, depth))

    def _scaled(self, kind: Kind, unit: str | None, depth: int) -> Node:
        whole = [factor for factor in FACTORS if factor == factor.to_integral_value()]
        of = self.number(kind, unit, depth)
        factor = self.pick(whole if kind is Kind.WHOLE else FACTORS)
        return of if isinstance(of, Literal) else Scaled(of, factor)

    def _rounded(self, kind: Kind, unit: str | None, depth: int) -> Node:
        if kind is Kind.WHOLE:
            return Rounded(self.number(self.pick([Kind.WHOLE, Kind.NUMBER]), unit, depth), 0)
        return Rounded(self.number(Kind.NUMBER, unit, depth), self.pick([1, 2]))

    def _may_branch(self, depth: int) -> bool:
        return self.allow_case and depth > 0 and self.chance(15)

    # --------------------------------------------------------------------------- literals
    def _literal(self, kind: ValueType) -> Literal:
        value = self.draw(values(kind))
        if isinstance(value, frozenset):
            raise TypeError("there are no literals of kind choices")
        return Literal(kind.kind, value, unit=kind.unit)

    def _number_literal(self, kind: Kind, unit: str | None) -> Literal:
        return self._literal(ValueType(kind, unit=unit if self.chance(20) else None))

    def _code(self, codes: Sequence[str]) -> Literal:
        return Literal(Kind.TEXT, self.pick(codes))

    # ------------------------------------------------------------------------- aggregates
    def _signals(self) -> Mapping[str, Mapping[str, ValueType]]:
        return {} if self.scope is not None else self.vocabulary.signals

    def _number_of_signals(self, kind: Kind, unit: str | None) -> Node:
        if kind is Kind.WHOLE and unit == "days":
            return self._aggregate(AggregateFunction.DAYS_SINCE)
        summed = [
            (signal, name)
            for signal, inside in self._signals().items()
            for name, found in inside.items()
            if found.kind is kind and found.unit in {None, unit}
        ]
        if summed and self.chance(40):
            signal, name = self.pick(summed)
            return self._aggregate(AggregateFunction.SUM, signal, of=name)
        return self._aggregate(AggregateFunction.COUNT, decayed=kind is Kind.NUMBER)

    def _aggregate(
        self,
        function: AggregateFunction,
        signal: str | None = None,
        *,
        of: str | None = None,
        decayed: bool = False,
    ) -> Node:
        signal = signal or self.pick(sorted(self._signals()))
        return Aggregate(
            function,
            signal,
            within=self.pick(WINDOWS) if self.chance(60) else None,
            where=self._where(signal) if self.chance(30) else None,
            of=of,
            decay=self._decay() if decayed else None,
        )

    def _where(self, signal: str) -> Node:
        inside = Grammar(self.draw, self.vocabulary, self.allow_known, self.allow_case, signal)
        return inside.condition(self.pick([0, 0, 1]))

    def _decay(self) -> Decay:
        if self.chance(50):
            return HalfLife(self.pick([1, 7, 14, 90]))
        return Steps(self.pick(WINDOWS), self.pick(SHARES))
