"""What an expression means in a formula: values with their guards, and two-valued conditions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias

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
from leadpolicy.backends.truths import Leaf, Truth, guarded
from leadpolicy.expr.negation import OPPOSITES
from leadpolicy.expr.nodes import Comparison
from leadpolicy.expr.types import Kind
from leadpolicy_salesforce.formula import trees
from leadpolicy_salesforce.formula.fields import Field
from leadpolicy_salesforce.formula.trees import Tree

_FEW: Final = 3
"""So many values of a field are asked for one by one; more stand in one CASE."""


@dataclass(frozen=True, slots=True)
class Test(Leaf):
    """A test of values; it may only be made where they are known."""

    tree: Tree
    opposite: Tree

    def turned(self) -> Test:
        """Return the opposite test."""
        return Test(self.opposite, self.tree)


@dataclass(frozen=True, slots=True)
class Given(Leaf):
    """A field that is not a picklist holds something, or does not."""

    tree: Tree
    known: bool = True

    def turned(self) -> Given:
        """Return that it does not, or does."""
        return Given(self.tree, not self.known)


@dataclass(frozen=True, slots=True)
class Among(Leaf):
    """A field holds one of some values, or none of them; a blank field holds none.

    The blank value of a picklist is written as "".
    """

    tree: Tree
    is_listed: bool
    values: tuple[str, ...]
    wanted: bool = True

    def turned(self) -> Among:
        """Return that it holds none of them, or one."""
        return Among(self.tree, self.is_listed, self.values, not self.wanted)


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """A value that means something only where it is `known`.

    `scale` counts the decimals of a number. `field` is the field that a text comes from as it
    stands, `literal` the text of the policy; `points` say what a sum gets for which values of one
    picklist.
    """

    tree: Tree
    kind: Kind
    scale: int = 0
    known: Formula = TRUE
    field: Field | None = None
    literal: str | None = None
    points: Points | None = None
    is_ascii: bool = False


@dataclass(frozen=True, slots=True)
class Points:
    """Numbers by value of one picklist, 0 for every other one."""

    tree: Tree
    by_value: tuple[tuple[str, Decimal], ...]


Meaning: TypeAlias = Term | Truth


def tested(known: Formula, test: Tree) -> Truth:
    """Return a guarded condition with NOT in front of its opposite."""
    return guarded(known, Test(test, trees.negated(test)))


def among(field: Field, tree: Tree, values: Sequence[str]) -> Formula:
    """Return that a field holds one of some values."""
    return Among(tree, field.is_listed, tuple(values)) if values else Always(False)


def compared(left: Tree, op: Comparison, right: Tree) -> Test:
    """Return a comparison with its opposite."""
    one, other = (trees.infix(left, _OPERATORS.get(x, x.value), right) for x in (op, OPPOSITES[op]))
    return Test(one, other)


_OPERATORS: Final = {Comparison.EQ: "=", Comparison.NE: "<>"}


def written(formula: Formula) -> Tree:
    """Return the tree of a formula; it is true or false, never blank."""
    match formula:
        case Always(value=value):
            return trees.flag(value)
        case Given(tree=tree, known=known):
            blank = trees.call("ISBLANK", tree)
            return trees.negated(blank) if known else blank
        case Among():
            return _among(formula)
        case Test(tree=tree):
            return tree
        case Every(items=items):
            return trees.every([written(item) for item in _once(items)])
        case Some(items=items):
            return _alternatives(_once(items))
        case Enough(count=count, items=items):
            met = [trees.call("IF", written(item), trees.ONE, trees.ZERO) for item in items]
            return trees.infix(trees.added(met), ">=", trees.number(count))
        case Choice(branches=branches, otherwise=otherwise):
            pairs = [(written(test), written(value)) for test, value in branches]
            return trees.nested(pairs, written(otherwise))
        case _:
            raise TypeError(f"not a formula: `{type(formula).__name__}`")


def _among(found: Among) -> Tree:
    values = [trees.text(value) for value in found.values]
    is_worked_out = not isinstance(found.tree, trees.Name)
    if len(values) > (1 if is_worked_out else _FEW):
        pairs = [part for value in values for part in (value, trees.ONE)]
        count = trees.call("CASE", found.tree, *pairs, trees.ZERO)
        return trees.infix(count, "=", trees.ONE if found.wanted else trees.ZERO)
    if found.is_listed:
        held = trees.some([trees.call("ISPICKVAL", found.tree, value) for value in values])
    else:
        held = trees.some([trees.infix(found.tree, "=", value) for value in values])
    return held if found.wanted else trees.negated(held)


def _once(items: Iterable[Formula]) -> list[Formula]:
    """Return formulas without those that are there already, such as the guard of one field."""
    return list(dict.fromkeys(items))


def _alternatives(items: list[Formula]) -> Tree:
    """Return that one item holds; what all of them ask for is asked for once."""
    asked = [_once(item.items) if isinstance(item, Every) else [item] for item in items]
    shared = set.intersection(*(set(found) for found in asked))
    if not shared or len(items) == 1:
        return trees.some([written(item) for item in items])
    common = [part for part in asked[0] if part in shared]
    rests = [every(part for part in found if part not in shared) for found in asked]
    return written(every([*common, some(rests)]))
