"""What a caller may say about a sync, all of it optional."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from leadpolicy.crm.clock import Clock, SystemClock
from leadpolicy.crm.points import Probe, unprobed
from leadpolicy.crm.rows import DecisionRow, LeadRow
from leadpolicy.crm.state import Team
from leadpolicy.crm.store.contract import Holder

Decider: TypeAlias = Callable[[Iterable[LeadRow]], Iterable[DecisionRow]]
"""Decides leads; a lead that cannot be decided is left out."""

Permit: TypeAlias = Callable[[Sequence[str], datetime], Mapping[str, str]]
"""Asked right before some leads are sent: returns by key why a lead must not be."""

Progress: TypeAlias = Callable[[str, int, int | None], object]
"""Called with what is being done, how much is done, and how much there is if known."""


def silent(_what: str, _done: int, _total: int | None) -> None:
    """Show no progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a sync is done.

    - `holder`: who holds the lock; None is this process. `take_over` takes the lock from whoever
      holds it.
    - `max_attempts`: refusals for a passing reason after which a row is a dead letter.
    - `page`: leads that are compared at once, and events that are pulled at once.
    - `permit`: asked right before each send; without it nothing is withheld.
    - `roles`: the team of each person that appears in `Event.by`. With roles, what others than
      sales write as feedback has no effect.
    - `full`: read and decide all leads though only some have changed. `basis`: what decisions rest
      on beside the policy, such as the binding; when it changes, all leads are decided.
    - `threads`: calls at once, at most as many as the connector takes; None is as many.
    - `patience`: how often one call is tried that the CRM cannot take now; then the run ends, and
      the next one goes on.
    - `longest_wait`: seconds that a run waits in one go at most, whatever the CRM asks for.
    - `job_seconds`: how long a run waits for a job of the CRM; then the next run asks for it.
    - `chance`: random numbers within 0 and 1 that spread what is tried again.
    """

    clock: Clock = field(default_factory=SystemClock)
    probe: Probe = unprobed
    holder: Holder | None = None
    take_over: bool = False
    max_attempts: int = 8
    page: int = 500
    permit: Permit | None = None
    roles: Mapping[str, Team] = field(default_factory=dict)
    progress: Progress = silent
    full: bool = False
    basis: str = ""
    threads: int | None = None
    patience: int = 8
    longest_wait: float = 900.0
    job_seconds: float = 600.0
    chance: Callable[[], float] = random.random

    def __post_init__(self) -> None:
        counts = (self.max_attempts, self.page, self.patience, self.threads or 1)
        if min(counts) < 1:
            names = "`max_attempts`, `page`, `patience` and `threads`"
            raise ValueError(f"{names} are at least 1")
