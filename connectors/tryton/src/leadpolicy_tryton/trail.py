"""The notes with decisions that stand on opportunities, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any, Final

from leadpolicy_tryton.binding import MODEL
from leadpolicy_tryton.notes import TITLE, read_note
from leadpolicy_tryton.rpc import Server

_NEWEST_FIRST: Final = [["id", "DESC"]]


class Trail:
    """The notes of decisions, read `page` at a time."""

    def __init__(self, server: Server, page: int) -> None:
        self._server: Final = server
        self._page: Final = page

    def lines(self, ids: Sequence[int], wanted: Set[str]) -> Mapping[int, Mapping[str, str]]:
        """Return the latest line of each wanted name by opportunity."""
        found: dict[int, dict[str, str]] = {number: {} for number in ids}
        lacking = set(ids) if wanted else set()
        last: int | None = None
        while lacking:
            notes = self._notes(lacking, last)
            for note in notes:
                lines = found[int(note["resource"].partition(",")[2])]
                lines |= {**read_note(note["message"] or ""), **lines}
            if len(notes) < self._page:
                break
            last = notes[-1]["id"]
            lacking = {number for number in lacking if not wanted <= found[number].keys()}
        return found

    def _notes(self, ids: Iterable[int], last: int | None) -> Sequence[Mapping[str, Any]]:
        resources = [f"{MODEL},{number}" for number in sorted(ids)]
        domain: list[object] = [["resource", "in", resources], ["message", "like", f"{TITLE}%"]]
        if last is not None:
            domain.append(["id", "<", last])
        fields = ["resource", "message"]
        found: Sequence[Mapping[str, Any]] = self._server.call(
            "model.ir.note.search_read", domain, 0, self._page, _NEWEST_FIRST, fields
        )
        return found

    def add(self, notes: Mapping[int, str]) -> None:
        """Add a note to each opportunity, to all or to none."""
        made = [{"resource": f"{MODEL},{n}", "message": text} for n, text in notes.items()]
        self._server.call("model.ir.note.create", made)
