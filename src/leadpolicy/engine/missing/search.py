"""The search for the smallest changes that reach a target: sizes in order, none overlooked."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from leadpolicy.engine.missing.bounds import Mask
from leadpolicy.engine.missing.knobs import Knob
from leadpolicy.engine.missing.landscape import Landscape, View
from leadpolicy.engine.missing.what_if import Changes
from leadpolicy.expr.types import Value


@dataclass(frozen=True, slots=True)
class Found:
    """Changes that reach the target, fewest first; `complete` says that none was overlooked."""

    changes: tuple[Changes, ...]
    complete: bool


class _BudgetSpentError(Exception):
    """No looks are left."""


def smallest_changes(landscape: Landscape, *, limit: int, most: int, budget: int) -> Found:
    """Return changes of as few facts as possible, sizes in order until `limit` are found.

    No two of them change the same facts, and none changes all facts of another one. Changes of
    more than `most` facts are not looked for.
    """
    search = _Search(landscape, budget)
    try:
        complete = search.run(limit, most)
    except _BudgetSpentError:
        complete = False
    return Found(tuple(search.found.values()), complete)


class _Search:
    def __init__(self, landscape: Landscape, budget: int) -> None:
        self.found: dict[Mask, Changes] = {}
        self._landscape = landscape
        self._budget = budget
        self._views: dict[frozenset[tuple[Knob, Value]], View] = {}
        self._done: set[frozenset[tuple[Knob, Value]]] = set()
        self._more = False

    def run(self, limit: int, most: int) -> bool:
        """Search size by size; tell whether everything up to the last size was seen."""
        size = self._first_size()
        while size <= most and len(self.found) < limit:
            self._more = False
            self._done.clear()
            self._go({}, int(size))
            if not self._more:
                return True
            size += 1
        return len(self.found) >= limit or size == inf

    def _first_size(self) -> float:
        view = self._view({})
        return inf if view.reached else view.least

    def _go(self, changes: dict[Knob, Value], left: int) -> None:
        view = self._view(changes)
        if view.reached:
            self.found[self._landscape.mask(changes)] = dict(changes)
        elif view.least > left:
            self._more = self._more or view.least < inf
        else:
            for knob in self._landscape.knobs_in(view.ahead):
                self._turn(changes, knob, left)

    def _turn(self, changes: dict[Knob, Value], knob: Knob, left: int) -> None:
        for value in knob.values:
            next_changes = {**changes, knob: value}
            if self._is_covered(self._landscape.mask(next_changes)):
                return
            key = frozenset(next_changes.items())
            if key not in self._done:
                self._done.add(key)
                self._go(next_changes, left - 1)

    def _is_covered(self, mask: Mask) -> bool:
        return any(found & mask == found for found in self.found)

    def _view(self, changes: dict[Knob, Value]) -> View:
        key = frozenset(changes.items())
        if key not in self._views:
            if self._landscape.looks >= self._budget:
                raise _BudgetSpentError
            self._views[key] = self._landscape.view(changes)
        return self._views[key]
