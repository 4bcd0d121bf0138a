"""How a rule speaks of the field in which people move leads: where to, where from, and by whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from leadpolicy_salesforce.formula import trees
from leadpolicy_salesforce.formula.fields import Field
from leadpolicy_salesforce.formula.trees import Name, Tree

_FEW: Final = 2
"""So many states are asked for one by one; more stand in one CASE."""


@dataclass(frozen=True, slots=True)
class Moves:
    """Conditions about the status; a sync that `decided` anew is let through."""

    status: Field
    decided: str | None

    @property
    def entering(self) -> list[Tree]:
        """That a lead enters a state, as a new one or by a change."""
        return [trees.some([trees.call("ISNEW"), self._changed]), *self._by_people]

    @property
    def moving(self) -> list[Tree]:
        """That somebody changes the state of a lead."""
        return [trees.negated(trees.call("ISNEW")), self._changed, *self._by_people]

    @property
    def _changed(self) -> Tree:
        return trees.call("ISCHANGED", self._name)

    @property
    def _by_people(self) -> list[Tree]:
        if self.decided is None:
            return []
        return [trees.negated(trees.call("ISCHANGED", Name(self.decided)))]

    @property
    def _name(self) -> Name:
        return Name(self.status.api)

    @property
    def now(self) -> Tree:
        """The status after the change, as a text."""
        return self._text(self._name)

    @property
    def before(self) -> Tree:
        """The status before the change, as a text."""
        return self._text(trees.call("PRIORVALUE", self._name))

    def _text(self, tree: Tree) -> Tree:
        return trees.call("TEXT", tree) if self.status.is_listed else tree

    def into(self, state: str) -> Tree:
        """That the lead is in a state now."""
        return self._is(self._name, state)

    def out_of(self, states: Sequence[str]) -> Tree:
        """That the lead was in one of some states."""
        if len(states) > 2:
            return trees.infix(self.known(self.before, states), "=", trees.ONE)
        former = trees.call("PRIORVALUE", self._name)
        return trees.some([self._is(former, state) for state in states])

    def _is(self, tree: Tree, state: str) -> Tree:
        if self.status.is_listed:
            return trees.call("ISPICKVAL", tree, trees.text(state))
        return trees.infix(tree, "=", trees.text(state))

    def known(self, status: Tree, states: Iterable[str]) -> Tree:
        """Return 1 where a status is one of some states, otherwise 0."""
        pairs = [part for state in states for part in (trees.text(state), trees.ONE)]
        return trees.call("CASE", status, *pairs, trees.ZERO)

    def forbidden(self, targets: Iterable[str]) -> Tree:
        """Return 0 where the status is one of some states, otherwise 1."""
        pairs = [part for state in targets for part in (trees.text(state), trees.ZERO)]
        return trees.call("CASE", self.now, *pairs, trees.ONE)
