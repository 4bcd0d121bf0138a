"""The contract kit: numbered behaviours that every connector can be held to.

`pip install leadpolicy[contract]`, write a `Harness`, and run it from your own tests:

    from leadpolicy.testing.contract import contract_tests

    test_contract = contract_tests(AcmeHarness(), reasons="connector.toml")

or from the command line with `python -m leadpolicy.testing.contract acme_harness:AcmeHarness`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from leadpolicy.testing.contract.behaviour import (
        Behaviour,
        NotApplicableError,
        NotOfferedError,
        Tier,
    )
    from leadpolicy.testing.contract.catalogue import behaviour_named, behaviours
    from leadpolicy.testing.contract.harness import BaseHarness, Harness
    from leadpolicy.testing.contract.running import Mark, Report, Result, check, run
    from leadpolicy.testing.contract.sandbox import BaseSandbox, Effect, Sandbox
    from leadpolicy.testing.contract.suite import contract_tests

__all__ = [
    "BaseHarness",
    "BaseSandbox",
    "Behaviour",
    "Effect",
    "Harness",
    "Mark",
    "NotApplicableError",
    "NotOfferedError",
    "Report",
    "Result",
    "Sandbox",
    "Tier",
    "behaviour_named",
    "behaviours",
    "check",
    "contract_tests",
    "run",
]

_HOMES: Final = {
    "behaviour": ("Behaviour", "NotApplicableError", "NotOfferedError", "Tier"),
    "catalogue": ("behaviour_named", "behaviours"),
    "harness": ("BaseHarness", "Harness"),
    "running": ("Mark", "Report", "Result", "check", "run"),
    "sandbox": ("BaseSandbox", "Effect", "Sandbox"),
    "suite": ("contract_tests",),
}


def __getattr__(name: str) -> object:
    """Load an exported name on first use."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module `{__name__}` has no attribute `{name}`")
