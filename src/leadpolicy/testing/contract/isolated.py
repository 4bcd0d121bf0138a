"""Scripts that look at a plug-in in a process of their own, where nothing is loaded yet."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from leadpolicy.testing.contract.behaviour import ViolationError

_LONGEST: Final = 60

LOADING: Final = """
import importlib, json, sys
import leadpolicy.crm.connector, leadpolicy.plugins.hookspecs
known, touched = set(sys.modules), []

def watch(event, details):
    if event == "open" and isinstance(details[1], str) and set(details[1]) & set("wax+"):
        touched.append(f"opens {details[0]} for writing")
    elif event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system"):
        touched.append(event)

sys.addaudithook(watch)
name, _, attribute = sys.argv[1].partition(":")
plugin = importlib.import_module(name)
plugin = getattr(plugin, attribute) if attribute else plugin
brought = sorted(plugin.leadpolicy_connectors())
loaded = sorted(set(sys.modules) - known)
print(json.dumps({"brought": brought, "touched": touched, "loaded": loaded}))
"""

BESIDE_BROKEN: Final = """
import json, sys
from importlib.metadata import EntryPoint
from leadpolicy.plugins.registry import Registry
value, broken = sys.argv[1], json.loads(sys.argv[2])
points = [EntryPoint("good", value, "leadpolicy")]
points += [EntryPoint(name, place, "leadpolicy") for name, place in broken.items()]
registry = Registry(points, patience=2.0)
refused = {one.name: one.reason for one in registry.refused}
print(json.dumps({"connectors": sorted(registry.connectors), "refused": refused}))
"""


def run_isolated(script: str, *arguments: str, folder: Path | None = None) -> Any:
    """Run a script in a new interpreter and return the JSON it prints.

    Raises `ViolationError` with the last line of its error when it fails.
    """
    search = [str(folder)] if folder else []
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([*search, *filter(None, sys.path)]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(  # noqa: S603 - our own scripts in our own interpreter
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        env=environment,
        timeout=_LONGEST,
        check=False,
    )
    if done.returncode:
        last = done.stderr.strip().splitlines() or ["no message"]
        raise ViolationError(f"the plug-in cannot be looked at: {last[-1]}")
    return json.loads(done.stdout.splitlines()[-1])
