"""What can go wrong between a connector and its CRM, by name, and scripts that say when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class Operation(StrEnum):
    """What a call is for; faults are scripted and counted by it."""

    WRITE = "write"
    LOOKUP = "lookup"
    READ = "read"
    PULL = "pull"
    POLL = "poll"
    DEPLOY = "deploy"


class Position(StrEnum):
    """Which of the calls that an operation makes in a clean run."""

    FIRST = "first"
    MIDDLE = "middle"
    LAST = "last"

    def of(self, calls: int) -> int:
        """Return the number of the call, from 1.

        >>> [position.of(5) for position in Position]
        [1, 3, 5]
        """
        return {Position.FIRST: 1, Position.MIDDLE: (calls + 1) // 2, Position.LAST: calls}[self]


class Fault(StrEnum):
    """One way in which a call goes wrong."""

    THROTTLED_SECONDS = "throttled-seconds"
    THROTTLED_DATE = "throttled-date"
    THROTTLED_BARE = "throttled-bare"
    THROTTLED_ABSURD = "throttled-absurd"
    ERROR_500 = "error-500"
    ERROR_502 = "error-502"
    ERROR_503 = "error-503"
    ERROR_504 = "error-504"
    TIMEOUT_BEFORE = "timeout-before"
    RESET_BEFORE = "reset-before"
    TIMEOUT_AFTER = "timeout-after"
    RESET_AFTER = "reset-after"
    LATE_EFFECT = "late-effect"
    HTML = "html"
    CUT_JSON = "cut-json"
    INVALID_JSON = "invalid-json"
    ITEMS_MISSING = "items-missing"
    ITEMS_EXTRA = "items-extra"
    ITEMS_SHUFFLED = "items-shuffled"
    ITEMS_DUPLICATED = "items-duplicated"
    TOKEN_EXPIRED = "token-expired"  # noqa: S105
    ACCESS_DENIED = "access-denied"
    ACCESS_FORBIDDEN = "access-forbidden"
    QUOTA_USED_UP = "quota-used-up"
    ROW_LOCKED = "row-locked"
    JOB_LOST = "job-lost"
    JOB_ABORTED = "job-aborted"
    SLOW_DRIP = "slow-drip"
    STALLED = "stalled"
    UNREACHABLE = "unreachable"
    KILLED_BEFORE = "killed-before"
    KILLED_AFTER = "killed-after"


KILLS: Final = frozenset({Fault.KILLED_BEFORE, Fault.KILLED_AFTER})
"""Faults that end the calling process, just before or just after the call takes effect."""

SLOW: Final = frozenset({Fault.TIMEOUT_BEFORE, Fault.TIMEOUT_AFTER, Fault.SLOW_DRIP, Fault.STALLED})
"""Faults that last until the caller gives up."""

ITEMS: Final = frozenset(
    {Fault.ITEMS_MISSING, Fault.ITEMS_EXTRA, Fault.ITEMS_SHUFFLED, Fault.ITEMS_DUPLICATED}
)
"""Faults in the list that an answer carries."""

_ONLY: Final[Mapping[Fault, frozenset[Operation]]] = {
    **dict.fromkeys(ITEMS, frozenset(Operation) - {Operation.DEPLOY}),
    Fault.LATE_EFFECT: frozenset({Operation.WRITE, Operation.DEPLOY}),
    Fault.ROW_LOCKED: frozenset({Operation.WRITE}),
    Fault.JOB_LOST: frozenset({Operation.POLL}),
    Fault.JOB_ABORTED: frozenset({Operation.POLL}),
}


def makes_sense(fault: Fault, operation: Operation) -> bool:
    """Tell whether a fault can hit calls of an operation.

    >>> makes_sense(Fault.JOB_LOST, Operation.PULL)
    False
    """
    return operation in _ONLY.get(fault, frozenset(Operation))


@dataclass(frozen=True, slots=True)
class Scripted:
    """A fault at the `call`-th call of an operation, from 1, and at `times` - 1 calls after it."""

    fault: Fault
    operation: Operation
    call: int = 1
    times: int = 1

    def hits(self, operation: Operation, call: int) -> bool:
        """Tell whether the fault strikes this call."""
        return operation is self.operation and self.call <= call < self.call + self.times

    def to_dict(self) -> dict[str, Any]:
        """Return the fault as JSON-ready data."""
        return {
            "fault": self.fault.value,
            "operation": self.operation.value,
            "call": self.call,
            "times": self.times,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Scripted:
        """Return the fault of JSON-ready data; raises ValueError for an unknown name."""
        operation = Operation(data["operation"])
        return cls(Fault(data["fault"]), operation, int(data["call"]), int(data["times"]))


def combinations() -> Iterator[tuple[Fault, Operation]]:
    """Yield every fault with every operation that it can hit, kills of the caller apart."""
    for fault in Fault:
        if fault not in KILLS:
            yield from ((fault, op) for op in Operation if makes_sense(fault, op))
