"""A whole policy as one query: facts first, then outputs level by level."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlglot import exp

from leadpolicy.backends.base import Unsupported
from leadpolicy.backends.guarded import Formula, every
from leadpolicy.backends.relational import ast
from leadpolicy.backends.relational.ast import Tree
from leadpolicy.backends.relational.dialects.base import Dialect
from leadpolicy.backends.relational.facts import FACTS, KEY, Facts
from leadpolicy.backends.relational.layout import Layout
from leadpolicy.backends.relational.meaning import Meaning, Term, written
from leadpolicy.backends.relational.meanings import Meanings
from leadpolicy.backends.relational.results import carried, shown
from leadpolicy.backends.relational.signals import Step
from leadpolicy.backends.relational.source import Clock, Columns
from leadpolicy.backends.truths import Truth
from leadpolicy.expr.nodes import Output
from leadpolicy.policy.checked import CheckedPolicy, NamedOutput
from leadpolicy.policy.pipeline import references

RESULT_KEY = "key"
RESULT_STATE = "state"
_EVERY_ROW = (1 << 64) - 1


class Query:
    """The query that decides all leads of a database at one instant."""

    def __init__(
        self, checked: CheckedPolicy, dialect: Dialect, layout: Layout, at: datetime
    ) -> None:
        clock = Clock.of(at, checked.timezone)
        self._checked = checked
        self._dialect = dialect
        self._facts = Facts(checked, Columns(dialect, layout), clock)
        self._meanings = Meanings(dialect, self._facts, checked.lists, clock)
        self._found: dict[str, Meaning] = {}
        self._levels: list[dict[str, Tree]] = []
        self.unsupported: list[Unsupported] = []
        level_of: dict[str, int] = {}
        for item in checked.outputs:
            used = (level_of[name] for name in references(item.node))
            level_of[item.name] = 1 + max(used, default=-1)
            self._add(item, level_of[item.name])

    def _add(self, item: NamedOutput, level: int) -> None:
        meaning = self._found[item.name] = self._meanings.visit(item.node)
        self.unsupported += [
            Unsupported(item, refusal.node, refusal.reason) for refusal in self._meanings.refusals
        ]
        self._meanings.refusals.clear()
        self.unsupported += [Unsupported(item, item.node, r) for r in self._bad_name(item.name)]
        while len(self._levels) <= level:
            self._levels.append({})
        self._levels[level][item.name] = carried(meaning)
        self._facts.decided(item.name, meaning, item.type.kind)

    def _bad_name(self, name: str) -> Iterator[str]:
        if name in (RESULT_KEY, RESULT_STATE):
            yield f"`{name}` is the name of another column of the result"
        if len(name.encode()) > self._dialect.longest_name:
            yield f"its name is longer than the {self._dialect.longest_name} bytes of a column name"

    def text(self) -> str:
        """Return the query: a row for each lead with its key, all outputs and its state."""
        steps = list(self._steps())
        found = ast.query(self._results(), ast.table(steps[-1][0]))
        for name, query in steps:
            found = self._with_step(found, name, query)
        return self._dialect.sql(found, pretty=True)

    def _with_step(self, found: exp.Select, name: str, query: exp.Select) -> exp.Select:
        """Have each step worked out once: merged steps would repeat what they compute."""
        apart = self._dialect.keeps_steps_apart
        kept = query if apart else query.limit(_EVERY_ROW, copy=False)
        alias = exp.TableAlias(this=ast.name(name))
        return found.with_(alias, as_=kept, materialized=apart or None, copy=False)

    def _steps(self) -> Iterator[Step]:
        used = {
            column.name
            for level in self._levels
            for tree in level.values()
            for column in tree.find_all(exp.Column)
        }
        yield from self._facts.steps(used)
        previous = FACTS
        for number, level in enumerate(self._levels, 1):
            name = f"lp_step_{number}"
            yield name, ast.query(level, ast.table(previous), also=True)
            previous = name

    # ---------------------------------------------------------------------------- results
    def _results(self) -> Mapping[str, Tree]:
        outputs = {name: self._shown(name, meaning) for name, meaning in self._found.items()}
        return {RESULT_KEY: ast.column(KEY), **outputs, RESULT_STATE: self._state()}

    def _shown(self, name: str, meaning: Meaning) -> Tree:
        tree = ast.column(name)
        if isinstance(meaning, Truth):
            return tree
        return shown(tree, meaning.kind, meaning.scale, self._dialect)

    def _state(self) -> Tree:
        """Return the last eligible state in declared order."""
        branches: list[tuple[Tree, Tree]] = []
        initial = self._dialect.text_literal(self._checked.initial)
        for state in reversed(self._checked.states):
            if state.name == self._checked.initial:
                break
            if state.entry is not None:
                asked = [self._holds(name) for name in (state.entry, state.stay) if name]
                literal = self._dialect.text_literal(state.name)
                branches.append((written(every(asked)), literal))
        return ast.case(branches, initial) if branches else initial

    def _holds(self, name: str) -> Formula:
        meaning = self._facts.output(Output(name))
        if isinstance(meaning, Term):
            raise TypeError(f"`{name}` is no condition")
        return meaning.holds
