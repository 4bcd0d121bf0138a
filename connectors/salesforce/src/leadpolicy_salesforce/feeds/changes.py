"""The stream of leads that have to be decided again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from leadpolicy.crm.connector import Event, EventKind, Stream
from leadpolicy_salesforce.binding import LEAD
from leadpolicy_salesforce.client.wire import Wire
from leadpolicy_salesforce.conversion import follows_opportunity
from leadpolicy_salesforce.feeds.objects import HISTORY, OPPORTUNITY, Objects
from leadpolicy_salesforce.feeds.reading import Batch
from leadpolicy_salesforce.feeds.sources import Row, Source
from leadpolicy_salesforce.rows.soql import in_lists, records, select, value_at

BECAME: Final = "ConvertedOpportunityId"
_PREFIX: Final = "00Q"


class Changes:
    """Leads that others changed, and those whose signals or opportunity changed.

    What a person changed right before a decision of ours was written is told by its history, where
    that is tracked; the lead itself then names us as its last author.
    """

    stream = Stream.CHANGES

    def __init__(self, wire: Wire, objects: Objects) -> None:
        self._wire: Final = wire
        self._objects: Final = objects

    def first(self) -> Sequence[Source]:
        """Return nothing: all leads are decided when a stream is read for the first time."""
        return ()

    def running(self, *, flag: bool) -> Sequence[Source]:
        """Return leads, and whatever the binding reads of them elsewhere."""
        objects, signals = self._objects, self._objects.signals()
        found = [objects.lead(flag=flag)]
        found += [objects.histories()] if objects.history else []
        found += [signals] if signals is not None else []
        found += [objects.opportunities()] if follows_opportunity(objects.binding) else []
        return found

    def events(self, batch: Batch) -> list[Event]:
        """Return one change for each row; histories only of leads that are not told themselves."""
        leads = [row for row in batch.of(LEAD) if not row.record["IsDeleted"]]
        told = [_changed(row, self._objects.key_of(row.record)) for row in leads]
        keys = {event.key for event in told}
        hidden = (_changed(row, self._key_of_history(row)) for row in batch.of(HISTORY))
        told += [event for event in hidden if event.key not in keys]
        told += self._of_signals(batch.of("signals"))
        told += self._of_opportunities(batch.of(OPPORTUNITY))
        return [event for event in told if event.key]

    def _key_of_history(self, row: Row) -> str:
        return self._objects.key_of(row.record, "Lead.")

    def _of_signals(self, rows: Sequence[Row]) -> list[Event]:
        """Return the leads of signals, which name the lead by its Id or by its key."""
        bound = self._objects.binding.signals
        if bound is None or not rows:
            return []
        named = {row.token: str(value_at(dict(row.record), bound.lead) or "") for row in rows}
        by_key = bound.lead.lower().endswith(f".{self._objects.binding.key.lower()}")
        keys = {} if by_key else keys_by(self._wire, self._objects, "Id", named.values())
        found = ((row, named[row.token]) for row in rows)
        return [
            _changed(row, key)
            for row, name in found
            for key in ([name] if by_key else keys.get(name, ()))
        ]

    def _of_opportunities(self, rows: Sequence[Row]) -> list[Event]:
        keys = keys_by(self._wire, self._objects, BECAME, [row.id for row in rows])
        return [_changed(row, key) for row in rows for key in keys.get(row.id, ())]


def keys_by(
    wire: Wire, objects: Objects, path: str, ids: Iterable[str]
) -> Mapping[str, Sequence[str]]:
    """Return the keys of leads by what stands at a path; no call where nothing is asked."""
    wanted = sorted({id_ for id_ in ids if id_})
    if path == "Id" and objects.binding.key == "Id":
        return {id_: (id_,) for id_ in wanted if id_.startswith(_PREFIX)}
    found: defaultdict[str, list[str]] = defaultdict(list)
    queries = in_lists(select(("Id", path, objects.binding.key), LEAD), path, wanted)
    with wire.doing("pull"):
        for record in records(wire, queries):
            if key := objects.key_of(record):
                found[str(value_at(record, path))].append(key)
    return found


def _changed(row: Row, key: str) -> Event:
    return Event(row.event_id, key, EventKind.CHANGED, row.at, row.by)
