"""How far the tables of a stream are read, as text that is kept between runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import msgspec

from leadpolicy.crm.connector import CursorExpiredError

_VERSION: Final = 1


class _Written(msgspec.Struct, frozen=True):
    version: int
    marks: dict[str, tuple[datetime, str | None]]
    whole: bool


@dataclass(slots=True)
class Cursor:
    """The last row that was read of each table; `whole` says that the end was reached once.

    A mark without a key stands before every row of its instant.
    """

    marks: dict[str, tuple[datetime, str | None]] = field(default_factory=dict)
    whole: bool = False

    def of(self, table: str) -> tuple[datetime, str | None] | None:
        """Return the mark of a table, None where nothing was read."""
        return self.marks.get(table)

    def pass_by(self, table: str, at: datetime, key: str) -> None:
        """Note that a row was read."""
        self.marks[table] = (at, key)

    def end(self, settled: datetime) -> None:
        """Note that the end was reached; what was changed after `settled` is read again."""
        self.whole = True
        for table, (at, _) in self.marks.items():
            if at >= settled:
                self.marks[table] = (settled, None)

    def written(self) -> str:
        """Return the cursor as text."""
        return msgspec.json.encode(_Written(_VERSION, self.marks, self.whole)).decode()


def read_cursor(text: str | None) -> Cursor:
    """Return a cursor from its text; raises `CursorExpiredError` for one that is not known."""
    if text is None:
        return Cursor()
    try:
        found = msgspec.json.decode(text, type=_Written)
    except msgspec.MsgspecError:
        found = None
    if found is None or found.version != _VERSION:
        raise CursorExpiredError("the cursor is from another version of the connector")
    marks = {table: (at.astimezone(UTC), key) for table, (at, key) in found.marks.items()}
    return Cursor(marks, found.whole)
