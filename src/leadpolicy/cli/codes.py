"""The exit codes of all commands."""

from __future__ import annotations

from typing import Final

PROBLEMS: Final = 1
USAGE: Final = 2
CHANGES: Final = 2
REJECTED: Final = 3
INTERRUPTED: Final = 130

HELP: Final = (
    "Exit codes: 0 fine · 1 problems: errors in a policy, a file or a CRM that cannot be used · "
    "2 wrong usage, and for `plan` and `drift`: there are changes · 3 finished, but some rows were "
    "rejected. Results go to stdout, all else to stderr. LEADPOLICY_DEBUG=1 shows tracebacks; "
    "NO_COLOR=1 turns colours off."
)
