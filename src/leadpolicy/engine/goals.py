"""Conditions as goals: what must hold, down to the atoms, with every negation at an atom.

A goal needs a number of its parts: all of them for `and`, one for `or`. Goals share what they
have in common, and nothing here recurses, so named conditions may build on each other at will.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from leadpolicy.engine.graded import Branch, branches_of
from leadpolicy.expr.nodes import And, AtLeast, Node, Not, Or, Output
from leadpolicy.expr.traverse import bottom_up
from leadpolicy.expr.types import Kind, Value
from leadpolicy.policy.checked import CheckedPolicy, NamedOutput, OutputKind


@dataclass(frozen=True, slots=True, eq=False)
class Atom:
    """A condition without parts that must be true, or false where not `positive`."""

    node: Node
    positive: bool

    @property
    def condition(self) -> Node:
        """The condition as one that must be true."""
        return self.node if self.positive else Not(self.node)


@dataclass(frozen=True, slots=True, eq=False)
class Need:
    """At least `count` of the parts must hold; `name` is the output that says so."""

    count: int
    parts: tuple[Goal, ...]
    name: str | None = None


Goal: TypeAlias = Atom | Need
Pair: TypeAlias = tuple[Goal, Goal]
"""What must hold for a condition to be true, and what for it to be false."""


_GRADED: Final = frozenset({OutputKind.GRADE, OutputKind.RATING})


class Goals:
    """The goals of a policy's conditions; with `graded` those about grades reach their scores."""

    def __init__(self, checked: CheckedPolicy, *, graded: bool = False) -> None:
        self._conditions: dict[str, Pair] = {}
        self._inside: dict[str, Goal] = {}
        self._grades = {
            item.name: item.node for item in checked.outputs if graded and item.kind in _GRADED
        }
        for item in checked.outputs:
            if item.type.kind is Kind.FLAG:
                self._conditions[item.name] = self._named(item)

    def of(self, output: str) -> Goal:
        """Return what must hold for an output that is a condition; KeyError for others."""
        return self._conditions[output][0]

    def inside(self, output: str) -> Goal:
        """Return the same without the output's own name around it."""
        return self._inside[output]

    def of_node(self, node: Node) -> Goal:
        """Return what must hold for a condition."""
        return bottom_up(node, self._pair)[0]

    def _named(self, item: NamedOutput) -> Pair:
        holds, fails = bottom_up(item.node, self._pair)
        self._inside[item.name] = holds
        return Need(1, (holds,), item.name), Need(1, (fails,), item.name)

    def _pair(self, node: Node, parts: Sequence[Pair]) -> Pair:
        match node:
            case And():
                return _at_least(len(parts), parts)
            case Or():
                return _at_least(1, parts)
            case AtLeast():
                return _at_least(node.count, parts)
            case Not():
                return parts[0][1], parts[0][0]
            case Output() if node.name in self._conditions:
                return self._conditions[node.name]
            case _:
                return self._graded(node) or (Atom(node, True), Atom(node, False))

    def _graded(self, node: Node) -> Pair | None:
        branches = branches_of(node, self._grades)
        if branches is None:
            return None
        pairs = [bottom_up(branch.condition, self._pair) for branch in branches]
        return _one_of(branches, pairs, True), _one_of(branches, pairs, False)


def _at_least(count: int, parts: Sequence[Pair]) -> Pair:
    holds, fails = zip(*parts, strict=True) if parts else ((), ())
    return Need(count, tuple(holds)), Need(len(parts) - count + 1, tuple(fails))


def _one_of(branches: Sequence[Branch], pairs: Sequence[Pair], wanted: bool) -> Goal:
    """Return that the first branch that holds is one of those wanted."""
    ways: list[Goal] = []
    for branch, (holds, _) in zip(branches, pairs, strict=True):
        if branch.wanted is wanted:
            fails = [pairs[index][1] for index in branch.before]
            ways.append(Need(len(fails) + 1, (holds, *fails)) if fails else holds)
    return Need(1, tuple(ways))


def in_order(goal: Goal) -> tuple[Goal, ...]:
    """Return the goal and everything inside it, each once, parts before what they are part of."""
    done: dict[int, Goal] = {}
    waiting: list[tuple[Goal, bool]] = [(goal, False)]
    while waiting:
        current, ready = waiting.pop()
        if id(current) in done:
            continue
        if ready or isinstance(current, Atom):
            done[id(current)] = current
        else:
            waiting.append((current, True))
            waiting.extend((part, False) for part in reversed(current.parts))
    return tuple(done.values())


def truths(order: Iterable[Goal], atoms: Mapping[int, Value | None]) -> dict[int, bool | None]:
    """Return for every goal, by id, whether it holds; `atoms` has the value of each atom's node."""
    found: dict[int, bool | None] = {}
    for goal in order:
        if isinstance(goal, Atom):
            value = atoms[id(goal)]
            found[id(goal)] = None if value is None else (value is True) is goal.positive
        else:
            parts = [found[id(part)] for part in goal.parts]
            met, unknown = parts.count(True), parts.count(None)
            reached = met >= goal.count
            found[id(goal)] = reached or (None if met + unknown >= goal.count else False)
    return found


def atoms_of(order: Iterable[Goal]) -> Iterator[Atom]:
    """Yield the atoms among some goals."""
    return (goal for goal in order if isinstance(goal, Atom))
