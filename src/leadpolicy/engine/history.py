"""Histories: the way of one lead through the states, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from leadpolicy.engine.jsonready import Plain, instant
from leadpolicy.expr.types import Value


class Cause(StrEnum):
    """Why a step was taken."""

    START = "start"
    EXIT = "exit"
    AUTOMATIC = "automatic"
    ACT = "act"


@dataclass(frozen=True, slots=True)
class Act:
    """What someone does: which transition, in which role, with which reason and field values.

    `fields` are attributes that the act states; they count for its guard and its demands.
    """

    transition: str
    by: str
    reason: str | None = None
    fields: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path: the state entered, when, by what, and on which facts and policy.

    `transition` is None for the start and for an exit, `by` is `system` for everything but acts.
    `inputs` is the digest of the facts, `policy` the content hash of the policy.
    """

    state: str
    at: datetime
    cause: Cause
    transition: str | None
    by: str
    reason: str | None
    fields: Mapping[str, Plain]
    policy: str
    inputs: str

    def to_dict(self) -> dict[str, object]:
        """Return the step as JSON-ready data."""
        return {
            "state": self.state,
            "at": instant(self.at),
            "cause": self.cause.value,
            "transition": self.transition,
            "by": self.by,
            "reason": self.reason,
            "fields": dict(self.fields),
            "policy": self.policy,
            "inputs": self.inputs,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Step:
        """Return the step that `to_dict` wrote; raises ValueError for anything else."""
        try:
            moment = datetime.fromisoformat(data["at"])
            return cls(**{**data, "at": moment, "cause": Cause(data["cause"])})
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a step of a path: {error}") from error


@dataclass(frozen=True, slots=True)
class Path:
    """The way of a lead so far: at least one step, instants never going back."""

    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        if not self.steps:
            raise ValueError("a path has at least one step")

    @property
    def state(self) -> str:
        """The state in which the lead is."""
        return self.steps[-1].state

    @property
    def since(self) -> datetime:
        """The instant at which the lead entered its state."""
        return self.steps[-1].at

    def and_then(self, step: Step) -> Path:
        """Return the path with one more step."""
        return replace(self, steps=(*self.steps, step))

    def to_dict(self) -> dict[str, object]:
        """Return the path as JSON-ready data."""
        return {"steps": [step.to_dict() for step in self.steps]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Path:
        """Return the path that `to_dict` wrote; raises ValueError for anything else."""
        steps = data.get("steps")
        if not isinstance(steps, list):
            raise ValueError("not a path: it has no list of `steps`")
        return cls(tuple(map(Step.from_dict, steps)))


@dataclass(frozen=True, slots=True)
class Event:
    """What was known of a lead at an instant, and what someone did then."""

    at: datetime
    lead: object
    signals: Iterable[Any] = ()
    consents: Any = ()
    act: Act | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """An act that a policy refuses: when, which transition, and all reasons."""

    at: datetime
    transition: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replay:
    """The path that a policy makes of some events, and the acts that it refuses."""

    path: Path
    refused: tuple[Refusal, ...]


class TransitionRefusedError(ValueError):
    """An act was refused for all of the `reasons`; `path` is where the lead is without it."""

    def __init__(self, transition: str, reasons: tuple[str, ...], path: Path) -> None:
        super().__init__(f"`{transition}` was refused: " + "; ".join(reasons))
        self.transition = transition
        self.reasons = reasons
        self.path = path


class LifecycleLoopError(ValueError):
    """Automatic steps led back to a state without a new fact; `states` tells the way."""

    def __init__(self, states: tuple[str, ...]) -> None:
        way = " → ".join(f"`{state}`" for state in states)
        super().__init__(f"the policy sends the lead in a circle without a new fact: {way}")
        self.states = states
