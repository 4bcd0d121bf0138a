"""Atoms under changed facts: what they are worth, and how far away they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from math import inf
from typing import TypeAlias

from leadpolicy.backends.python import Raw
from leadpolicy.engine.cones import Cones
from leadpolicy.engine.goals import Atom
from leadpolicy.engine.missing.bounds import Least, Mask, ScoreBounds
from leadpolicy.engine.missing.knobs import Knob
from leadpolicy.engine.missing.what_if import Changes, WhatIf
from leadpolicy.engine.situation import Situation
from leadpolicy.expr.evaluate import evaluate
from leadpolicy.expr.negation import OPPOSITES
from leadpolicy.expr.nodes import Compare, Comparison, Literal, Node, Output
from leadpolicy.expr.simplify import MIRRORED
from leadpolicy.expr.traverse import walk
from leadpolicy.expr.types import Value
from leadpolicy.policy.checked import Number

Ahead: TypeAlias = dict[Atom, tuple[Least, Mask]]
"""For each atom that does not hold: the fewest changes it takes, and the knobs that can help."""


class AtomBounds:
    """The atoms of one goal over the knobs that can be turned."""

    def __init__(
        self,
        atoms: Sequence[Atom],
        bits: Mapping[Knob, Mask],
        what_if: WhatIf,
        cones: Cones,
    ) -> None:
        self._bits = bits
        self._cones = cones
        self._program = what_if.program
        self._checked = what_if.program.checked
        self._leaves = _knobs_by_leaf(bits)
        self.masks = {atom: self._mask(atom.node) for atom in atoms}
        self._asked = {atom: _outputs(atom.node) for atom in atoms}
        self._scores = {
            atom: test
            for atom in atoms
            if (test := score_test(atom)) is not None and test[0] in self._checked.scores
        }
        self._bounds = {name: self._score_bounds(name) for name, _, _ in self._scores.values()}
        self._remembered: dict[object, Value | None] = {}

    def values(self, changes: Changes, situation: Situation, raw: Raw) -> dict[int, Value | None]:
        """Return the value of every atom's node, by the id of the atom."""
        turned = [(self._bits[knob], value) for knob, value in changes.items()]
        return {
            id(atom): self._value(atom, mask, turned, situation, raw)
            for atom, mask in self.masks.items()
        }

    def _value(
        self,
        atom: Atom,
        mask: Mask,
        turned: Iterable[tuple[Mask, Value]],
        situation: Situation,
        raw: Raw,
    ) -> Value | None:
        outputs = {name: self._program.value(raw, name) for name in self._asked[atom]}
        changed = frozenset(item for item in turned if item[0] & mask)
        key = (atom, changed, tuple(outputs.values()))
        if key not in self._remembered:
            facts = situation.facts(self._checked, outputs)
            self._remembered[key] = evaluate(atom.node, facts)
        return self._remembered[key]

    def ahead(self, found: Mapping[int, bool | None], raw: Raw, free: Mask) -> Ahead:
        """Return how far every atom is from holding; 0 where it holds."""
        return {
            atom: (0, 0) if found[id(atom)] is True else self._far(atom, raw, free)
            for atom in self.masks
        }

    def _far(self, atom: Atom, raw: Raw, free: Mask) -> tuple[Least, Mask]:
        mask = self.masks[atom] & free
        if atom not in self._scores:
            return (1 if mask else inf), mask
        score, op, goal = self._scores[atom]
        fired = {item.line for item in self._program.fired(raw) if item.score == score}
        now: Number = self._program.value(raw, score)
        return self._bounds[score].least(op, goal, now, fired, mask)

    def _score_bounds(self, score: str) -> ScoreBounds:
        plan = self._checked.scores[score]
        masks = {line.id: self._mask(line.condition) for line in plan.lines}
        for line in plan.lines:
            masks[line.id] |= self._mask(line.per) if line.per is not None else 0
        return ScoreBounds(plan, masks)

    def _mask(self, node: Node) -> Mask:
        found = 0
        for leaf in self._cones.of(node):
            found |= self._leaves.get(leaf, 0)
        return found


def _knobs_by_leaf(bits: Mapping[Knob, Mask]) -> dict[Node, Mask]:
    found: dict[Node, Mask] = {}
    for knob, bit in bits.items():
        for leaf in (*knob.counts, *([knob.leaf] if knob.leaf is not None else [])):
            found[leaf] = found.get(leaf, 0) | bit
    return found


def _outputs(node: Node) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item.name for item in walk(node) if isinstance(item, Output)))


def score_test(atom: Atom) -> tuple[str, Comparison, Number] | None:
    """Return output, comparison and number of an atom that compares an output with a number."""
    match atom.node:
        case Compare(op=op, left=Output(name=name), right=Literal(value=int() | Decimal() as goal)):
            pass
        case Compare(op=op, left=Literal(value=int() | Decimal() as goal), right=Output(name=name)):
            op = MIRRORED[op]
        case _:
            return None
    return name, op if atom.positive else OPPOSITES[op], goal
