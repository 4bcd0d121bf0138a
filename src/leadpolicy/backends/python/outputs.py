"""The outputs of a policy as formulas: when a condition holds or fails, when a line fires."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from leadpolicy.backends.guarded import FALSE, Formula, atoms, met
from leadpolicy.expr.nodes import Case, Node, Output
from leadpolicy.expr.traverse import walk
from leadpolicy.expr.types import Kind
from leadpolicy.policy.checked import CheckedPolicy, Line, NamedOutput, ScorePlan


@dataclass(frozen=True, slots=True)
class OutputFormulas:
    """One output: a condition, a score or another value.

    A condition has `holds` and, where something asks for it, `fails`. A score has one of `tests`
    for each line of its plan. Another value is the one of `values` beside the first of `tests`
    that holds; its last value has no test.
    """

    output: NamedOutput
    holds: Formula = FALSE
    fails: Formula = FALSE
    tests: tuple[Formula, ...] = ()
    values: tuple[Node, ...] = ()
    plan: ScorePlan | None = None

    @property
    def name(self) -> str:
        """The name of the output."""
        return self.output.name

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines of a score."""
        return self.plan.lines if self.plan else ()

    @property
    def is_condition(self) -> bool:
        """Whether the output is true, false or unknown."""
        return self.output.type.kind is Kind.FLAG

    def references(self) -> frozenset[str]:
        """Return the names of the outputs that this one is made of."""
        if self.plan is None:
            return frozenset(names_in([self.output.node]))
        conditions = (line.condition for line in self.lines)
        return frozenset(names_in([*conditions, *(line.per for line in self.lines if line.per)]))


def names_in(nodes: Iterable[Node]) -> list[str]:
    """Return the names of all outputs that occur in expressions."""
    inside = chain.from_iterable(walk(node) for node in nodes)
    return [node.name for node in inside if isinstance(node, Output)]


def output_formulas(checked: CheckedPolicy) -> tuple[OutputFormulas, ...]:
    """Return the formulas of every output, in dependency order."""
    asked_for_failure: set[str] = set()
    found: list[OutputFormulas] = []
    for output in reversed(checked.outputs):
        item = _formulas(output, checked.scores.get(output.name), output.name in asked_for_failure)
        asked_for_failure.update(_failures_used(item))
        found.append(item)
    return tuple(reversed(found))


def _formulas(output: NamedOutput, plan: ScorePlan | None, asked: bool) -> OutputFormulas:
    node = output.node
    if plan is not None:
        tests = tuple([met(line.condition) for line in plan.lines])
        return OutputFormulas(output, tests=tests, plan=plan)
    if output.type.kind is Kind.FLAG:
        return OutputFormulas(output, met(node), met(node, False) if asked else FALSE)
    if isinstance(node, Case):
        tests = tuple([met(test) for test, _ in node.branches])
        values = (*(value for _, value in node.branches), node.otherwise)
        return OutputFormulas(output, tests=tests, values=values)
    return OutputFormulas(output, values=(node,))


def _failures_used(item: OutputFormulas) -> Iterable[str]:
    """Yield the conditions whose failure an output asks for; inside terms, all three values."""
    for formula in (item.holds, item.fails, *item.tests):
        for atom in atoms(formula):
            if not isinstance(atom.node, Output):
                yield from names_in([atom.node])
            elif not atom.wanted:
                yield atom.node.name
    yield from names_in(item.values)
    yield from names_in(line.per for line in item.lines if line.per is not None)
