"""The plug-ins that the command line works with."""

from __future__ import annotations

import os
from functools import cache

from leadpolicy.plugins.registry import Registry

OFF = "LEADPOLICY_PLUGINS_OFF"


@cache
def installed() -> Registry:
    """Return the plug-ins that are installed, without those that OFF names, apart by commas."""
    off = {name.strip() for name in os.environ.get(OFF, "").split(",")}
    return Registry(off=off - {""})
