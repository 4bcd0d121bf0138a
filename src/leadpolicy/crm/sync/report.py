"""What a sync did, in numbers and with the first reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Final

from leadpolicy.crm.rows import Event, Outcome
from leadpolicy.crm.store.contract import Backlog

_MOST_KEPT: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What a sync did.

    Of the decisions: `written` (of these `created`: leads that the CRM lacked; `restored`: values
    that somebody else had changed), `unchanged`, `failed` (with `failures`), `withheld` for want
    of consent, `gone` with their leads, `erased`. Of what did not arrive: `pending`, `later` (from
    `next_at` on), `in_doubt`, and `dead` letters in all. Of what came back: feedback and `events`
    by novelty, `echoes` of our own writing, `foreign` feedback that had no effect. `reads` and
    `writes` count calls, `stray` counts answers for leads that were not asked about, `in_full`
    says that all leads were decided. Failures, reasons and foreign events are the first 1,000.
    """

    written: int = 0
    created: int = 0
    restored: int = 0
    unchanged: int = 0
    failed: int = 0
    withheld: int = 0
    gone: int = 0
    erased: int = 0
    superseded: int = 0
    deferred: int = 0
    verified: int = 0
    pending: int = 0
    later: int = 0
    in_doubt: int = 0
    dead: int = 0
    feedback_new: int = 0
    feedback_unchanged: int = 0
    feedback_withdrawn: int = 0
    events: int = 0
    events_known: int = 0
    echoes: int = 0
    foreign: int = 0
    stray: int = 0
    reads: int = 0
    writes: int = 0
    in_full: bool = False
    next_at: datetime | None = None
    failures: tuple[Outcome, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)
    foreign_events: tuple[Event, ...] = ()

    def counts(self) -> dict[str, int]:
        """Return the counts by name."""
        found = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: number for name, number in found.items() if type(number) is int}

    def to_dict(self) -> dict[str, object]:
        """Return the report as JSON-ready data."""
        return {
            **self.counts(),
            "in_full": self.in_full,
            "next_at": self.next_at and self.next_at.isoformat(),
            "failures": [_failure(outcome) for outcome in self.failures],
            "withheld_leads": dict(self.reasons),
            "foreign_events": [_event(event) for event in self.foreign_events],
        }


def _failure(outcome: Outcome) -> dict[str, str]:
    found = {"key": outcome.key, "code": outcome.code, "message": outcome.message}
    return found | ({"field": outcome.field} if outcome.field else {})


def _event(event: Event) -> dict[str, str]:
    at = event.at.isoformat()
    return {"key": event.key, "kind": event.kind.value, "by": event.by, "at": at}


@dataclass(slots=True)
class Tally:
    """Counts while a sync runs."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[Outcome] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    foreign: list[Event] = field(default_factory=list)
    in_full: bool = False

    def add(self, **counts: int) -> None:
        """Add to counts by name."""
        for name, count in counts.items():
            self.counts[name] += count

    def fail(self, outcome: Outcome) -> None:
        """Count a row that was refused and keep why."""
        self.counts["failed"] += 1
        if len(self.failures) < _MOST_KEPT:
            self.failures.append(outcome)

    def withhold(self, key: str, reason: str) -> None:
        """Count a row that was not sent for want of consent and keep why."""
        self.counts["withheld"] += 1
        if len(self.reasons) < _MOST_KEPT:
            self.reasons[key] = reason

    def keep_foreign(self, event: Event) -> None:
        """Keep an event that somebody had no right to make."""
        if len(self.foreign) < _MOST_KEPT:
            self.foreign.append(event)

    def report(self, backlog: Backlog, *, reads: int, writes: int) -> SyncReport:
        """Return the report."""
        return SyncReport(
            **self.counts,
            pending=backlog.pending,
            later=backlog.later,
            in_doubt=backlog.in_doubt,
            dead=backlog.dead,
            next_at=backlog.next_at,
            reads=reads,
            writes=writes,
            in_full=self.in_full,
            failures=tuple(self.failures),
            reasons=dict(self.reasons),
            foreign_events=tuple(self.foreign),
        )
