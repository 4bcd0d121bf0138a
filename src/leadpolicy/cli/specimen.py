"""Which lead the demo shows: points up and down, and a few facts away from the next state."""

from __future__ import annotations

from heapq import nlargest
from typing import Final

from leadpolicy.backends.python.lines import LineKind
from leadpolicy.engine.decision import Decision

SHOWN_STATE: Final = "mql"
_KEPT: Final = 20
_MOST_FACTS: Final = 4


class Specimens:
    """Keeps the leads that show most, and chooses one of them."""

    def __init__(self) -> None:
        self._kept: list[tuple[tuple[bool, bool, int], str, Decision]] = []

    def look_at(self, key: str, decision: Decision) -> None:
        """Keep a decided lead if it shows more than others."""
        falls = any(line.kind is LineKind.RULE and line.points < 0 for line in decision.lines)
        rank = (decision.state == SHOWN_STATE, falls, len(decision.fired))
        self._kept.append((rank, key, decision))
        if len(self._kept) > 10 * _KEPT:
            self._kept = self._best()

    def _best(self) -> list[tuple[tuple[bool, bool, int], str, Decision]]:
        return nlargest(_KEPT, self._kept, key=lambda item: item[0])

    def choose(self) -> tuple[str, Decision] | None:
        """Return the first one that a few facts would bring further; None where there are none."""
        best = [(key, decision) for _, key, decision in self._best()]
        near = (item for item in best if _is_near(item[1]))
        return next(near, best[0] if best else None)


def _is_near(decision: Decision) -> bool:
    found = decision.missing(limit=1).sets
    return bool(found) and len(found[0].facts) <= _MOST_FACTS
