"""The decision as a text to read: state, points as a waterfall, criteria, obligations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from leadpolicy.backends.prose import Prose
from leadpolicy.engine.explain_words import EXPLAIN_WORDS, ExplainWords
from leadpolicy.engine.gates import closed_gates
from leadpolicy.engine.inputs import Ignored
from leadpolicy.engine.obligations import Obligation
from leadpolicy.engine.overrides import STATE, OverrideResult
from leadpolicy.engine.undecided import UndecidedRule
from leadpolicy.engine.verdict import Verdict
from leadpolicy.expr.nodes import Output
from leadpolicy.expr.types import Value
from leadpolicy.policy.checked import Number
from leadpolicy.policy.fields import Role

if TYPE_CHECKING:
    from leadpolicy.engine.decision import Decision


def explanation(decision: Decision, prose: Prose) -> str:
    """Return a decision as a block of lines, with two blanks in front of what belongs together."""
    return "\n".join(_Explanation(decision, prose).lines())


class _Explanation:
    def __init__(self, decision: Decision, prose: Prose) -> None:
        self._decision = decision
        self._prose = prose
        self._words: ExplainWords = EXPLAIN_WORDS[prose.lang]

    def lines(self) -> Iterator[str]:
        """Yield the whole text line by line."""
        yield from self._head()
        for score in self._decision.scores:
            yield from self._score(score)
        yield from self._block(self._words.criteria, self._criteria())
        yield from self._block(self._words.gates, self._gates())
        yield from self._block(self._words.obligations, self._obligations())
        yield from self._block(self._words.overrides, map(self._override, self._decision.overrides))
        yield from self._block(self._words.ignored, map(self._ignored, self._decision.ignored))

    @staticmethod
    def _block(title: str, lines: Iterable[str]) -> Iterator[str]:
        inside = tuple(lines)
        if inside:
            yield ""
            yield title
            yield from (f"  {line}" for line in inside)

    # ------------------------------------------------------------------------------- head
    def _head(self) -> Iterator[str]:
        made, prose = self._decision, self._prose
        rating = (prose.fact(Output("rating"), made.rating),) if made.rating else ()
        yield " · ".join((prose.names.state(made.state), *rating))
        policy = prose.quoted(prose.names.text(prose.policy.title))
        yield self._words.decided.format(
            at=prose.moment(made.at),
            policy=policy,
            name=made.policy,
            version=made.version,
            hash=made.content_hash[:12],
        )
        until = made.valid_until
        yield (
            self._words.valid_always
            if until is None
            else self._words.valid_until.format(at=prose.moment(until))
        )
        if made.effective_state != made.state:
            state = prose.quoted(prose.names.state(made.effective_state))
            yield self._words.effective.format(x=state)

    # ----------------------------------------------------------------------------- points
    def _score(self, score: str) -> Iterator[str]:
        made, prose = self._decision, self._prose
        total = prose.fact(Output(score), made.scores[score])
        grades = (prose.fact(Output(name), made.grades[name]) for name in self._grades(score))
        lines = [*self._points(score)]
        lines += [self._undecided(rule) for rule in made.undecided if rule.score == score]
        low, high = made.possible[score]
        if low != high:
            lines.append(self._words.possible.format(low=self._bound(low), high=self._bound(high)))
        yield from self._block(" · ".join((total, *grades)), lines)

    def _points(self, score: str) -> Iterator[str]:
        lines = [x for x in self._decision.lines if x.score == score and x.points]
        sizes = [len(self._prose.points(line.points)) for line in lines]
        for line, size in zip(lines, sizes, strict=True):
            said = self._prose.point_line(line.score, line.line, line.kind, line.points)
            yield " " * (max(sizes) - size) + said

    def _undecided(self, rule: UndecidedRule) -> str:
        plan = self._prose.checked.scores[rule.score]
        points = next(line.points for line in plan.lines if line.id == rule.line)
        because = self._prose.policy.scores[rule.score].rules[rule.line].because
        return self._words.undecided.format(
            points=self._prose.points(points),
            because=self._prose.names.text(because),
            facts=", ".join(map(self._prose.term, rule.leaves)),
        )

    def _bound(self, bound: Number | None) -> str:
        return self._words.endless if bound is None else self._prose.values.number(bound)

    def _grades(self, score: str) -> Iterator[str]:
        grades = self._prose.policy.grades
        return (name for name, grade in grades.items() if grade.of == score)

    # ------------------------------------------------------------------------- conditions
    def _criteria(self) -> Iterator[str]:
        made = self._decision
        for name, result in made.criteria.items():
            asked = made.handbook.asking.of_output(name)
            facts = [(leaf, made.reading.value(leaf)) for leaf in asked]
            said = self._prose.verdict(name, truth_of(result.verdict), facts)
            yield f"  {said}" if "." in name else said

    def _gates(self) -> Iterator[str]:
        for name, verdict in self._decision.gates.items():
            is_open = self._words.open if verdict is Verdict.MET else self._words.closed
            asked = self._decision.handbook.asking.of_output(name)
            facts = self._prose.facts((leaf, self._decision.reading.value(leaf)) for leaf in asked)
            yield f"{self._prose.names.output(name).title}: {is_open} ({facts})"
        yield self._objections()

    def _objections(self) -> str:
        made = self._decision
        state = next(x for x in made.handbook.checked.states if x.name == made.effective_state)
        closed = closed_gates(state, made.reading, made.handbook.checked)
        x = self._prose.quoted(self._prose.names.state(state.name))
        if not closed:
            return self._words.no_objection.format(x=x)
        return self._words.objects.format(x=x, v=self._named(closed))

    def _named(self, conditions: Iterable[str]) -> str:
        return ", ".join(self._prose.names.output(name).title for name in conditions)

    # ------------------------------------------------------------------------ obligations
    def _obligations(self) -> Iterator[str]:
        owed = self._decision.obligations
        yield from map(self._obligation, owed)
        if not owed and self._prose.policy.sla:
            yield self._words.nothing_owed

    def _obligation(self, item: Obligation) -> str:
        words, prose = self._words, self._prose
        said = (words.overdue if item.overdue else words.due).format(
            duty=words.duties[item.duty],
            who=prose.role(Role(item.owed_by)),
            at=prose.moment(item.due),
            within=prose.duration(item.within),
            since=prose.moment(item.since),
        )
        return said if not item.attempts else f"{said}, {words.attempts.format(n=item.attempts)}"

    def _override(self, item: OverrideResult) -> str:
        words, prose, said = self._words, self._prose, item.override
        text = words.override.format(
            of=words.state if said.of == STATE else prose.names.output(said.of).title,
            value=self._value(said.of, said.value),
            computed=self._value(said.of, item.computed),
            standing=words.standings[item.standing],
            who=prose.role(Role(said.by)),
            reason=said.reason,
        )
        blocked = (words.blocked_by.format(v=self._named(item.blocked_by)),)
        until = () if said.until is None else (words.until.format(at=prose.moment(said.until)),)
        return ", ".join((text, *until, *(blocked if item.blocked_by else ())))

    def _ignored(self, item: Ignored) -> str:
        words, prose, signal = self._words, self._prose, item.signal
        if item.gate is not None:
            reason = words.not_open.format(x=prose.names.output(item.gate).title)
        else:
            is_later = signal.occurred_at > self._decision.at
            reason = words.after if is_later else words.repeated
        return f"{prose.names.signal(signal.type)}, {prose.moment(signal.occurred_at)}: {reason}"

    def _value(self, of: str, value: Value | None) -> str:
        if of == STATE:
            return self._prose.quoted(self._prose.names.state(str(value)))
        return self._prose.value(Output(of), value)


def truth_of(verdict: Verdict) -> bool | None:
    """Return the truth value that a verdict stands for."""
    return None if verdict is Verdict.UNDECIDED else verdict is Verdict.MET
