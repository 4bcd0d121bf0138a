"""`python -m leadpolicy` is the command line."""

from __future__ import annotations

from leadpolicy.cli import main

if __name__ == "__main__":
    main()
