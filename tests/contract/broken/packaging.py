"""Plug-ins that cost too much, touch something, or bring nothing; one file is written for each."""

BRINGS = """
import pluggy
LEADPOLICY_API = (1, 0)

class Factory:
    def open(self, url, binding, options):
        raise NotImplementedError

@pluggy.HookimplMarker("leadpolicy")
def leadpolicy_connectors():
    return {"upsert": Factory()}
"""

PLUGINS = {
    "imports_a_client": (
        "loading-the-plug-in-costs-nothing",
        "import hypothesis, sqlalchemy, httpx\n" + BRINGS,
    ),
    "writes_a_file": (
        "loading-the-plug-in-costs-nothing",
        "import os\nopen(os.devnull, 'w').close()\n" + BRINGS,
    ),
    "asks_the_network": (
        "loading-the-plug-in-costs-nothing",
        "import socket\n"
        "try:\n    socket.create_connection(('127.0.0.1', 1), 0.2)\nexcept OSError:\n    pass\n"
        + BRINGS,
    ),
    "brings_another_name": (
        "loading-the-plug-in-costs-nothing",
        BRINGS.replace('"upsert"', '"upserting"'),
    ),
    "does_not_load": ("loading-the-plug-in-costs-nothing", "import nowhere_to_be_found\n"),
    "has_no_version": (
        "a-plug-in-of-another-version-disables-only-itself",
        BRINGS.replace("LEADPOLICY_API = (1, 0)", ""),
    ),
    "is_of_another_version": (
        "a-plug-in-of-another-version-disables-only-itself",
        BRINGS.replace("(1, 0)", "(9, 0)"),
    ),
    "ends_the_process": (
        "a-broken-plug-in-takes-nothing-else-down",
        "import os\nos._exit(3)\n" + BRINGS,
    ),
    "takes_the_builtin_name": (
        "a-broken-plug-in-takes-nothing-else-down",
        BRINGS.replace('"upsert"', '"memory"'),
    ),
}
