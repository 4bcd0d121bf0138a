"""What travels between a CRM and the core: leads, decisions, outcomes, feedback and events."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from leadpolicy.crm.capabilities import Stream
from leadpolicy.crm.state import Value


@dataclass(frozen=True, slots=True)
class LeadRow:
    """A lead as the CRM holds it: raw values by column name, with its signals and consents.

    `held` has what the policy's own columns hold now, for those that were asked for, in the form
    of `values.held`.
    """

    key: str
    values: Mapping[str, object]
    signals: tuple[Mapping[str, object], ...] = ()
    consents: tuple[Mapping[str, object], ...] = ()
    held: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """The values of one decided lead, one for each column that the policy writes.

    `holds_until` is when the values may change though nothing new becomes known (UTC); it is not
    written, and None says never.
    """

    key: str
    values: Mapping[str, Value]
    holds_until: datetime | None = field(default=None, compare=False)


class Presence(StrEnum):
    """Whether a CRM has a lead."""

    PRESENT = "present"
    DELETED = "deleted"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a CRM holds of one lead that was looked up; `into` is the key it was merged into."""

    values: Mapping[str, object] = field(default_factory=dict)
    presence: Presence = Presence.PRESENT
    into: str = ""


class Status(StrEnum):
    """What became of one row of a batch.

    `accepted` rows are answered later by `results`; `deferred` rows were refused for a passing
    reason such as a lock; of `unknown` rows the CRM's answer says nothing.
    """

    CREATED = "created"
    WRITTEN = "written"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    DEFERRED = "deferred"
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row: with a code, a field and a sentence when it was refused.

    `ticket` names the job that an accepted row went into.
    """

    key: str
    status: Status
    code: str = ""
    message: str = ""
    field: str = ""
    ticket: str = ""

    @classmethod
    def failed(cls, key: str, code: str, message: str, field: str = "") -> Outcome:
        """Return the outcome of a row that was refused for good."""
        return cls(key, Status.FAILED, code, message, field)

    @classmethod
    def deferred(cls, key: str, code: str, message: str) -> Outcome:
        """Return the outcome of a row that was refused for a passing reason."""
        return cls(key, Status.DEFERRED, code, message)


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """What sales wrote for one lead, raw and by column name."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """A digest that differs when, and only when, the feedback differs."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """Return the values as canonical JSON: moments as ISO 8601 text, decimals as text."""
        return json.dumps(dict(self.values), sort_keys=True, default=_as_text)


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


class EventKind(StrEnum):
    """What happened to a lead in the CRM."""

    CHANGED = "changed"
    FEEDBACK = "feedback"
    STAGE = "stage"
    CONSENT = "consent"
    DELETED = "deleted"
    RESTORED = "restored"
    MERGED = "merged"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened in the CRM; the same `id` in a stream is the same event.

    `at` is the CRM's own time (UTC) and orders events of one lead; `by` is who did it, empty when
    the CRM does not tell. `values` holds, by kind: the feedback by column name; `from` and `to` of
    a stage; `purpose`, `channel` and `status` of a consent; `into` of a merge.
    """

    id: str
    key: str
    kind: EventKind
    at: datetime
    by: str = ""
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """Some events of a stream in order, and the cursor behind them.

    The same cursor yields the same events again, or more; `complete` says that nothing more waits
    at present.
    """

    stream: Stream
    events: tuple[Event, ...]
    cursor: str
    complete: bool = True


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """A consent status of one lead for a purpose on a channel, as it is told to a CRM.

    `at` is when the person said so (UTC).
    """

    key: str
    purpose: str
    channel: str
    status: str
    at: datetime
    source: str = ""


@dataclass(frozen=True, slots=True)
class Quota:
    """How many calls are left until `resets_at` (UTC, None when not told)."""

    used: int
    limit: int
    resets_at: datetime | None = None

    @property
    def left(self) -> int:
        """The calls that are left, never below 0."""
        return max(self.limit - self.used, 0)
