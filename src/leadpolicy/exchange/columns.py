"""What the columns of a file say before a row is read: lacking, not read, or all as bound."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from leadpolicy.diagnostics import did_you_mean
from leadpolicy.exchange.tables import FileError


@dataclass(frozen=True, slots=True)
class Wanted:
    """The columns that a binding reads, and those without which nothing can be read."""

    read: frozenset[str]
    required: frozenset[str]


def check_columns(path: Path, found: Collection[str], wanted: Wanted) -> tuple[str, ...]:
    """Return notes on columns; raises `FileError` naming every required column that is lacking."""
    lacking = sorted(wanted.required - {*found})
    if lacking:
        hints = (did_you_mean(name, found) for name in lacking)
        raise FileError(f"`{path}` has no {_columns(lacking)}", next(filter(None, hints), None))
    if wanted.required != wanted.read and not (wanted.read - wanted.required) & {*found}:
        hint = "write a binding and name it with --bind"
        raise FileError(f"`{path}` has none of the {_columns(sorted(wanted.read))}", hint)
    return tuple(_notes(path, {*found}, wanted))


def _notes(path: Path, found: set[str], wanted: Wanted) -> Iterator[str]:
    lacking = sorted(wanted.read - found)
    if lacking:
        yield f"{path.name}: no {_columns(lacking)}, unknown in every row"
    unread = sorted(name for name in found - wanted.read if name)
    if unread:
        yield f"{path.name}: {_columns(unread)} not read"


def _columns(names: list[str]) -> str:
    listed = ", ".join(f"`{name}`" for name in names[:12])
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return f"column{'' if len(names) == 1 else 's'} {listed}{more}"
