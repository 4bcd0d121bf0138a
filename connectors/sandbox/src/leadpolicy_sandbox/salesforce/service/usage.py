"""How many calls a day allows, and how many are used."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Usage:
    """Calls of the last 24 hours; the practice org forgets none of them by itself."""

    limit: int = 100_000
    used: int = 0
    calls: int = 0

    @property
    def left(self) -> int:
        """How many calls are left."""
        return max(self.limit - self.used, 0)

    def take(self, count: int = 1) -> bool:
        """Count calls; False when none are left, and then nothing is used."""
        self.calls += count
        if not self.left:
            return False
        self.used += count
        return True

    def leave(self, left: int) -> None:
        """Let exactly so many calls be left."""
        self.used = self.limit - left

    @property
    def header(self) -> str:
        """What `Sforce-Limit-Info` says.

        >>> Usage(limit=5000, used=18).header
        'api-usage=18/5000'
        """
        return f"api-usage={self.used}/{self.limit}"
