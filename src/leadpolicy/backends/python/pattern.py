"""The pattern of a decision: one bit for everything that facts must say, and what follows from it.

A decision has two stages. The first looks at the facts and sets the bits of the pattern. The
second works out scores, grades, conditions and states; it sees nothing but the pattern, so its
result can be remembered. Numbers that a pattern cannot hold (points per counted signal, say) are
*volatile*: the first stage works them out itself, and with them every output that they need
(*early* outputs).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, TypeAlias

from leadpolicy.backends.guarded import (
    Always,
    Atom,
    Choice,
    Enough,
    Every,
    Formula,
    Some,
    atoms,
    every,
    parts,
    some,
)
from leadpolicy.backends.python.outputs import OutputFormulas, output_formulas
from leadpolicy.backends.python.sources import look_up_sources, source_of
from leadpolicy.expr.nodes import Aggregate, Attribute, ConsentStatus, Node, Output
from leadpolicy.expr.traverse import walk
from leadpolicy.policy.checked import CheckedPolicy


class Stage(Enum):
    """Who decides a formula that no single source decides."""

    FACTS = "facts"
    OUTPUTS = "outputs"
    BOTH = "both"


Home: TypeAlias = Node | Stage
"""The one source (a text, choice or consent status) that decides a formula, or a stage."""


@dataclass(frozen=True, slots=True, eq=False)
class Bit(Formula):
    """One bit of the pattern: set where `formula` holds, by a look at `home` alone."""

    formula: Formula
    home: Home


_FACTS: Final = (Attribute, Aggregate, ConsentStatus)
_LATER: Final = (Stage.OUTPUTS, Stage.BOTH)


class Pattern:
    """The bits of a policy, and its outputs in terms of bits and of other outputs."""

    def __init__(self, checked: CheckedPolicy) -> None:
        self.bits: dict[Formula, Bit] = {}
        self.volatile: set[str] = set()
        self.early: set[str] = set()
        found = output_formulas(checked)
        self._sources = look_up_sources(found, checked.vocabulary)
        self.outputs = tuple(self._by_bits(item) for item in found)
        self._close_early()

    def _by_bits(self, item: OutputFormulas) -> OutputFormulas:
        if any(line.per is not None for line in item.lines) or self._needs_facts(item.values):
            self.volatile.add(item.name)
        return replace(
            item,
            holds=self._split(item.holds),
            fails=self._split(item.fails),
            tests=tuple(self._split(test) for test in item.tests),
        )

    def _needs_facts(self, terms: Iterable[Node]) -> bool:
        return any(
            isinstance(node, _FACTS) or (isinstance(node, Output) and node.name in self.volatile)
            for term in terms
            for node in walk(term)
        )

    def _close_early(self) -> None:
        for item in reversed(self.outputs):
            if item.name in self.early or item.name in self.volatile:
                self.early |= item.references()
        self.early -= self.volatile

    # --------------------------------------------------------------------------- splitting
    def _split(self, formula: Formula) -> Formula:
        """Replace the largest parts that one source or the facts decide by bits."""
        if isinstance(formula, Always):
            return formula
        home = self._home(formula)
        if home not in _LATER:
            return self._bit(formula, home)
        match formula:
            case Every(items=items):
                return every(self._grouped(items, Every))
            case Some(items=items):
                return some(self._grouped(items, Some))
            case Enough(count=count, items=items):
                return Enough(count, tuple([self._split(item) for item in items]))
            case Choice(branches=branches, otherwise=otherwise):
                pairs = [(self._split(test), self._split(value)) for test, value in branches]
                return Choice(tuple(pairs), self._split(otherwise))
            case _:
                return formula

    def _grouped(
        self, items: Iterable[Formula], join: Callable[[tuple[Formula, ...]], Formula]
    ) -> Iterator[Formula]:
        """Split the items of a connective; those of one home become one bit."""
        groups: dict[Home, list[Formula]] = {}
        for item in items:
            home = self._home(item)
            if home in _LATER:
                yield self._split(item)
            else:
                groups.setdefault(home, []).append(item)
        for home, group in groups.items():
            ranked = sorted(group, key=_effort)
            yield self._bit(group[0] if len(group) == 1 else join(tuple(ranked)), home)

    def _bit(self, formula: Formula, home: Home) -> Bit:
        found = self.bits.get(formula)
        if found is None:
            found = self.bits[formula] = Bit(formula, home)
            if home is Stage.FACTS:
                self.early.update(_outputs(atom.node for atom in atoms(formula)))
        return found

    def _home(self, formula: Formula) -> Home:
        if isinstance(formula, Atom):
            return self._home_of_atom(formula.node)
        homes = {self._home(part) for part in parts(formula) if not isinstance(part, Always)}
        return homes.pop() if len(homes) == 1 else Stage.BOTH

    def _home_of_atom(self, node: Node) -> Home:
        if isinstance(node, Output):
            return Stage.OUTPUTS
        source = source_of(node)
        if source is not None and source in self._sources:
            return source
        if any(True for _ in _outputs((node,))) and not self._needs_facts((node,)):
            return Stage.OUTPUTS
        return Stage.FACTS


def _effort(formula: Formula) -> int:
    """Rank flags before other atoms and those before connectives: what is quick comes first."""
    if not isinstance(formula, Atom):
        return 2
    return int(not isinstance(formula.node, Attribute))


def _outputs(nodes: Iterable[Node]) -> Iterator[str]:
    for node in nodes:
        for inner in walk(node):
            if isinstance(inner, Output):
                yield inner.name
