"""The stream of leads that are gone or come back.

Salesforce tells of deleted and merged leads while they are in the bin, 15 days at most. That a lead
came back is told of those that were seen gone. A lead is told as erased when the person behind it
is marked as to be forgotten, and when it was deleted past the bin, as far as its key is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from leadpolicy.crm.connector import Event, EventKind, Stream
from leadpolicy_salesforce.client.wire import Wire
from leadpolicy_salesforce.consents.words import FORGET
from leadpolicy_salesforce.feeds.changes import keys_by
from leadpolicy_salesforce.feeds.objects import INDIVIDUAL, Objects
from leadpolicy_salesforce.feeds.purged import Purged
from leadpolicy_salesforce.feeds.reading import Batch
from leadpolicy_salesforce.feeds.sources import Row, Source


class Removals:
    """Leads that were deleted, merged, brought back, or whose person is to be forgotten."""

    stream = Stream.REMOVALS

    def __init__(self, wire: Wire, objects: Objects, purged: Purged) -> None:
        self._wire: Final = wire
        self._purged: Final = purged
        self._objects: Final = objects

    def first(self) -> Sequence[Source]:
        """Return the leads in the bin, and the persons to be forgotten."""
        return (self._objects.bin(), self._objects.individuals())

    def running(self, *, flag: bool) -> Sequence[Source]:
        """Return leads with those in the bin, and persons."""
        return (self._objects.lead(flag=flag), self._objects.individuals())

    def events(self, batch: Batch) -> list[Event]:
        """Return what became of leads."""
        forgotten = [row for row in batch.of(INDIVIDUAL) if row.record[FORGET]]
        leads = (row for row in batch.fresh if row.source != INDIVIDUAL)
        found = [self._of_lead(row, batch) for row in leads]
        told = [event for event in found if event]
        purged = [] if batch.is_cut else self._purged.events(batch.told, batch.cursor)
        return [*told, *self._erased(forgotten), *purged]

    def _of_lead(self, row: Row, batch: Batch) -> Event | None:
        key, cursor = self._objects.key_of(row.record), batch.cursor
        if row.record["IsDeleted"]:
            cursor.lose(row.id, row.at, key)
            return self._gone(row, key)
        if cursor.gone.pop(row.id, None) is None:
            return None
        return Event(f"back:{row.event_id}", key, EventKind.RESTORED, row.at, row.by)

    def _gone(self, row: Row, key: str) -> Event:
        id_, master = f"gone:{row.id}:{int(row.at.timestamp())}", row.record["MasterRecordId"]
        if not master:
            return Event(id_, key, EventKind.DELETED, row.at, row.by)
        into = self._objects.key_of(row.record, "MasterRecord.") or _own(self._objects, master)
        return Event(id_, key, EventKind.MERGED, row.at, row.by, {"into": into})

    def _erased(self, rows: Sequence[Row]) -> Iterator[Event]:
        """Yield the leads of persons who are to be forgotten."""
        keys = keys_by(self._wire, self._objects, "IndividualId", [row.id for row in rows])
        for row in rows:
            for key in keys.get(row.id, ()):
                yield Event(f"{row.event_id}:{key}", key, EventKind.ERASED, row.at, row.by)


def _own(objects: Objects, id_: str) -> str:
    return id_ if objects.binding.key == "Id" else ""
