"""Settings for all tests: time limits belong to benchmarks, not to properties."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "leadpolicy",
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("leadpolicy")
