"""Settings for all tests: time limits belong to benchmarks, not to properties.

Where CI is set every run tries the same examples, so that a change is judged by what it changes;
elsewhere each run tries new ones, and LEADPOLICY_EFFORT says how many.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "leadpolicy",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("leadpolicy")
