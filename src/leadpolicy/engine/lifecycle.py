"""The lifecycle: how a lead moves along the states from where it is.

First the lead leaves every state whose `stay` is not true. Then an act is carried out or refused.
Then automatic transitions are taken, one after another, until none applies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from leadpolicy.diagnostics import did_you_mean
from leadpolicy.engine.history import (
    Act,
    Cause,
    LifecycleLoopError,
    Path,
    Step,
    TransitionRefusedError,
)
from leadpolicy.engine.jsonready import Plain, plain
from leadpolicy.engine.situation import Reading
from leadpolicy.expr.durations import format_duration
from leadpolicy.policy.checked import CheckedPolicy, StatePlan, TransitionPlan
from leadpolicy.policy.fields import Role

_SYSTEM = Role.SYSTEM.value


@dataclass(frozen=True, slots=True)
class Moves:
    """What a lead can do at one instant; `explain` says why a guard is not met."""

    checked: CheckedPolicy
    reading: Reading
    inputs: str
    explain: Callable[[str], str]

    @property
    def at(self) -> datetime:
        """The instant of all steps."""
        return self.reading.situation.at

    def start(self) -> Path:
        """Return the path of a new lead."""
        return Path((self._step(self.checked.initial, Cause.START),))

    def go(self, path: Path, act: Act | None) -> Path:
        """Return the path after everything that happens at the instant.

        Raises `TransitionRefusedError` for an act that is not allowed, and `LifecycleLoopError`.
        """
        visited = [path.state]
        path = self._leave(path, visited)
        if act is not None:
            path = self._act(path, act)
            visited = [path.state]
        while (transition := self._automatic(path)) is not None:
            step = self._step(transition.target, Cause.AUTOMATIC, transition)
            path = _onwards(path, step, visited)
        return path

    def _leave(self, path: Path, visited: list[str]) -> Path:
        while not self._stays(state := self._state(path.state)):
            path = _onwards(path, self._step(state.exit_to or state.name, Cause.EXIT), visited)
        return path

    def _state(self, name: str) -> StatePlan:
        found = next((state for state in self.checked.states if state.name == name), None)
        if found is None:
            hint = did_you_mean(name, (state.name for state in self.checked.states))
            raise ValueError(f"the path is in `{name}`, no state of the policy: {hint}")
        return found

    def _stays(self, state: StatePlan) -> bool:
        return state.stay is None or self.reading.outputs[state.stay] is True

    def _enters(self, state: StatePlan) -> bool:
        entered = state.entry is None or self.reading.outputs[state.entry] is True
        return entered and self._stays(state)

    # ------------------------------------------------------------------------- automatic
    def _automatic(self, path: Path) -> TransitionPlan | None:
        ready = [item for item in self.checked.transitions if self._applies(item, path)]
        return max(ready, key=lambda item: item.priority, default=None)

    def _applies(self, item: TransitionPlan, path: Path) -> bool:
        target = self._state(item.target)
        return (
            not item.roles
            and path.state in item.sources
            and self._guard_holds(item)
            and not self._too_early(item, path)
            and self._enters(target)
            and not any(self._unfilled(item, target))
        )

    def _guard_holds(self, item: TransitionPlan) -> bool:
        return item.guard is None or self.reading.outputs[item.guard] is True

    def _too_early(self, item: TransitionPlan, path: Path) -> bool:
        return item.wait is not None and self.at - path.since < item.wait

    def _unfilled(self, item: TransitionPlan, target: StatePlan) -> Iterator[str]:
        row = self.reading.situation.row
        demands = dict.fromkeys((*item.demands, *target.demands))
        return (name for name in demands if row.get(name) is None)

    # ------------------------------------------------------------------------------ acts
    def _act(self, path: Path, act: Act) -> Path:
        item = next((x for x in self.checked.transitions if x.name == act.transition), None)
        if item is None:
            hint = did_you_mean(act.transition, (x.name for x in self.checked.transitions))
            message = "the policy has no such transition" + (f", {hint}" if hint else "")
            raise TransitionRefusedError(act.transition, (message,), path)
        reasons = tuple(self._objections(item, act, path))
        if reasons:
            raise TransitionRefusedError(act.transition, reasons, path)
        fields = {name: plain(self.reading.situation.row.get(name)) for name in act.fields}
        return path.and_then(self._step(item.target, Cause.ACT, item, act, fields))

    def _objections(self, item: TransitionPlan, act: Act, path: Path) -> Iterator[str]:
        target = self._state(item.target)
        if path.state not in item.sources:
            sources = " or ".join(f"`{name}`" for name in item.sources)
            yield f"it starts in {sources}, and the lead is in `{path.state}`"
        if not item.roles:
            yield "it is automatic"
        elif act.by not in item.roles:
            roles = " or ".join(f"`{role}`" for role in item.roles)
            yield f"it takes {roles}, not `{act.by}`"
        if item.wait is not None and self._too_early(item, path):
            yield f"the lead must have been in `{path.state}` for {format_duration(item.wait)}"
        if item.guard is not None and not self._guard_holds(item):
            yield f"its guard is not met ({self.explain(item.guard)})"
        for name in self._unfilled(item, target):
            yield f"`{name}` is not filled"
        if target.stay is not None and not self._stays(target):
            yield f"`{target.name}` cannot be kept ({self.explain(target.stay)})"

    def _step(
        self,
        state: str,
        cause: Cause,
        item: TransitionPlan | None = None,
        act: Act | None = None,
        fields: Mapping[str, Plain] | None = None,
    ) -> Step:
        return Step(
            state=state,
            at=self.at,
            cause=cause,
            transition=item.name if item else None,
            by=act.by if act else _SYSTEM,
            reason=(item.reason if item else None) or (act.reason if act else None),
            fields=fields or {},
            policy=self.checked.content_hash,
            inputs=self.inputs,
        )


def _onwards(path: Path, step: Step, visited: list[str]) -> Path:
    if step.state in visited:
        raise LifecycleLoopError((*visited, step.state))
    visited.append(step.state)
    return path.and_then(step)
