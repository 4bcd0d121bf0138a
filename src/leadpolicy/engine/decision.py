"""The decision about one lead: what came out, and on request why, why not and until when."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import takewhile
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from leadpolicy.backends.python import Raw, Row, SignalsByType
from leadpolicy.backends.python.lines import Fired, PointLine
from leadpolicy.engine.asking import seen, unknown
from leadpolicy.engine.digest import inputs_digest
from leadpolicy.engine.findings import one_line
from leadpolicy.engine.given import NOTHING_MORE, Given
from leadpolicy.engine.handbook import Handbook
from leadpolicy.engine.horizon import first_change
from leadpolicy.engine.inputs import Ignored
from leadpolicy.engine.missing.lacking import Lacking
from leadpolicy.engine.missing.result import BUDGET, Missing
from leadpolicy.engine.missing.what_if import WhatIf
from leadpolicy.engine.obligations import Obligation, obligations
from leadpolicy.engine.once import once
from leadpolicy.engine.overrides import STATE, OverrideResult, Standing, standings
from leadpolicy.engine.possible import Range, possible_range
from leadpolicy.engine.situation import Reading, Situation
from leadpolicy.engine.undecided import UndecidedRule, undecided_rules
from leadpolicy.engine.verdict import CriterionResult, Verdict
from leadpolicy.engine.why import Answer, Questions
from leadpolicy.expr.types import Value
from leadpolicy.policy.checked import Number, OutputKind
from leadpolicy.policy.fields import Lang

if TYPE_CHECKING:
    from leadpolicy.engine.lead_policy import LeadPolicy

CRITERIA: Final = (OutputKind.CRITERION, OutputKind.READINESS, OutputKind.DIMENSION)


class Decision:
    """One lead decided at one instant by one policy; made by `LeadPolicy.decide`.

    Everything beyond the bare result is worked out when it is asked for.
    """

    __slots__ = ("_consents", "_given", "_memo", "_policy", "_raw", "_row", "_signals", "at")

    def __init__(
        self,
        policy: LeadPolicy,
        raw: Raw,
        row: Row,
        signals: SignalsByType,
        consents: Mapping[tuple[str, str], str],
        at: datetime,
        given: Given = NOTHING_MORE,
    ) -> None:
        self._policy = policy
        self._raw = raw
        self._row = row
        self._signals = signals
        self._consents = consents
        self.at = at
        self._given = given
        self._memo: dict[str, Any] | None = None

    # -------------------------------------------------------------------------- the result
    @property
    def state(self) -> str:
        """The state that facts alone put the lead in: the last one it is eligible for."""
        return self._policy.program.state(self._raw)

    @property
    def eligible(self) -> tuple[str, ...]:
        """Every state the lead is eligible for, in declared order."""
        return self._policy.program.eligible(self._raw)

    @once
    def effective_state(self) -> str:
        """The state with overrides: the one in force, or the computed one."""
        return str(self.effective.get(STATE, self.state))

    @once
    def scores(self) -> Mapping[str, Number]:
        """Every score by name."""
        return self._values(OutputKind.SCORE)

    @once
    def grades(self) -> Mapping[str, str]:
        """Every grade by name."""
        return self._values(OutputKind.GRADE)

    @property
    def rating(self) -> str | None:
        """The rating, for example `A1`; None where the policy has none."""
        return self._values(OutputKind.RATING).get("rating")

    @once
    def gates(self) -> Mapping[str, Verdict]:
        """Every gate by name: open where met, closed otherwise."""
        return self._verdicts(OutputKind.GATE)

    @once
    def criteria(self) -> Mapping[str, CriterionResult]:
        """Every criterion and readiness (with its sides) by name, with the values seen."""
        return MappingProxyType({name: self._criterion(name) for name in self._criteria_names()})

    def verdict(self, name: str) -> Verdict:
        """Return the verdict on one condition by name; KeyError where the policy has none."""
        return Verdict.of(self.reading.outputs[name])

    def _criterion(self, name: str) -> CriterionResult:
        asked = self.handbook.asking.of_output(name)
        verdict = Verdict.of(self.reading.outputs[name])
        values, lacking = seen(asked, self.reading), unknown(asked, self.reading)
        return CriterionResult(name, verdict, values, lacking)

    def _criteria_names(self) -> Iterator[str]:
        return (name for kind in CRITERIA for name in self._policy.names_of(kind))

    @property
    def fired(self) -> tuple[Fired, ...]:
        """The rules of all scores that gave points."""
        return self._policy.program.fired(self._raw)

    @once
    def lines(self) -> tuple[PointLine, ...]:
        """The points of all scores line by line; those of one score sum exactly to it."""
        return self._policy.program.lines(
            self._raw, self._row, self._signals, self._consents, self.at
        )

    @once
    def possible(self) -> Mapping[str, Range]:
        """How low and how high every score could be if unknown facts became known."""
        handbook, read = self.handbook, self._policy.read
        return MappingProxyType(
            {
                name: possible_range(plan, handbook, self.reading, read)
                for name, plan in self._policy.checked.scores.items()
            }
        )

    @once
    def undecided(self) -> tuple[UndecidedRule, ...]:
        """The rules of all scores that give no points because a fact is unknown."""
        handbook = self.handbook
        return tuple(undecided_rules(handbook.checked, self.reading, handbook.asking))

    @property
    def ignored(self) -> tuple[Ignored, ...]:
        """The signals that were left out, each with the reason."""
        return self._given.ignored

    # --------------------------------------------------------------- what comes with it
    @property
    def policy(self) -> str:
        """The name of the policy."""
        return self._policy.name

    @property
    def version(self) -> str:
        """The version of the policy."""
        return self._policy.version

    @property
    def content_hash(self) -> str:
        """The SHA-256 of the policy's content."""
        return self._policy.content_hash

    @once
    def inputs_digest(self) -> str:
        """The SHA-256 of the facts used and the instant; equal for equal facts."""
        return inputs_digest(self._situation)

    @property
    def since(self) -> datetime:
        """When the lead entered its state, as far as told; otherwise the decision's instant."""
        return self._given.since or self.at

    @once
    def obligations(self) -> tuple[Obligation, ...]:
        """What the agreement owes the lead now in its effective state; the first due first."""
        return obligations(self._policy.checked, self.reading, self.effective_state, self.since)

    @once
    def overrides(self) -> tuple[OverrideResult, ...]:
        """The overrides given, each with what it is worth now."""
        given = self._given.overrides
        if not given:
            return ()
        computed = {**self.reading.outputs, STATE: self.state}
        return standings(given, computed, self.reading, self._policy.checked)

    @once
    def effective(self) -> Mapping[str, Value]:
        """What overrides in force say, by output; `state` for the state."""
        in_force = (x.override for x in self.overrides if x.standing is Standing.IN_FORCE)
        return MappingProxyType({item.of: item.value for item in in_force})

    @once
    def valid_until(self) -> datetime | None:
        """The first instant at which time alone changes the decision; None if it never does.

        Where no change is found within 2,000 instants at which something is looked at anew, it is
        the last of these: nothing changes before it. Signals and consents later than the decision
        do not count.
        """
        ends = [item.due for item in self.obligations]
        ends += [item.until for item in self._given.overrides if item.until is not None]
        return self._first_change(ends, lambda later: later._outcome != self._outcome)

    @once
    def values_hold_until(self) -> datetime | None:
        """The same for state, scores, grades, rating and verdicts alone.

        Promises that become due and overrides that expire do not count, so that it does not
        depend on when the lead entered its state.
        """
        mine = self._values_and_verdicts
        return self._first_change([], lambda later: later._values_and_verdicts != mine)

    def _first_change(
        self, ends: list[datetime], differs: Callable[[Decision], bool]
    ) -> datetime | None:
        timed = self._policy.timed
        fades = first_change(timed.fading(self._situation), (), self.at, self._scores_differ)
        steady = timed.steady(self._situation)
        if fades is not None:
            ends = [end for end in ends if end < fades]
            steady = takewhile(fades.__gt__, steady)
        found = first_change(steady, ends, self.at, lambda at: differs(self._later(at)))
        return fades if found is None else found

    # --------------------------------------------------------------------------- questions
    def why(self, target: str | None = None) -> Answer:
        """Return what carries a state or output, by default the state of the lead.

        Raises ValueError for a name that the policy does not have.
        """
        found = self.handbook.targets.find(target or self.state)
        return self._questions.answer(found, is_why=True)

    def why_not(self, target: str) -> Answer:
        """Return what is unmet or undecided of a state or output, down to the values seen.

        Raises ValueError for a name that the policy does not have.
        """
        return self._questions.answer(self.handbook.targets.find(target), is_why=False)

    def missing(
        self, target: str | None = None, *, limit: int = 5, budget: int = BUDGET
    ) -> Missing:
        """Return the smallest sets of facts that would make the lead eligible for a state.

        Without `target` it is the next state that facts can lead to; a condition may be named
        too. Raises ValueError for a name that the policy does not have, and for a target that
        facts alone do not decide.
        """
        name = self._policy.next_target(self.eligible) if target is None else target
        if name is None:
            return Missing(None, True, (), True, 0, self._tell_missing)
        found = self.handbook.targets.find(name)
        if not found.conditions and name != self.handbook.checked.initial:
            what = "reached by transitions only" if found.state else "not a state or condition"
            raise ValueError(f"`{name}` is {what}: no facts are missing for it")
        what_if = self._what_if()
        question = Lacking(self.handbook, what_if, self.reading, found, self._tell_missing)
        return question.answer(limit=limit, budget=budget)

    def explain(self, lang: Lang = "en") -> str:
        """Return the decision as a text to read, in German (`de`) or English (`en`)."""
        from leadpolicy.engine.explain import explanation

        return explanation(self, self._policy.prose(lang))

    def to_dict(self) -> dict[str, object]:
        """Return the decision as JSON-ready data; the keys are described in the reference."""
        from leadpolicy.engine.decision_data import decision_data

        return decision_data(self)

    def __repr__(self) -> str:
        rating = f" {self.rating}" if self.rating else ""
        return f"<Decision {self.state}{rating} by {self.policy} {self.version}>"

    # ---------------------------------------------------------------------------- workings
    @property
    def handbook(self) -> Handbook:
        """What questions about the decision look up in the policy."""
        return self._policy.handbook

    @once
    def _situation(self) -> Situation:
        """The facts used."""
        return Situation(self._row, self._signals, self._consents, self.at)

    @once
    def reading(self) -> Reading:
        """The value of everything, unknown included."""
        return self._policy.read(self._situation)

    def objections(self, output: str) -> str:
        """Return in one line what stands in the way of a condition."""
        return one_line(self.why_not(output).findings)

    @once
    def _questions(self) -> Questions:
        return Questions(self.handbook, self.reading, self.state, self._tell_answer)

    def _tell_answer(self, answer: Answer, lang: Lang) -> str:
        from leadpolicy.engine.answer_text import answer_text

        return answer_text(answer, self._policy.prose(lang))

    def _tell_missing(self, missing: Missing, lang: Lang) -> str:
        from leadpolicy.engine.answer_text import missing_text

        return missing_text(missing, self._policy.prose(lang))

    def _what_if(self) -> WhatIf:
        given = self._given
        return WhatIf(
            self._policy.program, self._policy.ingest, self._situation, given.signals, given.events
        )

    def _values(self, kind: OutputKind) -> Mapping[str, Any]:
        program = self._policy.program
        names = self._policy.names_of(kind)
        return MappingProxyType({name: program.value(self._raw, name) for name in names})

    def _verdicts(self, *kinds: OutputKind) -> Mapping[str, Verdict]:
        names = (name for kind in kinds for name in self._policy.names_of(kind))
        outputs = self.reading.outputs
        return MappingProxyType({name: Verdict.of(outputs[name]) for name in names})

    def _later(self, at: datetime) -> Decision:
        given = self._given._replace(since=self.since)
        return self._policy.again(self._row, self._signals, self._consents, at, given)

    def _scores_differ(self, at: datetime) -> bool:
        later = self._policy.program.run(self._row, self._signals, self._consents, at)
        value, names = self._policy.program.value, self._policy.names_of(OutputKind.SCORE)
        return any(value(later, name) != value(self._raw, name) for name in names)

    @once
    def _values_and_verdicts(self) -> tuple[object, ...]:
        verdicts = self._verdicts(OutputKind.GATE, *CRITERIA)
        return (self.eligible, self.scores, self.grades, self.rating, verdicts)

    @once
    def _outcome(self) -> tuple[object, ...]:
        """Everything about the decision that time alone may change."""
        return (
            self._values_and_verdicts,
            self.effective_state,
            tuple((item.name, item.overdue) for item in self.obligations),
            tuple(item.standing for item in self.overrides),
        )
