"""What a connector can do, as frozen data that plans, syncs and contract tests read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

Idempotency: TypeAlias = Literal["native_key", "unique_upsert", "verify_read", "none"]
Atomicity: TypeAlias = Literal["per_row", "all_or_none"]
Deletions: TypeAlias = Literal["feed", "scan", "none"]
Concurrency: TypeAlias = Literal["version", "moment", "none"]


class Stream(StrEnum):
    """What can be pulled from a CRM piece by piece, each behind a cursor of its own.

    `setup` has no events: its cursor moves whenever somebody changes columns, rules or rights.
    """

    SETUP = "setup"
    CHANGES = "changes"
    FEEDBACK = "feedback"
    STAGES = "stages"
    CONSENTS = "consents"
    REMOVALS = "removals"


class PartKind(StrEnum):
    """The kinds of parts that a plan can bring into a CRM."""

    COLUMN = "column"
    TABLE = "table"
    REASON = "reason"
    RULE = "rule"
    PERMISSION = "permission"


@dataclass(frozen=True, slots=True)
class RateWindow:
    """At most `calls` calls within any `seconds`; the core never sends more."""

    calls: int
    seconds: float

    def __post_init__(self) -> None:
        if self.calls < 1 or not self.seconds > 0:
            raise ValueError("a rate window needs at least one call and some time")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a connector can do; each value selects contract tests.

    - `idempotency`: how a write sent twice is kept from counting twice. `native_key` and
      `unique_upsert` write at the lead's own key or at a unique field; `verify_read` appends, and
      `lookup` shows what was appended; `none` can promise delivery at least once only.
    - `late_effect_seconds`: how long after an unanswered or accepted call its effect may appear.
    - `batch_max`: rows of one write; with `bulk_min` rows or more waiting, batches may have
      `bulk_max` rows and are answered later through `results`.
    - `atomicity`: whether one bad row makes the CRM refuse the whole batch.
    - `rates`: windows that calls are kept within; `live_quota`: `quota` can be asked.
    - `creates_leads`: a write for a lead that the CRM lacks makes the lead.
    - `feeds`: the streams that `pull` serves. `deletions` tells how removed leads are noticed:
      in the feed, by scanning all leads, or not at all. `merges`: the feed tells of merges.
    - `concurrency`: how the CRM keeps an older write from overwriting a newer one.
    - `creates`, `changes`, `destroys`: the kinds of parts that `apply` can make, alter, remove.
      `instead` says what a column that it cannot make can be bound to: `to a field that …`.
    - `together`: all changes of a plan are made in one step or not at all.
    - `state_table`: the CRM keeps the states in a table to choose from, beside that of the reasons;
      `consent_tables`: it keeps the purposes and lawful bases of consent in tables too.
    - `native`: constructs of the language that the CRM evaluates itself, by name.
    - `reads_consents`, `writes_consents`: withdrawals come from, and are told to, the CRM.
    - `max_concurrency`: how many calls may run at once, from as many threads.
    """

    idempotency: Idempotency = "none"
    late_effect_seconds: float = 0.0
    batch_max: int = 100
    bulk_min: int | None = None
    bulk_max: int | None = None
    atomicity: Atomicity = "per_row"
    rates: tuple[RateWindow, ...] = ()
    live_quota: bool = False
    creates_leads: bool = False
    feeds: frozenset[Stream] = frozenset()
    deletions: Deletions = "none"
    merges: bool = False
    concurrency: Concurrency = "none"
    creates: frozenset[PartKind] = frozenset()
    changes: frozenset[PartKind] = frozenset()
    destroys: frozenset[PartKind] = frozenset()
    together: bool = False
    state_table: bool = False
    consent_tables: bool = False
    native: frozenset[str] = frozenset()
    reads_consents: bool = False
    writes_consents: bool = False
    max_concurrency: int = 1
    instead: str = ""

    def __post_init__(self) -> None:
        if self.batch_max < 1 or self.max_concurrency < 1:
            raise ValueError("`batch_max` and `max_concurrency` are at least 1")
        if (self.bulk_min is None) != (self.bulk_max is None):
            raise ValueError("`bulk_min` and `bulk_max` are given together or not at all")
        if not self.late_effect_seconds >= 0:
            raise ValueError("`late_effect_seconds` is not negative")
