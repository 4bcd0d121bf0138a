"""One lab for all experiments of a test process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from leadpolicy.testing.lab import Lab


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """Return the lab."""
    with Lab() as running:
        yield running
