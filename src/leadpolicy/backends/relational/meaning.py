"""What an expression means to a database: values with their guards, and two-valued conditions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

from sqlglot import exp

from leadpolicy.backends.guarded import (
    TRUE,
    Always,
    Choice,
    Enough,
    Every,
    Formula,
    Some,
    every,
    some,
)
from leadpolicy.backends.relational import ast
from leadpolicy.backends.relational.ast import Tree
from leadpolicy.backends.truths import Leaf, Truth, guarded
from leadpolicy.expr.negation import OPPOSITES
from leadpolicy.expr.nodes import Comparison
from leadpolicy.expr.types import Kind


@dataclass(frozen=True, slots=True, eq=False)
class Test(Leaf):
    """A comparison of values; it may only be made where they are known."""

    tree: Tree
    opposite: Tree

    def turned(self) -> Test:
        """Return the opposite test."""
        return Test(self.opposite, self.tree)


@dataclass(frozen=True, slots=True, eq=False)
class Given(Leaf):
    """A column or sub-query has a value, or has none."""

    tree: Tree
    known: bool = True

    def turned(self) -> Given:
        """Return that it has none, or one."""
        return Given(self.tree, not self.known)


class TextForm(StrEnum):
    """Forms of a text that a test may need."""

    FOLDED = "folded"
    WORDS = "words"
    DOMAIN = "domain"


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A form of a text, and when it is known."""

    tree: Tree
    known: Formula = TRUE


Forms: TypeAlias = Mapping[TextForm, Form | str]
"""The forms of a text, or the sentence that says why there is none."""


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """A value that means something only where it is `known`.

    A number stands in units of its last decimal: 12.50 with a `scale` of 2 is 1250.
    """

    tree: Tree
    kind: Kind
    scale: int = 0
    known: Formula = TRUE
    forms: Forms = field(default_factory=dict)


Meaning: TypeAlias = Term | Truth


def tested(known: Formula, test: Tree) -> Truth:
    """Return a guarded condition with `not` in front of its opposite."""
    return guarded(known, Test(test, ast.negated(test)))


def compared(left: Tree, op: Comparison, right: Tree) -> Test:
    """Return a comparison with its opposite."""
    return Test(*(ast.infix(_OPERATORS[item], left, right) for item in (op, OPPOSITES[op])))


def above(value: Tree, limit: Tree) -> Test:
    """Return that a value is more than another one."""
    return compared(value, Comparison.GT, limit)


def up_to(value: Tree, limit: Tree) -> Test:
    """Return that a value is at most another one."""
    return compared(value, Comparison.LE, limit)


_OPERATORS: Final[Mapping[Comparison, type[exp.Binary]]] = {
    Comparison.EQ: exp.EQ,
    Comparison.NE: exp.NEQ,
    Comparison.LT: exp.LT,
    Comparison.LE: exp.LTE,
    Comparison.GT: exp.GT,
    Comparison.GE: exp.GTE,
}


def written(formula: Formula) -> Tree:
    """Return the tree of a formula; it is true or false, never missing."""
    match formula:
        case Always(value=value):
            return ast.flag(value)
        case Given(tree=tree, known=known):
            return ast.is_known(tree, known)
        case Test(tree=tree):
            return tree
        case Every(items=items):
            return ast.every([written(item) for item in _once(items)])
        case Some(items=items):
            return _alternatives(_once(items))
        case Enough(count=count, items=items):
            return ast.counted([written(item) for item in items], count)
        case Choice(branches=branches, otherwise=otherwise):
            pairs = [(written(test), written(value)) for test, value in branches]
            return ast.case(pairs, written(otherwise))
        case _:
            raise TypeError(f"not a formula: `{type(formula).__name__}`")


def _once(items: Iterable[Formula]) -> list[Formula]:
    """Return formulas without those that are there already; guards of one column are the same."""
    return list({id(item): item for item in items}.values())


def _alternatives(items: list[Formula]) -> Tree:
    """Return that one item holds; what all of them ask for is asked for once."""
    asked = [item.items if isinstance(item, Every) else (item,) for item in items]
    shared = set.intersection(*({id(part) for part in parts} for parts in asked))
    if not shared or len(items) == 1:
        return ast.some([written(item) for item in items])
    common = [part for part in asked[0] if id(part) in shared]
    rests = [every(part for part in parts if id(part) not in shared) for parts in asked]
    return written(every([*common, some(rests)]))
