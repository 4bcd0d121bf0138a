"""Cells: the finitely many values of a fact that a policy can tell apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Final

from leadpolicy.engine.cells.text_witnesses import text_witnesses
from leadpolicy.engine.cells.witnesses import (
    codes_witnesses,
    day_witnesses,
    moment_witnesses,
    number_witnesses,
    with_value,
)
from leadpolicy.expr.evaluate import evaluate
from leadpolicy.expr.facts import Facts
from leadpolicy.expr.infer import infer
from leadpolicy.expr.nodes import (
    Aggregate,
    Attribute,
    Compare,
    ConsentStatus,
    Includes,
    InList,
    Known,
    Node,
    OlderThan,
    OneOf,
    Output,
    Recent,
    TextTest,
)
from leadpolicy.expr.traverse import walk
from leadpolicy.expr.types import Kind, Value, ValueType, Vocabulary

TESTS = (Compare, OneOf, InList, TextTest, Includes, Recent, OlderThan, Known)
LEAVES = (Attribute, Aggregate, ConsentStatus)
_DECIMALS: Final = 2
MOST_UNITS: Final = 25
"""So many values are tried of a whole number that points are multiplied with."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Values of a fact in order; values of one class pass the same tests of the policy.

    `exact` says that no other value could make a difference.
    """

    leaf: Node
    values: tuple[Value, ...]
    classes: tuple[int, ...]
    exact: bool

    def representatives(self) -> tuple[Value, ...]:
        """Return the first value of every class."""
        firsts = (self.classes.index(found) for found in dict.fromkeys(self.classes))
        return tuple(self.values[index] for index in firsts)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where expressions are read: the types of names, the lists, and how fine numbers are."""

    vocabulary: Vocabulary
    lists: Mapping[str, frozenset[str]]
    timezone: tzinfo
    decimals: Mapping[str, int]

    def type_of(self, leaf: Node) -> ValueType:
        """Return the type of a fact."""
        found, _ = infer(leaf, self.vocabulary)
        if found is None:
            raise AssertionError(f"every fact of a checked policy has a type: {leaf}")
        return found

    def step(self, leaf: Node) -> int:
        """Return the decimal places of a numeric fact."""
        if self.type_of(leaf).kind is Kind.WHOLE:
            return 0
        return self.decimals.get(leaf.name, _DECIMALS) if isinstance(leaf, Attribute) else _DECIMALS


class Partition:
    """The tests that some expressions make of each fact, and the cells that follow from them."""

    def __init__(self, scope: Scope, nodes: Iterable[Node], measured: Iterable[Node] = ()) -> None:
        self.scope = scope
        self._tests: dict[Node, list[Node]] = {}
        self._joint: dict[Node, list[Node]] = {}
        self._measured = frozenset(measured)
        self._timeless: dict[Node, Cells] = {}
        for test in dict.fromkeys(_tests_of(nodes)):
            self._add(test)

    def _add(self, test: Node) -> None:
        leaves = leaves_of(test)
        alone = len(leaves) == 1 and not any(isinstance(item, Output) for item in walk(test))
        for leaf in leaves:
            (self._tests if alone else self._joint).setdefault(leaf, []).append(test)

    def tests(self, leaf: Node) -> Sequence[Node]:
        """Return the tests that are about this fact alone."""
        return self._tests.get(leaf, ())

    def joint_tests(self, leaf: Node) -> Sequence[Node]:
        """Return the tests that are about this fact and others together."""
        return self._joint.get(leaf, ())

    def cells(self, leaf: Node, at: datetime, more: Iterable[Value] = ()) -> Cells:
        """Return the cells of a fact at an instant, with `more` values that matter."""
        extra = tuple(more)
        if leaf in self._timeless and not extra:
            return self._timeless[leaf]
        found = self._cells(leaf, at, extra)
        if not extra and self.scope.type_of(leaf).kind not in {Kind.DAY, Kind.MOMENT}:
            self._timeless[leaf] = found
        return found

    def _cells(self, leaf: Node, at: datetime, extra: tuple[Value, ...]) -> Cells:
        plain, complete = self._values(leaf, at)
        values = _sorted((*plain, *extra))
        is_open = leaf in self._joint or leaf in self._measured
        by_value = is_open or self.scope.type_of(leaf).kind is Kind.FLAG
        signs: dict[object, int] = {}
        classes: list[int] = []
        for value in values:
            sign: object = value if by_value else self.sign(leaf, value, at)
            classes.append(signs.setdefault(sign, len(signs)))
        return Cells(leaf, values, tuple(classes), complete and not is_open)

    def sign(self, leaf: Node, value: Value, at: datetime) -> tuple[Value | None, ...]:
        """Return what the tests about this fact alone say of a value at an instant."""
        facts = Facts(at, lists=self.scope.lists, timezone=self.scope.timezone)
        return tuple(evaluate(with_value(test, leaf, value), facts) for test in self.tests(leaf))

    def _values(self, leaf: Node, at: datetime) -> tuple[Sequence[Value], bool]:
        tests, type_ = self.tests(leaf), self.scope.type_of(leaf)
        match type_.kind:
            case Kind.FLAG:
                return (True, False), True
            case Kind.CHOICE:
                return type_.codes, True
            case Kind.TEXT:
                return text_witnesses(tests, self.scope.lists)
            case Kind.CHOICES:
                return codes_witnesses(tests)
            case Kind.DAY:
                return day_witnesses(tests, at.astimezone(self.scope.timezone).date()), True
            case Kind.MOMENT:
                return moment_witnesses(tests, at), True
            case _:
                units = range(MOST_UNITS + 1) if leaf in self._measured else ()
                return (*number_witnesses(tests, leaf, self.scope.step(leaf)), *units), True


def _sorted(values: Iterable[Value]) -> tuple[Value, ...]:
    """Return numbers in order, and everything else in the order in which it came, each once."""
    found = tuple(dict.fromkeys(values))
    numbers = [v for v in found if isinstance(v, int | Decimal) and not isinstance(v, bool)]
    return tuple(sorted(numbers)) if len(numbers) == len(found) else found


def leaves_of(node: Node) -> tuple[Node, ...]:
    """Return the facts inside an expression, each once."""
    return tuple(dict.fromkeys(item for item in walk(node) if isinstance(item, LEAVES)))


def _tests_of(nodes: Iterable[Node]) -> Iterator[Node]:
    for node in nodes:
        yield from (item for item in walk(node) if isinstance(item, TESTS))
