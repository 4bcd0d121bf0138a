"""The fixed clock."""

from datetime import UTC, datetime

import pytest

from leadpolicy.testing import Clock, FixedClock

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def test_a_fixed_clock_always_shows_its_instant() -> None:
    clock: Clock = FixedClock(NOON)
    assert clock.now() == clock.now() == NOON


def test_a_clock_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="`instant` needs a time zone"):
        FixedClock(NOON.replace(tzinfo=None))
