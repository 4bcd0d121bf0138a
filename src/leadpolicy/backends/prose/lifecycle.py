"""Sentences about the lifecycle and the agreement: states, transitions, promises, feedback."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from leadpolicy.backends.prose.parts import PartProse
from leadpolicy.policy.fields import Role
from leadpolicy.policy.lifecycle import Transition
from leadpolicy.policy.sla import Duty, Sla


class LifecycleProse(PartProse):
    """One sentence or a few for each part of the lifecycle; KeyError for what is not there."""

    def state(self, name: str) -> str:
        """Return how a lead gets into a state, what keeps it there and what is demanded."""
        return " ".join(self._state(name))

    def _state(self, name: str) -> Iterator[str]:
        part, title = self.policy.states[name], self.quoted(self.names.state(name))
        if part.entry is None and name != self.policy.initial:
            yield self.words.state_by_transition.format(x=title)
        elif part.entry is None:
            yield self.words.initial.format(x=title)
        else:
            yield self.words.state.format(x=title, v=self.entry(name))
        if part.exit_to is not None:
            to = self.quoted(self.names.state(part.exit_to))
            yield self.words.stay.format(v=self.stay(name), to=to)
        if part.demands:
            yield self.words.demands.format(v=self.attributes(part.demands))
        if part.terminal:
            yield self.words.terminal.format(x=title)

    def entry(self, state: str) -> str:
        """Return what facts must show for a state; empty where nothing is asked."""
        return self._optional(f"state.{state}.entry", self.policy.states[state].entry)

    def stay(self, state: str) -> str:
        """Return what must stay true in a state; empty where nothing is asked."""
        return self._optional(f"state.{state}.stay", self.policy.states[state].stay)

    def _optional(self, output: str, source: object) -> str:
        return "" if source is None else self._inner(output)

    def attributes(self, names: Iterable[str]) -> str:
        """Return the titles of some attributes."""
        return ", ".join(self.names.attribute(name).title for name in names)

    def responsibilities(self, state: str) -> str:
        """Return which team does what in a state."""
        return ", ".join(
            f"{self.role(role)} {self.words.responsibilities[task.value]}"
            for role, task in self.policy.states[state].responsible.items()
        )

    def role(self, role: Role) -> str:
        """Return what a role is called."""
        return self.words.roles[role.value]

    def roles(self, roles: Iterable[Role]) -> str:
        """Return what some roles are called."""
        return self.values.ands([self.role(role) for role in roles])

    def transition(self, name: str) -> str:
        """Return from where to where a transition leads, by whom, and on which conditions."""
        part = self.policy.transitions[name]
        sources = [self.quoted(self.names.state(state)) for state in part.from_]
        said = self.words.transition.format(
            x=self._called(name, part),
            v=self.values.ors(sources),
            to=self.quoted(self.names.state(part.to)),
        )
        whole = ", ".join([said, *self._conditions(name, part)]) + "."
        if not part.demands:
            return whole
        return f"{whole} {self.words.demands.format(v=self.attributes(part.demands))}"

    def _conditions(self, name: str, part: Transition) -> Iterator[str]:
        yield self.trigger(name)
        if part.wait is not None:
            yield self.words.wait.format(v=self.values.within(part.wait))
        if part.reason is not None:
            yield self.words.reason.format(v=self.quoted(self.reason(part.reason)))
        if guard := self.guard(name):
            yield self.words.if_.format(v=guard)

    def trigger(self, transition: str) -> str:
        """Return who or what sets a transition off."""
        part = self.policy.transitions[transition]
        if part.by:
            return self.words.by.format(v=self.values.ors([self.role(role) for role in part.by]))
        has_entry = self.policy.states[part.to].entry is not None
        return self.words.when_eligible if has_entry else self.words.automatic

    def guard(self, transition: str) -> str:
        """Return on which condition a transition is open; empty where there is none."""
        when = self.policy.transitions[transition].when
        return self._optional(f"transition.{transition}", when)

    def reason(self, code: str) -> str:
        """Return what a feedback reason is called."""
        feedback = self.policy.feedback
        labels = self.names.attribute(feedback.reason).shape.labels if feedback else {}
        return labels.get(code, code)

    def sla(self, name: str) -> str:
        """Return who promises what for which leads."""
        part = self.policy.sla[name]
        return f"{self._called(name, part)}: {', '.join(self._promise(name, part))}."

    def _promise(self, name: str, part: Sla) -> Iterator[str]:
        who = self._starting(self.role(part.owed_by))
        to = self.quoted(self.names.state(part.state))
        yield self._duties(part).format(who=who, to=to, v=self._size(part))
        if part.attempts is not None:
            tries = self._count(part.attempts, self.words.tries)
            yield self.words.at_least.format(v=tries)
        if part.accepted_share is not None:
            share = self.values.percent(part.accepted_share)
            yield self.words.accepted_share.format(v=share)
        if part.when is not None:
            yield self.words.if_.format(v=self._inner(f"sla.{name}"))

    def _duties(self, part: Sla) -> str:
        duties = {
            Duty.FIRST_RESPONSE: self.words.first_response,
            Duty.FEEDBACK: self.words.feedback_duty,
            Duty.VOLUME: self.words.volume,
        }
        return duties[part.duty]

    def _size(self, part: Sla) -> str:
        if part.within is not None:
            return self.values.within(part.within)
        return self._count(part.per_month or 0, self.words.leads)

    def feedback(self) -> str:
        """Return which feedback is owed for every lead; empty where the policy asks for none."""
        part = self.policy.feedback
        if part is None:
            return ""
        verdict, reason = self.names.attribute(part.verdict), self.names.attribute(part.reason)
        return self.words.feedback.format(
            who=self._starting(self.role(part.owed_by)),
            to=self.quoted(self.names.state(part.state)),
            v=self.values.within(part.within),
            verdict=verdict.title,
            rejected=self.quoted(self.values.value(verdict.shape, part.rejected)),
            reason=reason.title,
        )

    def governance(self) -> str:
        """Return who answers for the policy, who decides, who may change it, and its review."""
        part = self.policy.governance
        return self.words.governance.format(
            owner=self.role(part.owner),
            decides=self.roles(part.sales_ready_decided_by),
            change=self.roles(part.may_change),
            v=self.values.day(part.review_by),
        )

    @staticmethod
    def _starting(text: str) -> str:
        """Return a text as it stands at the beginning of a sentence."""
        return text[:1].upper() + text[1:]
