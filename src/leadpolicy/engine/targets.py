"""Targets: what a question is about, found by the name that people use for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from leadpolicy.diagnostics import did_you_mean
from leadpolicy.expr.types import Kind
from leadpolicy.policy.checked import CheckedPolicy, NamedOutput, StatePlan


@dataclass(frozen=True, slots=True)
class Target:
    """A state, or an output; exactly one of both is there."""

    name: str
    state: StatePlan | None = None
    output: NamedOutput | None = None

    @property
    def conditions(self) -> tuple[str, ...]:
        """The outputs that must all be met; empty for a state that facts alone do not reach."""
        if self.state is not None:
            both = (self.state.entry, self.state.stay) if self.state.entry else ()
            return tuple(name for name in both if name is not None)
        is_condition = self.output is not None and self.output.type.kind is Kind.FLAG
        return (self.name,) if is_condition else ()


class Targets:
    """The states and outputs of a policy by name; `section.name` where a state has the name too."""

    def __init__(self, checked: CheckedPolicy) -> None:
        self._found = {target.name: target for target in _outputs(checked)}
        for item in checked.outputs:
            self._found[f"{item.path[0]}.{item.name}"] = self._found[item.name]
        for state in checked.states:
            self._found[state.name] = self._found[f"states.{state.name}"] = Target(
                state.name, state=state
            )
        self._names = [*(state.name for state in checked.states), *self._public(checked)]

    def find(self, name: str) -> Target:
        """Return a target; raises ValueError, with the nearest name, where there is none."""
        if name in self._found:
            return self._found[name]
        hint = did_you_mean(name, self._names)
        message = f"`{name[:80]}` is not a state or output of the policy"
        raise ValueError(f"{message}: {hint}" if hint else message)

    @staticmethod
    def _public(checked: CheckedPolicy) -> Iterator[str]:
        return (item.name for item in checked.outputs if "." not in item.name)


def _outputs(checked: CheckedPolicy) -> Iterator[Target]:
    return (Target(item.name, output=item) for item in checked.outputs)
