"""The landscape of a question: for any changes, is the target reached, and what lies ahead?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import TypeAlias

from leadpolicy.backends.python import Raw
from leadpolicy.engine.cones import Cones
from leadpolicy.engine.goals import Atom, Goal, Need, atoms_of, in_order, truths
from leadpolicy.engine.missing.atom_bounds import AtomBounds
from leadpolicy.engine.missing.bounds import Least, Mask
from leadpolicy.engine.missing.knobs import Knob
from leadpolicy.engine.missing.what_if import Changes, WhatIf

Accept: TypeAlias = Callable[[Raw], bool]
Far: TypeAlias = tuple[Least, Mask]


@dataclass(frozen=True, slots=True)
class View:
    """What is seen after some changes.

    `least` is how many further changes it takes at least; every way to the target has one of the
    knobs `ahead` in it.
    """

    reached: bool
    least: Least = 0
    ahead: Mask = 0


class Landscape:
    """Looks at changed facts by the real program, and at the goal to see what is still needed."""

    def __init__(
        self, goal: Goal, knobs: Sequence[Knob], what_if: WhatIf, cones: Cones, accept: Accept
    ) -> None:
        self.knobs = knobs
        self.looks = 0
        self._goal = goal
        self._what_if = what_if
        self._accept = accept
        self._order = in_order(goal)
        self._bits = {knob: 1 << index for index, knob in enumerate(knobs)}
        self._all = (1 << len(knobs)) - 1
        self._atoms = AtomBounds(tuple(atoms_of(self._order)), self._bits, what_if, cones)
        self._masks = self._goal_masks()

    def accepts(self, changes: Changes) -> bool:
        """Tell whether the target is reached with the changes."""
        self.looks += 1
        return self._accept(self._what_if.run(changes)[1])

    def mask(self, changes: Changes) -> Mask:
        """Return the knobs that were turned."""
        return sum(self._bits[knob] for knob in changes)

    def knobs_in(self, mask: Mask) -> tuple[Knob, ...]:
        """Return the knobs of a set, in their order."""
        return tuple(knob for knob, bit in self._bits.items() if bit & mask)

    def view(self, changes: Changes) -> View:
        """Return what is seen after the changes; no knob is turned twice."""
        self.looks += 1
        situation, raw = self._what_if.run(changes)
        if self._accept(raw):
            return View(reached=True)
        free = self._all & ~self.mask(changes)
        found = truths(self._order, self._atoms.values(changes, situation, raw))
        ahead = {id(atom): far for atom, far in self._atoms.ahead(found, raw, free).items()}
        for goal in self._order:
            if isinstance(goal, Need):
                ahead[id(goal)] = self._ahead(goal, found, ahead, free)
        return View(False, *ahead[id(self._goal)])

    def _goal_masks(self) -> dict[int, Mask]:
        masks: dict[int, Mask] = {}
        for goal in self._order:
            if isinstance(goal, Atom):
                masks[id(goal)] = self._atoms.masks[goal]
            else:
                masks[id(goal)] = _union(masks[id(part)] for part in goal.parts)
        return masks

    def _ahead(
        self, goal: Need, found: Mapping[int, bool | None], ahead: Mapping[int, Far], free: Mask
    ) -> Far:
        """Return the fewest changes that could meet a need, and knobs of which one must turn."""
        unmet = [part for part in goal.parts if found[id(part)] is not True]
        lacking = goal.count - (len(goal.parts) - len(unmet))
        if lacking <= 0:
            return 0, 0
        if lacking > len(unmet):
            return inf, 0
        ranked = sorted(unmet, key=lambda part: ahead[id(part)][0])
        least = ahead[id(ranked[lacking - 1])][0]
        if lacking < len(unmet):
            return least, _union(ahead[id(part)][1] for part in unmet)
        smallest = min((ahead[id(part)][1] for part in unmet), key=int.bit_count)
        return max(least, self._apart(ranked, ahead, free)), smallest

    def _apart(self, parts: Sequence[Goal], ahead: Mapping[int, Far], free: Mask) -> Least:
        """Return what parts take together that have no knob in common."""
        total: Least = 0
        taken: Mask = 0
        for part in reversed(parts):
            mask = self._masks[id(part)] & free
            if not mask & taken:
                total, taken = total + ahead[id(part)][0], taken | mask
        return total


def _union(masks: Iterable[Mask]) -> Mask:
    found = 0
    for mask in masks:
        found |= mask
    return found
