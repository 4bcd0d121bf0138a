"""Why, and why not: what carries a state or output, and what stands in its way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from leadpolicy.engine.findings import Finding, findings
from leadpolicy.engine.goals import Goal, Need
from leadpolicy.engine.handbook import Handbook
from leadpolicy.engine.jsonready import plain
from leadpolicy.engine.situation import Reading
from leadpolicy.engine.targets import Target
from leadpolicy.engine.verdict import Verdict
from leadpolicy.expr.nodes import Output
from leadpolicy.expr.traverse import walk
from leadpolicy.expr.types import Value
from leadpolicy.policy.fields import Lang

Tell: TypeAlias = Callable[[Any, Lang], str]
"""Says an answer in a language."""


class Remark(StrEnum):
    """What has to be said of a state beside its conditions."""

    INITIAL = "initial"
    OUTRANKED = "outranked"
    BY_TRANSITION = "by_transition"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found about a target.

    `value` is that of an output, None for a state. The remark `initial` says that leads start in
    the state, `outranked` that the lead is eligible and `by` a later state wins, `by_transition`
    that only transitions lead to the state: then the findings are about their guards.
    """

    target: str
    verdict: Verdict
    value: Value | None
    findings: tuple[Finding, ...]
    remark: Remark | None
    by: str | None
    is_why: bool = field(repr=False)
    tell: Tell = field(repr=False, compare=False)

    def text(self, lang: Lang = "en") -> str:
        """Return the answer as lines to read."""
        return self.tell(self, lang)

    def __str__(self) -> str:
        return self.text()

    def to_dict(self) -> dict[str, object]:
        """Return the answer as JSON-ready data."""
        return {
            "target": self.target,
            "verdict": self.verdict.value,
            "value": plain(self.value),
            "remark": self.remark.value if self.remark else None,
            "by": self.by,
            "findings": [_finding_data(item) for item in self.findings],
        }


def _finding_data(item: Finding) -> dict[str, object]:
    return {
        "condition": item.condition,
        "verdict": item.verdict.value,
        "seen": {name: plain(value) for name, value in item.seen.items()},
        "through": list(item.through),
    }


class Questions:
    """Answers questions about one lead."""

    def __init__(self, handbook: Handbook, reading: Reading, state: str, tell: Tell) -> None:
        self._handbook = handbook
        self._checked = handbook.checked
        self._reading = reading
        self._state = state
        self._tell = tell

    def answer(self, target: Target, *, is_why: bool) -> Answer:
        """Return what carries a target, or what stands in its way; nothing if it is otherwise."""
        verdict, remark = self._standing(target)
        value = None if target.output is None else self._reading.outputs[target.name]
        found = tuple(self._found(target, is_why))
        by = self._state if remark is Remark.OUTRANKED else None
        return Answer(target.name, verdict, value, found, remark, by, is_why, self._tell)

    def _standing(self, target: Target) -> tuple[Verdict, Remark | None]:
        """Return whether a target is met, and what has to be said of a state."""
        outputs = self._reading.outputs
        if target.state is None:
            is_condition = bool(target.conditions)
            return Verdict.of(outputs[target.name] if is_condition else True), None
        if target.name == self._checked.initial:
            verdict, remark = Verdict.MET, Remark.INITIAL
        elif not target.conditions:
            return Verdict.NOT_MET, Remark.BY_TRANSITION
        else:
            verdict, remark = _weakest(outputs[name] for name in target.conditions), None
        outranked = verdict is Verdict.MET and target.name != self._state
        return verdict, Remark.OUTRANKED if outranked else remark

    def _found(self, target: Target, is_why: bool) -> Iterator[Finding]:
        for goal, within in self._goals(target):
            yield from findings(
                goal, self._reading, self._handbook.asking, met=is_why, within=within
            )

    def _goals(self, target: Target) -> Iterator[tuple[Goal, tuple[str, ...]]]:
        """Yield what must hold for a target, each with the named parts around it."""
        goals = self._handbook.goals
        if target.conditions:
            yield Need(len(target.conditions), tuple(map(goals.inside, target.conditions))), ()
        elif target.state is not None:
            for item in self._checked.transitions:
                if item.target == target.name and item.guard is not None:
                    yield goals.of(item.guard), ()
        else:
            for name in self._scores(target.name):
                way = (name,) if name == target.name else (target.name, name)
                for line in self._checked.scores[name].lines:
                    yield goals.of_node(line.condition), (*way, line.id)

    def _scores(self, output: str) -> Iterator[str]:
        nodes = {item.name: item.node for item in self._checked.outputs}
        waiting = [output]
        while waiting:
            name = waiting.pop()
            if name in self._checked.scores:
                yield name
            else:
                inner = (item.name for item in walk(nodes[name]) if isinstance(item, Output))
                waiting.extend(reversed(list(dict.fromkeys(inner))))


def _weakest(values: Iterator[Value | None]) -> Verdict:
    """Return the verdict of conditions that must all be met."""
    verdicts = {Verdict.of(value) for value in values}
    order = (Verdict.NOT_MET, Verdict.UNDECIDED, Verdict.MET)
    return next(verdict for verdict in order if verdict in verdicts)
