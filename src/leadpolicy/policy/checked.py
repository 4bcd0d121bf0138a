"""The checked policy: named outputs over core expressions, the only thing that targets accept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias
from zoneinfo import ZoneInfo

from leadpolicy.diagnostics import Diagnostic
from leadpolicy.expr.nodes import Node
from leadpolicy.expr.types import ValueType, Vocabulary
from leadpolicy.policy.fields import Path

if TYPE_CHECKING:
    from leadpolicy.policy.policy import Policy

Number: TypeAlias = int | Decimal


class OutputKind(StrEnum):
    """What an output is; user-facing kinds can be named in expressions."""

    GATE = "gate"
    CRITERION = "criterion"
    DIMENSION = "dimension"
    READINESS = "readiness"
    SCORE = "score"
    GRADE = "grade"
    RATING = "rating"
    ENTRY = "entry"
    STAY = "stay"
    GUARD = "guard"
    SLA = "sla"


@dataclass(frozen=True, slots=True)
class NamedOutput:
    """One thing that every target computes; `node` refers to earlier outputs by name only."""

    name: str
    kind: OutputKind
    node: Node
    type: ValueType
    path: Path


@dataclass(frozen=True, slots=True)
class Line:
    """One rule of a score.

    It gives `points` where `condition` is true and 0 where it is false or unknown. With `per` it
    gives points times that number, of which `undecayed` is the value before decay; `limit`
    bounds the size of the product.
    """

    id: str
    condition: Node
    points: Number
    per: Node | None
    undecayed: Node | None
    limit: Number | None
    group: str | None
    path: Path


@dataclass(frozen=True, slots=True)
class Group:
    """Lines whose sum is held between two bounds; None is unbounded."""

    name: str
    lowest: Number | None
    highest: Number | None


@dataclass(frozen=True, slots=True)
class ScorePlan:
    """How a score adds up: base, lines, groups, then floor and ceiling, then rounding."""

    name: str
    base: Number
    lines: tuple[Line, ...]
    groups: tuple[Group, ...]
    floor: Number | None
    ceiling: Number | None
    decimals: int


@dataclass(frozen=True, slots=True)
class StatePlan:
    """A state in its declared order; `entry` and `stay` name outputs."""

    name: str
    entry: str | None
    stay: str | None
    exit_to: str | None
    demands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TransitionPlan:
    """An edge of the lifecycle; automatic where `roles` is empty."""

    name: str
    sources: tuple[str, ...]
    target: str
    roles: tuple[str, ...]
    guard: str | None
    demands: tuple[str, ...]
    priority: int
    reason: str | None
    wait: timedelta | None


@dataclass(frozen=True, slots=True)
class CheckedPolicy:
    """A policy that passed every check; made by `leadpolicy.policy.pipeline.check` only.

    `outputs` stand in dependency order. `states` stand in declared order, lowest first; a
    decision from facts takes the last eligible one.
    """

    policy: Policy = field(repr=False)
    content_hash: str
    vocabulary: Vocabulary = field(repr=False)
    outputs: tuple[NamedOutput, ...] = field(repr=False)
    scores: Mapping[str, ScorePlan] = field(repr=False)
    states: tuple[StatePlan, ...] = field(repr=False)
    transitions: tuple[TransitionPlan, ...] = field(repr=False)
    lists: Mapping[str, frozenset[str]] = field(repr=False)
    canonical: Mapping[str, object] = field(repr=False)
    timezone: ZoneInfo
    warnings: tuple[Diagnostic, ...] = ()

    @property
    def name(self) -> str:
        """The policy's name."""
        return self.policy.policy

    @property
    def version(self) -> str:
        """The policy's version as its authors write it."""
        return self.policy.version

    def output(self, name: str) -> NamedOutput:
        """Return an output by name; KeyError where there is none."""
        for item in self.outputs:
            if item.name == name:
                return item
        raise KeyError(name)

    @property
    def initial(self) -> str:
        """The state in which a new lead starts."""
        return self.policy.initial
