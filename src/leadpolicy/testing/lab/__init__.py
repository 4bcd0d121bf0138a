"""A laboratory for connectors and syncs: a CRM that fails by script, kills, and a checker.

The CRM is a real HTTP server in a process of its own. It writes down everything that happens to
it, and that history alone decides whether something was lost or doubled.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from leadpolicy.testing.lab.clock import LabClock
    from leadpolicy.testing.lab.experiment import Experiment
    from leadpolicy.testing.lab.faults import Fault, Operation, Position, Scripted
    from leadpolicy.testing.lab.lab import Lab, LabCrm
    from leadpolicy.testing.lab.proxy import FaultProxy
    from leadpolicy.testing.lab.world import Entry, Options

__all__ = [
    "Entry",
    "Experiment",
    "Fault",
    "FaultProxy",
    "Lab",
    "LabClock",
    "LabCrm",
    "Operation",
    "Options",
    "Position",
    "Scripted",
]

_HOMES: Final = {
    "Entry": "world",
    "Experiment": "experiment",
    "Fault": "faults",
    "FaultProxy": "proxy",
    "Lab": "lab",
    "LabClock": "clock",
    "LabCrm": "lab",
    "Operation": "faults",
    "Options": "world",
    "Position": "faults",
    "Scripted": "faults",
}


def __getattr__(name: str) -> object:
    """Load an exported name on first use."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module `{__name__}` has no attribute `{name}`")
    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
