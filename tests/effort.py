"""How much random testing is done: LEADPOLICY_EFFORT=20 makes every property try 20 times more."""

from __future__ import annotations

import os

EFFORT = float(os.environ.get("LEADPOLICY_EFFORT", "1"))


def examples(count: int) -> int:
    """Return how many examples to try where `count` is right for everyday runs."""
    return max(1, round(count * EFFORT))
