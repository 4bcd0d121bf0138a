"""The command line: one file a command, and nothing in it that the library cannot do without it."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; the exit code says how it went."""
    from leadpolicy.cli.app import app

    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    app()
