"""The public test kit: a seeded German B2B world, and a clock that stands still."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from leadpolicy.testing.clock import Clock, FixedClock
    from leadpolicy.testing.world import World, generate_world

__all__ = ["Clock", "FixedClock", "World", "generate_world"]

_HOMES: Final = {
    "Clock": "leadpolicy.testing.clock",
    "FixedClock": "leadpolicy.testing.clock",
    "World": "leadpolicy.testing.world",
    "generate_world": "leadpolicy.testing.world",
}


def __getattr__(name: str) -> object:
    """Load an exported name on first use."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module `{__name__}` has no attribute `{name}`")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
