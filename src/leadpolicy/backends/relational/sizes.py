"""How large an expression gets when it is written out, and how deep its brackets go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple, TypeVar

from sqlglot import exp

from leadpolicy.backends.guarded import Choice, Enough, Every, Formula, Some, parts
from leadpolicy.backends.relational.ast import Tree
from leadpolicy.backends.relational.meaning import Given, Meaning, Term, Test

MOST_PARTS: Final = 50_000
_LEVELS: Final[Mapping[type[Formula], int]] = {Every: 2, Some: 2, Choice: 3, Enough: 5}
"""How many levels of a tree it takes to write a formula."""

Part = TypeVar("Part", Tree, Formula)


class Size(NamedTuple):
    """Names, values and operators that are written, and the levels of their tree."""

    parts: int = 0
    levels: int = 0


class Sizes:
    """Measures trees that share branches as if they were written out; each branch once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[object, Size]] = {}

    def of(self, meaning: Meaning) -> Size:
        """Return the size of a value, or of the larger side of a condition."""
        if isinstance(meaning, Term):
            return _together([self._of_tree(meaning.tree), self._of_formula(meaning.known)])
        return _together([self._of_formula(meaning.holds), self._of_formula(meaning.fails)])

    def _of_tree(self, tree: Tree) -> Size:
        return self._kept(tree, self._tree_size)

    def _tree_size(self, tree: Tree) -> Size:
        """Return the size of a tree; a chain of one operator goes on at the level of its start."""
        inside = [self._of_tree(part) for part in tree.iter_expressions()]
        size = _together(inside)
        if isinstance(tree, exp.Binary) and type(tree.this) is type(tree):
            levels = max(inside[0].levels, inside[-1].levels + 1)
            return Size(size.parts + 1, levels)
        return Size(size.parts + 1, size.levels + 1)

    def _of_formula(self, formula: Formula) -> Size:
        return self._kept(formula, self._formula_size)

    def _formula_size(self, formula: Formula) -> Size:
        if isinstance(formula, Test | Given):
            return self._of_tree(formula.tree)
        size = _together(self._of_formula(part) for part in parts(formula))
        return Size(size.parts + 1, size.levels + _LEVELS.get(type(formula), 1))

    def _kept(self, item: Part, measure: Callable[[Part], Size]) -> Size:
        """Keep the item with its size, so that no other one takes its identity."""
        if id(item) not in self._known:
            self._known[id(item)] = item, measure(item)
        return self._known[id(item)][1]


def _together(sizes: Iterable[Size]) -> Size:
    found = list(sizes)
    levels = max((size.levels for size in found), default=0)
    return Size(sum(size.parts for size in found), levels)
