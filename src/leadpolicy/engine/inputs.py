"""What goes into a decision besides attributes, and how bad input is refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from leadpolicy.diagnostics import Diagnostic, render_text
from leadpolicy.expr.facts import Signal


class InputError(ValueError):
    """Facts about a lead cannot be used; `diagnostics` holds every problem, in the order given."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics: Final = tuple(diagnostics)
        super().__init__(render_text(self.diagnostics, {}))


@dataclass(frozen=True, slots=True)
class ConsentEvent:
    """What was recorded about consent for a purpose on a channel, at an aware instant.

    `status` is one of requested, granted, confirmed (a double opt-in), refused, withdrawn,
    objected and expired.
    """

    purpose: str
    channel: str
    status: str
    at: datetime
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Ignored:
    """A signal that took no part in a decision, and why; `gate` names the gate that was closed."""

    signal: Signal
    reason: str
    gate: str | None = None

    def __str__(self) -> str:
        day = self.signal.occurred_at.date().isoformat()
        return f"`{self.signal.type}` of {day}: {self.reason}"

    def to_dict(self) -> dict[str, str | None]:
        """Return the signal's type, id and instant with the reason, as JSON-ready data."""
        signal = self.signal
        return {
            "type": signal.type,
            "id": signal.id,
            "occurred_at": signal.occurred_at.isoformat().replace("+00:00", "Z"),
            "reason": self.reason,
            "gate": self.gate,
        }
