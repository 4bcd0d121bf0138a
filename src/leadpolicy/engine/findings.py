"""Findings: the atoms that carry a condition, or that stand in its way, with the values seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from leadpolicy.engine.asking import Asking
from leadpolicy.engine.goals import Atom, Goal, atoms_of, in_order, truths
from leadpolicy.engine.jsonready import plain
from leadpolicy.engine.situation import Reading
from leadpolicy.engine.verdict import Verdict
from leadpolicy.expr.nodes import Node
from leadpolicy.expr.types import Value
from leadpolicy.expr.unparse import unparse


@dataclass(frozen=True, slots=True)
class Finding:
    """One condition without parts: its verdict, the values seen and the named parts around it.

    `through` runs from the outside to the inside, for example `("sql", "budget_ready")`.
    """

    node: Node = field(repr=False)
    verdict: Verdict
    facts: tuple[tuple[Node, Value | None], ...] = field(repr=False)
    through: tuple[str, ...]

    @property
    def condition(self) -> str:
        """The condition as text."""
        return unparse(self.node)

    @property
    def seen(self) -> Mapping[str, Value | None]:
        """The value of every fact, score and grade that the condition asks for."""
        return MappingProxyType({unparse(node): value for node, value in self.facts})


def findings(
    goal: Goal, reading: Reading, asking: Asking, *, met: bool, within: tuple[str, ...] = ()
) -> Iterator[Finding]:
    """Yield the atoms that are as a met goal needs them, or those that an unmet one lacks."""
    order = in_order(goal)
    found = truths(order, {id(atom): reading.value(atom.node) for atom in atoms_of(order)})
    waiting: list[tuple[Goal, tuple[str, ...]]] = [(goal, within)]
    told: set[int] = set()
    while waiting:
        current, through = waiting.pop()
        if (found[id(current)] is True) is not met or id(current) in told:
            continue
        told.add(id(current))
        if isinstance(current, Atom):
            yield _finding(current, found[id(current)], through, reading, asking)
        else:
            inner = (*through, current.name) if current.name else through
            waiting.extend((part, inner) for part in reversed(current.parts))


def _finding(
    atom: Atom, truth: bool | None, through: tuple[str, ...], reading: Reading, asking: Asking
) -> Finding:
    condition = atom.condition
    facts = tuple((item, reading.value(item)) for item in asking.of(condition))
    return Finding(condition, Verdict.of(truth), facts, through)


def one_line(found: Iterable[Finding]) -> str:
    """Return conditions with their verdicts and the values seen, on one line."""
    return "; ".join(_told(item) for item in found)


def _told(item: Finding) -> str:
    values = "".join(f", {name} = {plain(value)}" for name, value in item.seen.items())
    return f"{item.condition}: {item.verdict.value.replace('_', ' ')}{values}"
