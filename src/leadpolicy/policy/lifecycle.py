"""The lifecycle: a graph of states with shared responsibility, and the transitions it allows.

States stand from lowest to highest; where a lead is eligible for several, facts alone put it in
the last one. A `stay` condition is an invariant: as soon as it is not true any more, the lead
leaves for `exit_to`, whatever else is going on.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field, model_validator

from leadpolicy.policy.checked import OutputKind, StatePlan, TransitionPlan
from leadpolicy.policy.fields import (
    NOTHING,
    ConditionField,
    Duration,
    Flag,
    Key,
    Lang,
    MaybeWordingField,
    Name,
    Part,
    Path,
    Role,
    Whole,
    WordingField,
)
from leadpolicy.policy.lowering import Lowering


class Responsibility(StrEnum):
    """What a team does in a state."""

    CONTEXT = "context"
    VALIDATES = "validates"
    DECIDES = "decides"


class Stage(StrEnum):
    """Whose qualification a state stands for; sales stages need binding evidence."""

    MARKETING = "marketing"
    SALES = "sales"
    OUTSIDE = "outside"


class State(Part):
    """A state of a lead; without `entry` it is reached by transitions only."""

    title: WordingField
    definition: WordingField
    stage: Stage = Stage.MARKETING
    responsible: Mapping[Role, Responsibility] = Field(min_length=1)
    entry: ConditionField | None = Field(
        default=None, description="what facts must show to be eligible"
    )
    stay: ConditionField | None = Field(
        default=None, description="what must stay true in the state"
    )
    exit_to: Key | None = Field(
        default=None, description="where a lead goes when `stay` is not true"
    )
    demands: tuple[Name, ...] = Field(default=(), description="attributes that must be filled")
    terminal: Flag = False
    source: MaybeWordingField = NOTHING

    @model_validator(mode="after")
    def _has_an_exit(self) -> State:
        if (self.stay is None) != (self.exit_to is None):
            raise ValueError("`stay` and `exit_to` go together")
        return self

    def lower(self, name: str, into: Lowering, path: Path) -> None:
        """Add entry and stay conditions."""
        for kind in (OutputKind.ENTRY, OutputKind.STAY):
            source = getattr(self, kind.value)
            if source is not None:
                into.condition(f"state.{name}.{kind.value}", source, (*path, kind.value), kind)
        if self.exit_to is not None:
            into.state_exists(self.exit_to, (*path, "exit_to"))
        into.attributes_exist(self.demands, (*path, "demands"))

    def plan(self, name: str) -> StatePlan:
        """Return the state as the engine uses it."""
        entry = None if self.entry is None else f"state.{name}.entry"
        stay = None if self.stay is None else f"state.{name}.stay"
        return StatePlan(name, entry, stay, self.exit_to, self.demands)

    def describe(self, lang: Lang) -> str:
        """Return the state's definition."""
        return self.definition.text(lang)


class Transition(Part):
    """An edge from some states to another; automatic unless roles may trigger it."""

    title: WordingField
    from_: tuple[Key, ...] = Field(min_length=1)
    to: Key
    by: tuple[Role, ...] = Field(
        default=(), description="who may trigger it; nobody means automatic"
    )
    when: ConditionField | None = None
    demands: tuple[Name, ...] = Field(default=(), description="attributes that must be filled")
    priority: Whole = Field(
        default=0, description="of two automatic transitions the higher one is taken"
    )
    reason: str | None = Field(
        default=None, description="the feedback reason that the transition records"
    )
    wait: Duration | None = Field(
        default=None, description="how long the lead must have been in the state"
    )
    source: MaybeWordingField = NOTHING

    def lower(self, name: str, into: Lowering, path: Path) -> None:
        """Add the guard and check the references."""
        for index, state in enumerate(self.from_):
            into.state_exists(state, (*path, "from", index))
        into.state_exists(self.to, (*path, "to"))
        if self.when is not None:
            into.condition(f"transition.{name}", self.when, (*path, "when"), OutputKind.GUARD)
        if self.reason is not None:
            into.expect(
                "feedback reason", self.reason, into.names.reasons, (*path, "reason"), "LP302"
            )
        into.attributes_exist(self.demands, (*path, "demands"))

    def plan(self, name: str) -> TransitionPlan:
        """Return the transition as the engine uses it."""
        guard = None if self.when is None else f"transition.{name}"
        roles = tuple(role.value for role in self.by)
        return TransitionPlan(
            name,
            self.from_,
            self.to,
            roles,
            guard,
            self.demands,
            self.priority,
            self.reason,
            self.wait,
        )

    def describe(self, lang: Lang) -> str:
        """Return the transition's title."""
        return self.title.text(lang)
