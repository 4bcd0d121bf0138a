"""Who carries out each part of a policy in a CRM: itself, a sync, or nobody, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from leadpolicy.crm.capabilities import Capabilities, PartKind, Stream
from leadpolicy.crm.native import Native
from leadpolicy.crm.placement import Placement, Where
from leadpolicy.crm.state import Column, DesiredState, FieldKind, RuleKind
from leadpolicy.policy.checked import CheckedPolicy

_OFF: Final = "native rules are switched off"
_NO_RULES: Final = "the CRM has no rules of its own"
_UNSAID: Final = "the CRM has nothing for it"


@dataclass(frozen=True, slots=True)
class Placing:
    """What decides about the places; without `native`, native rules are switched off."""

    policy: CheckedPolicy
    desired: DesiredState
    prefix: str
    able: Capabilities
    native: Native | None
    has_teams: bool

    def placements(self) -> Iterator[Placement]:
        """Yield one place for each part of the policy, in its own order."""
        yield from self._values()
        for transition in self.policy.transitions:
            yield self._rule(f"transition {transition.name}", *_TRANSITION)
        for name in self._demanding():
            yield self._rule(f"demands {name}", *_DEMANDS)
        if self.policy.policy.feedback is not None:
            yield self._feedback(self.policy.policy.feedback.verdict)
            yield self._reasons()
        yield self._permissions()
        if self.policy.vocabulary.purposes:
            yield from self._purposes()
            yield self._consents()

    def _values(self) -> Iterator[Placement]:
        columns = {column.name: column for column in self.desired.columns}
        policy = self.policy.policy
        names = {f"score {name}": name for name in self.policy.scores}
        names |= {f"grade {name}": name for name in policy.grades}
        names |= {} if policy.rating is None else {"rating": "rating"}
        for part, name in {**names, "state": "state"}.items():
            yield self._value(part, columns.get(self.prefix + name), self.prefix + name)
        if self.native is not None:
            for column in self.native.helpers:
                yield from self._helper(column)
            yield from self._refused_conditions(self.native)

    def _refused_conditions(self, native: Native) -> Iterator[Placement]:
        """Yield the conditions that the CRM cannot compute and that have no column either."""
        named = {f"condition {c.name.removeprefix(self.prefix)}" for c in native.helpers}
        for refusal in native.refusals:
            if refusal.part.startswith("condition ") and refusal.part not in named:
                reason = f"what each sync writes rests on it; {refusal.reason}"
                yield Placement(refusal.part, Where.SYNCED, reason)

    def _helper(self, column: Column) -> Iterator[Placement]:
        """Yield the place of a condition; what only carries part of a score has none of its own."""
        part = f"condition {column.name.removeprefix(self.prefix)}"
        if column.formula is None:
            reason = "each sync writes whether it is met, and the CRM's own rules read that"
            yield Placement(part, Where.SYNCED, reason)
        elif column.kind is FieldKind.FLAG:
            yield Placement(part, Where.NATIVE, "the CRM computes it")

    def _value(self, part: str, column: Column | None, name: str) -> Placement:
        if column is None:
            return Placement(part, Where.IMPOSSIBLE, self._no_field(name))
        if column.formula is not None:
            return Placement(part, Where.NATIVE, "the CRM computes it")
        if self.native is not None and name in self.native.checks:
            reason = "each sync writes it; the CRM computes it too, and a flag tells a difference"
            return Placement(part, Where.SYNCED, reason)
        why = "" if self.native is None else f"; {self._why_not(part)}"
        return Placement(part, Where.SYNCED, f"each sync writes it{why}")

    def _no_field(self, name: str) -> str:
        instead = self.able.instead or "to one that it has"
        return f"the CRM cannot create fields; bind `{name}` {instead}"

    def _rule(self, part: str, otherwise: Where, remark: str) -> Placement:
        if self._is_enforced(part):
            return Placement(part, Where.NATIVE, "the CRM refuses what breaks it")
        return Placement(part, otherwise, f"{remark}; {self._why_not(part)}")

    def _is_enforced(self, part: str, kinds: Collection[RuleKind] = tuple(RuleKind)) -> bool:
        rules = (rule for rule in self.desired.rules if rule.kind in kinds)
        return any(part in rule.part.split(", ") for rule in rules)

    def _why_not(self, part: str) -> str:
        if PartKind.RULE not in self.able.creates and not self.able.native:
            return _NO_RULES
        if self.native is None:
            return _OFF
        reasons = {refusal.part: refusal.reason for refusal in self.native.refusals}
        return reasons.get(part, _UNSAID)

    def _demanding(self) -> list[str]:
        states = [state.name for state in self.policy.states if state.demands]
        edges = [edge.name for edge in self.policy.transitions if edge.demands]
        return list(dict.fromkeys((*states, *edges)))

    def _feedback(self, verdict: str) -> Placement:
        if verdict not in {column.name for column in self.desired.feedback}:
            return Placement("feedback", Where.IMPOSSIBLE, self._no_field(verdict))
        is_fed = Stream.FEEDBACK in self.able.feeds
        said = "each sync reads what is new" if is_fed else "each sync reads all of it"
        if self._is_enforced("feedback", {RuleKind.DEMAND}):
            said += "; the CRM refuses a rejection without a reason"
        return Placement("feedback", Where.SYNCED, said)

    def _reasons(self) -> Placement:
        if any(table.name == f"{self.prefix}reasons" for table in self.desired.tables):
            return Placement("reasons", Where.NATIVE, "people choose from a table in the CRM")
        return Placement("reasons", Where.IMPOSSIBLE, "the CRM cannot create tables")

    def _permissions(self) -> Placement:
        if not self.has_teams:
            reason = "the binding's options name no roles for marketing and sales"
            return Placement("permissions", Where.IMPOSSIBLE, reason)
        if self.desired.permissions:
            return Placement("permissions", Where.NATIVE, "the CRM refuses the other team")
        reason = "the CRM cannot set rights; each sync leaves out what the other team wrote"
        return Placement("permissions", Where.SYNCED, reason)

    def _purposes(self) -> Iterator[Placement]:
        if self.able.consent_tables:
            yield Placement("purposes", Where.NATIVE, "records in the CRM, with lawful bases")

    def _consents(self) -> Placement:
        reason = _CONSENTS[self.able.reads_consents, self.able.writes_consents]
        is_synced = self.able.reads_consents or self.able.writes_consents
        return Placement("consents", Where.SYNCED if is_synced else Where.IMPOSSIBLE, reason)


_TRANSITION: Final = (Where.SYNCED, "each sync writes the state that follows from it")
_DEMANDS: Final = (Where.IMPOSSIBLE, "the CRM does not ask for what is demanded")
_CONSENTS: Final[Mapping[tuple[bool, bool], str]] = {
    (True, True): "read from the CRM, and withdrawals are told to it",
    (True, False): "read from the CRM; it is not told about withdrawals elsewhere",
    (False, True): "read with the leads; `leadpolicy tell-consents` tells of those given elsewhere",
    (False, False): "neither read from the CRM nor told to it",
}
