"""The stream of leads that people move from one state to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final

from leadpolicy.crm.connector import Event, EventKind, Stream
from leadpolicy_salesforce.client.wire import Wire
from leadpolicy_salesforce.feeds.changes import BECAME, keys_by
from leadpolicy_salesforce.feeds.objects import HISTORY, STAGE_HISTORY, Objects
from leadpolicy_salesforce.feeds.reading import Batch
from leadpolicy_salesforce.feeds.sources import Row, Source
from leadpolicy_salesforce.options import Options
from leadpolicy_salesforce.questions import ask_queries
from leadpolicy_salesforce.rows.soql import select

_CONVERTED: Final = "leadconverted"
_STATUSES: Final = select(("ApiName", "MasterLabel"), "LeadStatus")


class Stages:
    """Moves in the field for states, conversions, and stages of the opportunities after them."""

    stream = Stream.STAGES

    def __init__(self, wire: Wire, objects: Objects, options: Options) -> None:
        self._wire: Final = wire
        self._objects: Final = objects
        self._options: Final = options

    def first(self) -> Sequence[Source]:
        """Return nothing: where leads stand is read with them."""
        return ()

    def running(self, *, flag: bool) -> Sequence[Source]:
        """Return histories, and those of opportunities where the options name their stages."""
        objects = self._objects
        found = [objects.histories()] if objects.history else []
        return [*found, *([objects.stages()] if self._options.opportunity_stages else [])]

    def events(self, batch: Batch) -> list[Event]:
        """Return one move for each row that is one."""
        moves = (self._move(row) for row in batch.of(HISTORY))
        return [*(move for move in moves if move), *self._of_opportunities(batch.of(STAGE_HISTORY))]

    def _move(self, row: Row) -> Event | None:
        field, key = str(row.record["Field"]).lower(), self._objects.key_of(row.record, "Lead.")
        if field == self._options.status_field.lower():
            before, after = (row.record[name] for name in ("OldValue", "NewValue"))
            return _stage(row, key, self._state(before), self._state(after)) if key else None
        if field == _CONVERTED and self._options.converted and key:
            return _stage(row, key, "", self._options.converted[0])
        return None

    def _of_opportunities(self, rows: Sequence[Row]) -> Iterator[Event]:
        states = self._options.opportunity_stages
        moved = [row for row in rows if row.record["StageName"] in states]
        keys = keys_by(self._wire, self._objects, BECAME, [_opportunity(row) for row in moved])
        for row in moved:
            for key in keys.get(_opportunity(row), ()):
                yield _stage(row, key, "", states[row.record["StageName"]])

    def _state(self, value: object) -> str:
        """Return the state for a value of the field, which a history names by label or API name."""
        text = "" if value is None else str(value)
        if not text or text in self._codes:
            return self._codes.get(text, "")
        name = self._labels.get(text, text)
        return self._codes.get(name, name)

    @cached_property
    def _codes(self) -> Mapping[str, str]:
        """The states that the binding names for values of the field."""
        field = self._options.status_field.lower()
        bound = (b for b in self._objects.binding.attributes.values() if b.path.lower() == field)
        return {label: str(code) for b in bound for label, code in b.codes.items() if code}

    @cached_property
    def _labels(self) -> Mapping[str, str]:
        """The API names of the values by their labels, as far as the org tells."""
        with self._wire.doing("pull"):
            told = ask_queries(self._wire, [_STATUSES])[_STATUSES]
        found = [] if told.is_missing else told.records(self._wire)
        names = {str(status["ApiName"]) for status in found}
        labels = {str(status["MasterLabel"]): str(status["ApiName"]) for status in found}
        return {label: name for label, name in labels.items() if label not in names}


def _opportunity(row: Row) -> str:
    return str(row.record["OpportunityId"])


def _stage(row: Row, key: str, before: str, after: str) -> Event:
    values = {"from": before, "to": after}
    return Event(f"{row.event_id}:{key}", key, EventKind.STAGE, row.at, row.by, values)
