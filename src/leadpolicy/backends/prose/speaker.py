"""The prose backend: every rule, criterion and decision as a sentence, in German and English.

What a sentence speaks about is called by the policy's own titles, units and labels; `Prose` adds
the words in between. Every text stands on one line.

>>> from leadpolicy.documents.read import read
>>> prose = Prose(read("policies/b2b-de").require(), "en")
>>> prose.score_rule("fit", "employees_50_or_more")
'+30 points: 50 employees or more, if Employees at least 50 people.'
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from leadpolicy.backends.prose.lifecycle import LifecycleProse
from leadpolicy.backends.prose.values import one_line
from leadpolicy.expr.nodes import Node, Output
from leadpolicy.expr.types import Value
from leadpolicy.policy.checked import Number
from leadpolicy.policy.policy import Describes


class Prose(LifecycleProse):
    """Speaks about one policy in one language; raises ValueError for a language it lacks."""

    def part(self, section: str, name: str) -> str:
        """Return the sentence about any named part; KeyError where there is none.

        Parts of a kind that prose does not know say themselves what they mean.
        """
        part = dict(self.policy.sections())[section][name]
        said = self._sections().get(section)
        if said is not None:
            return said(name)
        return one_line(part.describe(self.lang)) if isinstance(part, Describes) else name

    def _sections(self) -> Mapping[str, Callable[[str], str]]:
        return {
            "signals": self.signal,
            "purposes": self.purpose,
            "gates": self.gate,
            "lists": self.list,
            "criteria": self.criterion,
            "scores": self.score,
            "grades": self.grade,
            "readiness": self.readiness,
            "states": self.state,
            "transitions": self.transition,
            "sla": self.sla,
        }

    def verdict(
        self, of: Node | str, truth: bool | None, facts: Iterable[tuple[Node, Value | None]] = ()
    ) -> str:
        """Return whether a condition, or an output by name, is met; None is undecided.

        `facts` are what was seen of it: expressions with their values.
        """
        x = self.term(Output(of)) if isinstance(of, str) else self.condition(of)
        said = f"{x}: {self.words.truths[truth]}"
        seen = self.facts(facts)
        return f"{said} ({seen})" if seen else said

    def point_line(self, score: str, line: str | None, kind: str, points: Number) -> str:
        """Return one line of the additive explanation of a score.

        `kind` is base, rule, decay, limit, group, bound or rounding; `line` is the rule or group.
        """
        return f"{self.points(points)}: {self._origin(score, line or '', kind)}"

    def _origin(self, score: str, line: str, kind: str) -> str:
        part = self.policy.scores[score]
        if kind == "rule":
            return self.names.text(part.rules[line].because)
        known = self.words.lines[kind]
        if kind == "group":
            return known.format(x=self.quoted(self.group(score, line)))
        if line in part.rules:
            return f"{known}: {self.names.text(part.rules[line].because)}"
        return known

    def decision(self, at: datetime, state: str, outputs: Mapping[str, Value | None]) -> str:
        """Return in which state a lead is at an instant, with some outputs and their values."""
        said = [self.words.in_state.format(x=self.quoted(self.names.state(state)))]
        said += [self.fact(Output(name), value) for name, value in outputs.items()]
        return self.words.decision.format(at=self.moment(at), v="; ".join(said))
