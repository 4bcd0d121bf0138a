"""Leads asked about outside before they are decided, each enricher behind its gate.

Only leads that lack something are asked about, and only while the gate is open for them. What is
known already is never replaced.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from leadpolicy.diagnostics import did_you_mean
from leadpolicy.engine.decision import Decision
from leadpolicy.engine.inputs import InputError
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.engine.verdict import Verdict
from leadpolicy.exchange.cells import CellError, typed
from leadpolicy.exchange.enricher import Asked, Enricher, EnrichmentError


class Prepared(Protocol):
    """A lead before its decision; `lead` takes the attributes that are found."""

    @property
    def key(self) -> str:
        """The key of the lead."""

    @property
    def lead(self) -> dict[str, object]:
        """Its attributes by name."""

    def decide(self, policy: LeadPolicy, at: datetime) -> Decision:
        """Decide the lead as it is known so far; raises `InputError`."""


@dataclass(slots=True)
class Tally:
    """What became of the leads that an enricher could be asked about."""

    name: str
    source: str
    asked: int = 0
    filled: int = 0
    withheld: int = 0
    refused: int = 0

    def __str__(self) -> str:
        said = f"enricher `{self.name}` ({self.source}): {self.filled} of {self.asked} leads filled"
        if self.withheld:
            said += f", {self.withheld} not asked about because their gate is closed"
        return f"{said}, {self.refused} values that do not fit" if self.refused else said


@dataclass(frozen=True, slots=True)
class Step:
    """One enricher under its name, behind a gate of the policy (None: no gate)."""

    name: str
    enricher: Enricher
    gate: str | None = None


class Enrichment:
    """Some enrichers one after the other, each seeing what the ones before it found.

    Raises `EnrichmentError` where the policy has no such attribute or gate, and for a credit check
    without a gate.
    """

    def __init__(self, policy: LeadPolicy, steps: Sequence[Step]) -> None:
        self._policy = policy
        self._steps = tuple(steps)
        for step in steps:
            _refuse_misfits(policy, step)
        self.tallies = [Tally(step.name, step.enricher.duties.source) for step in steps]

    @property
    def identity(self) -> str:
        """What tells this enrichment from one that is made up otherwise, as text."""
        return "; ".join(
            f"{step.name} > {step.gate} > {', '.join(step.enricher.provides)}"
            for step in self._steps
        )

    def fill(self, leads: Sequence[Prepared], at: datetime) -> None:
        """Fill in what the enrichers know about some leads."""
        for step, tally in zip(self._steps, self.tallies, strict=True):
            waiting = [lead for lead in leads if self._may_ask(step, lead, at, tally)]
            size = step.enricher.batch_max
            for start in range(0, len(waiting), size):
                self._ask(step, waiting[start : start + size], tally)

    def _may_ask(self, step: Step, lead: Prepared, at: datetime, tally: Tally) -> bool:
        if all(name in lead.lead for name in step.enricher.provides):
            return False
        if step.gate is None:
            return True
        try:
            is_open = lead.decide(self._policy, at).gates[step.gate] is Verdict.MET
        except InputError:
            return False
        tally.withheld += not is_open
        return is_open

    def _ask(self, step: Step, leads: Sequence[Prepared], tally: Tally) -> None:
        asked = [
            Asked(lead.key, {n: lead.lead[n] for n in step.enricher.needs if n in lead.lead})
            for lead in leads
        ]
        found = step.enricher.enrich(asked)
        tally.asked += len(asked)
        for lead in leads:
            fitting = dict(self._fitting(step, lead, found.get(lead.key, {}), tally))
            tally.filled += bool(fitting)
            lead.lead.update(fitting)

    def _fitting(
        self, step: Step, lead: Prepared, found: Mapping[str, object], tally: Tally
    ) -> Iterator[tuple[str, object]]:
        """Yield the values that are new, promised and of the attribute's type."""
        for name, value in found.items():
            if name in lead.lead or value is None:
                continue
            try:
                typed_value = self._typed(step, name, value)
            except (CellError, InputError):
                tally.refused += 1
            else:
                yield name, typed_value

    def _typed(self, step: Step, name: str, value: object) -> object:
        if name not in step.enricher.provides:
            raise CellError("LP501", f"`{step.name}` does not say that it fills `{name}`")
        found = typed(value, self._policy.checked.vocabulary.attributes[name])
        self._policy.ingest.lead({name: found})
        return found


def _refuse_misfits(policy: LeadPolicy, step: Step) -> None:
    attributes, gates = policy.checked.vocabulary.attributes, policy.checked.policy.gates
    for name in (*step.enricher.needs, *step.enricher.provides):
        if name not in attributes:
            raise EnrichmentError(
                f"the policy has no attribute `{name}`, which the enricher `{step.name}` names",
                did_you_mean(name, attributes),
            )
    if step.gate is not None and step.gate not in gates:
        raise EnrichmentError(
            f"the policy has no gate `{step.gate}`, which is to stand before `{step.name}`",
            did_you_mean(step.gate, gates),
        )
    if step.enricher.duties.credit_check and step.gate is None:
        raise EnrichmentError(
            f"the enricher `{step.name}` is a credit check and stands behind no gate",
            "name a gate of the policy that is open where the check may be made",
        )
