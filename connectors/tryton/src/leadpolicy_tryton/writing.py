"""Decisions on their way into Tryton: notes alone where no field is bound, else both at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from leadpolicy.crm.connector import BatchRefusedError, Column, DecisionRow, Outcome, Status
from leadpolicy_tryton.binding import MODEL, NOTES
from leadpolicy_tryton.errors import ChangedMeanwhileError
from leadpolicy_tryton.fields import wire_value
from leadpolicy_tryton.leads import Leads
from leadpolicy_tryton.notes import write_note
from leadpolicy_tryton.rpc import Server
from leadpolicy_tryton.trail import Trail

_SPACED: Final = "a field keeps no spaces around a text; bind the column to a line of the note"


class Writer:
    """Sends one batch in one call, which the server keeps as a whole or not at all."""

    def __init__(self, server: Server, leads: Leads, trail: Trail) -> None:
        self._server: Final = server
        self._leads: Final = leads
        self._trail: Final = trail

    def write(self, rows: Sequence[DecisionRow], columns: Sequence[Column]) -> list[Outcome]:
        """Write a batch; raises `BatchRefusedError` when its data is refused."""
        ids = self._leads.ids([row.key for row in rows])
        spaced = {row.key: name for row in rows if (name := self._spaced(row, columns))}
        known = [row for row in rows if row.key in ids.keys() - spaced.keys()]
        try:
            if known:
                self._send(known, ids, columns)
        except ChangedMeanwhileError as error:
            return [Outcome.deferred(row.key, "changed_meanwhile", error.message) for row in rows]
        except BatchRefusedError:
            if len(rows) > 1 or self._leads.exists(rows[0].key):
                raise
            known = []
        done = {row.key for row in known}
        return [_outcome(row.key, row.key in done, spaced.get(row.key, "")) for row in rows]

    def _spaced(self, row: DecisionRow, columns: Sequence[Column]) -> str:
        """Return the first column with a text that a field of Tryton would change, or nothing."""
        fields = [column.name for column in columns if not self._leads.line(column)]
        texts = [(name, value) for name in fields if isinstance(value := row.values[name], str)]
        return next((name for name, text in texts if text != text.strip()), "")

    def _send(
        self, rows: Sequence[DecisionRow], ids: Mapping[str, int], columns: Sequence[Column]
    ) -> None:
        """Leave the opportunities themselves untouched where decisions are notes alone."""
        lines = {name: c.name for c in columns if (name := self._leads.line(c))}
        notes = {
            ids[row.key]: write_note({name: row.values[c] for name, c in lines.items()})
            for row in rows
        }
        written = [column for column in columns if not self._leads.line(column)]
        if not written:
            self._trail.add(notes)
            return
        pairs: list[object] = []
        for row in rows:
            number = ids[row.key]
            note = {NOTES: [["create", [{"message": notes[number]}]]]} if lines else {}
            pairs += [[number], {**self._values(row, written), **note}]
        self._guarded(pairs, [ids[row.key] for row in rows])

    def _values(self, row: DecisionRow, columns: Sequence[Column]) -> dict[str, object]:
        found = {column.name: self._leads.field(column) for column in columns}
        return {field.name: wire_value(row.values[name], field) for name, field in found.items()}

    def _guarded(self, pairs: Sequence[object], ids: Sequence[int]) -> None:
        """Write, unless one of the opportunities was changed since it was read."""
        stamps = self._leads.stamps
        known = {f"{MODEL},{number}": stamps[number] for number in ids if number in stamps}
        try:
            self._server.call(f"model.{MODEL}.write", *pairs, _timestamp=known)
        finally:
            for number in ids:
                stamps.pop(number, None)


def _outcome(key: str, written: bool, spaced: str) -> Outcome:
    if written:
        return Outcome(key, Status.WRITTEN)
    if spaced:
        words = (
            "a field of Tryton keeps no spaces around a text; bind the column to a line of a note"
        )
        return Outcome.failed(key, "spaces_around", words, spaced)
    return Outcome.failed(key, "unknown_lead", "the CRM has no such lead, or several")
