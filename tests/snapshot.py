"""Texts kept in files, so that a change of what people read is seen in review.

With LEADPOLICY_UPDATE_SNAPSHOTS=1 the files are written instead of compared.
"""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "snapshots"


def assert_same_as_kept(name: str, text: str) -> None:
    """Compare a text with the file of that name in `tests/snapshots`."""
    path = FOLDER / name
    if os.environ.get("LEADPOLICY_UPDATE_SNAPSHOTS") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    hint = "call the test with LEADPOLICY_UPDATE_SNAPSHOTS=1 and look at the difference"
    assert path.is_file(), f"{name} is not kept: {hint}"
    assert text == path.read_bytes().decode("utf-8"), f"{name} has changed: {hint}"
