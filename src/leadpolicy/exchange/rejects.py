"""Rows that were not used: what was wrong with each of them, and what stood there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from leadpolicy.exchange.cells import CellProblem
from leadpolicy.exchange.writing import Holds, OutColumn

_LONGEST: Final = 1000
COLUMNS: Final = (
    OutColumn("source", Holds.TEXT),
    OutColumn("row", Holds.WHOLE),
    OutColumn("key", Holds.TEXT),
    OutColumn("problems", Holds.DATA),
    OutColumn("values", Holds.DATA),
)


class Source(StrEnum):
    """Where a row stands."""

    LEADS = "leads"
    SIGNALS = "signals"
    CONSENTS = "consents"


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was not used; `key` is that of its lead, None where it cannot be read."""

    source: Source
    row: int
    key: str | None
    problems: tuple[CellProblem, ...]
    values: Mapping[str, object]

    def __str__(self) -> str:
        lead = f" (lead {self.key})" if self.key else ""
        return f"{self.source} row {self.row}{lead}: " + "; ".join(map(str, self.problems))

    def to_row(self) -> dict[str, object]:
        """Return the reject as a row of a rejects file; very long texts are cut."""
        return {
            "source": self.source.value,
            "row": self.row,
            "key": self.key and _text(self.key),
            "problems": [problem.to_dict() for problem in self.problems],
            "values": {_text(name): _plain(value) for name, value in self.values.items()},
        }


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return _text(repr(value[:_LONGEST]))
    if value is None or isinstance(value, bool | int | float):
        return value
    return _text(str(value))


def _text(text: str) -> str:
    """Return a text that can be written as UTF-8 and read by people."""
    kept = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)"
    return kept.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
