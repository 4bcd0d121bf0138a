"""What is known about one lead at one instant: the input of every evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from leadpolicy.expr.types import Value


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing that happened: `occurred_at` and `recorded_at` are aware instants in UTC."""

    type: str
    occurred_at: datetime
    properties: Mapping[str, Value | None] = field(default_factory=dict)
    id: str | None = None
    source: str | None = None
    recorded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything an expression may look at; a missing or None entry is unknown.

    `timezone` is the policy's: it decides on which calendar day `at` falls, for values of
    kind day. Signals after `at` do not exist for an evaluation, whether they are listed or not.
    """

    at: datetime
    attributes: Mapping[str, Value | None] = field(default_factory=dict)
    signals: tuple[Signal, ...] = ()
    consents: Mapping[tuple[str, str], str] = field(default_factory=dict)
    lists: Mapping[str, frozenset[str]] = field(default_factory=dict)
    outputs: Mapping[str, Value | None] = field(default_factory=dict)
    timezone: tzinfo = UTC
