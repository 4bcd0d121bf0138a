"""What is wrong with the practice org by itself: refused logins, locked rows, lost jobs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, Literal

from leadpolicy_sandbox.salesforce.org.results import OrgError, SaveError, SaveResult

CONCURRENT: Final = OrgError(
    403,
    "REQUEST_LIMIT_EXCEEDED",
    "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
)
_LOCKED: Final = "unable to obtain exclusive access to this record or 1 records: {}"


@dataclass(slots=True)
class Trouble:
    """Troubles that stand until they are healed.

    `denied` is "login" when nobody may come in, "access" when nobody may use the API. `locks` says
    how often more a record, by its id or the value of its external id, is held by somebody else.
    `lost` and `aborted` name jobs.
    """

    denied: Literal["", "login", "access"] = ""
    locks: Counter[str] = field(default_factory=Counter)
    lost: set[str] = field(default_factory=set)
    aborted: set[str] = field(default_factory=set)

    def heal(self) -> None:
        """Let everything be well again."""
        self.denied = ""
        self.locks.clear()
        self.lost.clear()
        self.aborted.clear()

    def blocked(self, *names: str | None) -> SaveResult | None:
        """Return the refusal of a record that is locked under one of its names, if it is."""
        held = [name for name in names if name and self.locks[name] > 0]
        if not held:
            return None
        self.locks.subtract(held)
        error = SaveError("UNABLE_TO_LOCK_ROW", _LOCKED.format(held[0]))
        return SaveResult(None, False, (error,))
