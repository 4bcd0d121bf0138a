"""The stream of what sales says of leads."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from leadpolicy.crm.connector import Column, CursorExpiredError, Event, EventKind, Stream
from leadpolicy.crm.values import held
from leadpolicy_salesforce.binding import LEAD
from leadpolicy_salesforce.feeds.objects import HISTORY, Objects
from leadpolicy_salesforce.feeds.reading import Batch
from leadpolicy_salesforce.feeds.sources import Row, Source
from leadpolicy_salesforce.rows.soql import value_at

_AS_A_WHOLE: Final = frozenset({"created", "leadmerged"})
"""Histories of a lead that was made, or took over values of another, name no single field."""
_STEP: Final = timedelta(microseconds=1)


class Feedback:
    """What stands in the columns of sales, with who wrote it last and when, as the history tells.

    Where no history is tracked, every change of a lead tells what stands, and nobody's name.
    """

    stream = Stream.FEEDBACK

    def __init__(self, objects: Objects) -> None:
        self._objects: Final = objects
        self._columns: Final[Sequence[Column]] = objects.feedback
        names = (objects.binding.api(column.name).lower() for column in objects.feedback)
        self._fields: Final = frozenset(names)

    def first(self) -> Sequence[Source]:
        """Return the leads of which something has been said, whenever that was."""
        return (self._objects.answered(),) if self._columns else ()

    def running(self, *, flag: bool) -> Sequence[Source]:
        """Return histories, or leads where none are tracked."""
        if not self._columns:
            return ()
        objects = self._objects
        return (objects.histories() if objects.history else objects.lead(flag=flag),)

    def events(self, batch: Batch) -> list[Event]:
        """Return what stands in each lead of which something was said; nobody is named twice.

        Of two histories in one second the later one is told a microsecond later.
        """
        self._refuse_lost(batch)
        fresh = {row.token for row in batch.fresh}
        places: Counter[tuple[str, datetime]] = Counter()
        found: dict[str, Event] = {}
        for row in batch.rows:
            event = self._event(row, places)
            if event is not None and row.token in fresh:
                found.setdefault(event.id, event)
        return list(found.values())

    def _refuse_lost(self, batch: Batch) -> None:
        """Refuse a cursor of which the org has lost every history that it stands behind."""
        mark, told = batch.cursor.marks.get(HISTORY), batch.cursor.seen.get(HISTORY)
        if mark is None or mark.id or not told or batch.is_cut:
            return
        if not any(row.token in told for row in batch.rows):
            raise CursorExpiredError("the org no longer has the histories that were read last")

    def _event(self, row: Row, places: Counter[tuple[str, datetime]]) -> Event | None:
        is_history = row.source == HISTORY
        path = "Lead." if is_history else ""
        values = {
            column.name: held(self._value(row, path, column), column) for column in self._columns
        }
        if not self._is_said(row, values):
            return None
        lead = str(row.record["LeadId"]) if is_history else row.id
        place = places[lead, row.at] * _STEP
        places[lead, row.at] += 1
        key, by = self._objects.key_of(row.record, path), row.by if is_history else ""
        id_ = f"{lead}@{int(row.at.timestamp())}:{_digest(values)}"
        return Event(id_, key, EventKind.FEEDBACK, row.at + place, by, values) if key else None

    def _value(self, row: Row, path: str, column: Column) -> object:
        return value_at(dict(row.record), path + self._objects.binding.api(column.name))

    def _is_said(self, row: Row, values: Mapping[str, object]) -> bool:
        """Tell whether a row is about feedback; that nothing stands is news where it stood."""
        stands = any(value not in (None, False) for value in values.values())
        if row.source == LEAD:
            return not row.record["IsDeleted"]
        if row.source != HISTORY:
            return stands
        changed = str(row.record["Field"]).lower()
        return changed in self._fields or (changed in _AS_A_WHOLE and stands)


def _digest(values: Mapping[str, object]) -> str:
    said = json.dumps(dict(values), sort_keys=True, default=str)
    return hashlib.blake2b(said.encode(), digest_size=8).hexdigest()
