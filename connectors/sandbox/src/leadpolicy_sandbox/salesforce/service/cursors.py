"""Queries of which more pages are to be fetched."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Final

from leadpolicy_sandbox.salesforce.org import ids
from leadpolicy_sandbox.salesforce.org.results import OrgError
from leadpolicy_sandbox.salesforce.soql.answering import Answer

OPEN: Final = 10
"""How many cursors a user may have open; the oldest makes room for an eleventh."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """An answer that is handed out page by page."""

    name: str
    answer: Answer
    size: int


@dataclass(slots=True)
class Cursors:
    """The open cursors of every user."""

    _open: dict[str, dict[str, Cursor]] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def open(self, user: str, answer: Answer, size: int) -> Cursor:
        """Keep an answer for later pages."""
        mine = self._open.setdefault(user, {})
        while len(mine) >= OPEN:
            mine.pop(next(iter(mine)))
        cursor = Cursor(ids.make("01g", next(self._numbers)), answer, size)
        mine[cursor.name] = cursor
        return cursor

    def get(self, user: str, locator: str) -> tuple[Cursor, int]:
        """Return a cursor and where its page begins; raises `OrgError` for one that is gone."""
        name, _, start = locator.rpartition("-")
        cursor = self._open.get(user, {}).get(name)
        if cursor is None or not start.isdigit():
            raise OrgError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return cursor, int(start)

    def close_all(self) -> None:
        """Forget every cursor."""
        self._open.clear()
