"""Markdown from plain text: whatever a policy says stays text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from leadpolicy.backends.prose.values import one_line

_INLINE: Final = re.compile(r"([\\`*_\[\]<>|~&$#])")
_AT_START: Final = re.compile(r"^(?:([-+=])|(\d+)([.)]))(?=[-=\s]|$)")


def escaped(text: str) -> str:
    """Return a text on one line that Markdown shows as it is.

    >>> print(escaped("1. <b>*A*</b>"))
    1\\. \\<b\\>\\*A\\*\\</b\\>
    """
    inline = _INLINE.sub(r"\\\1", one_line(text))
    return _AT_START.sub(lambda found: f"{found[2] or ''}\\{found[1] or found[3]}", inline)


def heading(level: int, text: str, name: str | None = None) -> str:
    """Return a heading; `name` is what the part is called in the policy's files."""
    code = f" (`{name}`)" if name else ""
    return f"{'#' * level} {escaped(text)}{code}"


def labelled(label: str, text: str) -> str:
    """Return a text with a label in front."""
    return f"**{escaped(label)}:** {escaped(text)}"


def bullets(items: Iterable[str], depth: int = 0) -> str:
    """Return a list of items that are Markdown already."""
    return "\n".join(f"{'  ' * depth}- {item}" for item in items)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of plain texts; columns without any text are left out."""
    found = [list(map(escaped, row)) for row in rows]
    kept = [index for index in range(len(head)) if any(row[index] for row in found)]
    lines = [[escaped(head[index]) for index in kept], ["---"] * len(kept)]
    lines += [[row[index] for index in kept] for row in found]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
