"""What proofs are tried on: shipped packs, and random policies with leads."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.documents.read import read
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy.testing.policies import leads, policies

_FOLDER: Final = Path(__file__).parents[2] / "policies"
PACKS: Final = sorted(path.parent.name for path in _FOLDER.glob("*/policy.yaml"))

policy_and_leads: Final = policies().flatmap(
    lambda checked: st.tuples(st.just(checked), st.lists(leads(checked), min_size=1, max_size=3))
)


def pack(name: str) -> CheckedPolicy:
    """Return a shipped pack."""
    return read(_FOLDER / name, packs=[_FOLDER], today=date(2026, 11, 21)).require()


def thoroughly(count: int) -> settings:
    """Return how a property is tried; a single example may take long."""
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=examples(count), deadline=None, suppress_health_check=quiet)
