"""Answers what is missing: knobs, landscape and search put together for one question."""

from __future__ import annotations

from collections.abc import Iterable

from leadpolicy.backends.python import Raw
from leadpolicy.engine.goals import Goal, Need
from leadpolicy.engine.handbook import Handbook
from leadpolicy.engine.missing.knobs import FactKind, Knob, attribute_knobs, consent_knobs
from leadpolicy.engine.missing.landscape import Landscape
from leadpolicy.engine.missing.needed import needed_condition
from leadpolicy.engine.missing.result import MOST_FACTS, Fact, Missing, MissingSet
from leadpolicy.engine.missing.search import smallest_changes
from leadpolicy.engine.missing.signal_knobs import signal_knobs
from leadpolicy.engine.missing.what_if import Changes, WhatIf
from leadpolicy.engine.situation import Reading
from leadpolicy.engine.targets import Target
from leadpolicy.engine.why import Tell
from leadpolicy.expr.nodes import Output
from leadpolicy.expr.types import Value
from leadpolicy.expr.unparse import unparse


class Lacking:
    """One question about one lead: what would it take to reach a target?"""

    def __init__(
        self,
        handbook: Handbook,
        what_if: WhatIf,
        reading: Reading,
        target: Target,
        tell: Tell,
    ) -> None:
        self._handbook = handbook
        self._what_if = what_if
        self._target = target
        self._at = what_if.base.at
        self._tell = tell
        self._landscape = Landscape(
            self._goal(), self._knobs(reading), what_if, handbook.cones, self._reached
        )

    def answer(self, *, limit: int, budget: int) -> Missing:
        """Return up to `limit` sets of facts, after looking at no more than `budget` leads."""
        if self._landscape.accepts({}):
            return self._told((), met=True, exhaustive=True)
        found = smallest_changes(self._landscape, limit=limit, most=MOST_FACTS, budget=budget)
        exact = found.complete and all(knob.exact for knob in self._landscape.knobs)
        chosen = self._ranked(found.changes)[:limit]
        sets = tuple(self._set(changes) for changes in chosen)
        return self._told(sets, met=False, exhaustive=exact)

    def _told(self, sets: tuple[MissingSet, ...], *, met: bool, exhaustive: bool) -> Missing:
        looks = self._landscape.looks
        return Missing(self._target.name, met, sets, exhaustive, looks, self._tell)

    def _goal(self) -> Goal:
        goals = [self._handbook.graded_goals.of(name) for name in self._target.conditions]
        return Need(len(goals), tuple(goals))

    def _knobs(self, reading: Reading) -> list[Knob]:
        checked, partition = self._handbook.checked, self._handbook.partition
        cones = [self._handbook.cones.of(Output(name)) for name in self._target.conditions]
        wanted = tuple(dict.fromkeys(leaf for cone in cones for leaf in cone))
        return [
            *attribute_knobs(checked, partition, reading, wanted),
            *consent_knobs(checked, partition, reading, wanted),
            *signal_knobs(checked, partition, reading, wanted),
        ]

    def _reached(self, raw: Raw) -> bool:
        program = self._what_if.program
        if self._target.state is not None:
            return self._target.name in program.eligible(raw)
        return program.value(raw, self._target.conditions[0]) is True

    def _ranked(self, found: Iterable[Changes]) -> list[Changes]:
        """Return fewest facts first, then those that only fill unknowns, then in knob order."""
        order = {knob: index for index, knob in enumerate(self._landscape.knobs)}

        def rank(changes: Changes) -> tuple[int, int, int, list[int]]:
            known = sum(not knob.is_unknown for knob in changes)
            details = sum(len(knob.properties) for knob in changes)
            return len(changes), known, details, [order[knob] for knob in changes]

        told: dict[frozenset[str], Changes] = {}
        for changes in sorted(found, key=rank):
            told.setdefault(frozenset(knob.signal or knob.subject for knob in changes), changes)
        return list(told.values())

    def _set(self, changes: Changes) -> MissingSet:
        lean = self._fewest_signals(dict(changes))
        facts = tuple(self._fact(knob, lean) for knob in self._landscape.knobs if knob in lean)
        state = self._what_if.program.state(self._what_if.run(lean)[1])
        complete = self._target.state is None or state == self._target.name
        return MissingSet(facts, state, complete)

    def _fewest_signals(self, changes: dict[Knob, Value]) -> dict[Knob, Value]:
        for knob, value in changes.items():
            if knob.kind is FactKind.SIGNAL and isinstance(value, int):
                counts = range(1, value)
                enough = (n for n in counts if self._landscape.accepts({**changes, knob: n}))
                changes = {**changes, knob: next(enough, value)}
        return changes

    def _fact(self, knob: Knob, changes: Changes) -> Fact:
        witness = changes[knob]
        if knob.cells is None:
            needed = f"{witness} more"
            return Fact(knob.kind, knob.subject, knob.now, needed, witness, knob.owner, None, None)
        does = lambda value: self._landscape.accepts({**changes, knob: value})  # noqa: E731
        condition = needed_condition(knob.cells, self._handbook.partition, self._at, does)
        text = unparse(condition)
        head = (knob.kind, knob.subject, knob.now, text, witness, knob.owner)
        return Fact(*head, condition, knob.leaf)
