"""What happened in Tryton behind a cursor, oldest first, by the times that the server wrote.

A transaction that began early and ends late shows its records with an early time. Each poll
therefore begins some seconds before the end of the last one; events known already have the same
ids. Within a poll a page goes on exactly behind the last record of the page before it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

from leadpolicy.crm.connector import CursorExpiredError, Event, EventKind, Page, Stream
from leadpolicy_tryton.binding import MODEL, Binding
from leadpolicy_tryton.facts import lead_id
from leadpolicy_tryton.feedback import FeedbackReader, author, moment
from leadpolicy_tryton.fields import Fields
from leadpolicy_tryton.leads import Leads
from leadpolicy_tryton.rpc import Server

Record: TypeAlias = Mapping[str, Any]
META: Final = ("id", "create_date", "create_uid.login", "write_date", "write_uid.login")
_MODIFIED: Final = "last_modified_at"
_ORDER: Final = [[_MODIFIED, "ASC"], ["id", "ASC"]]
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ADDRESSES: Final = frozenset({"email", "phone", "mobile", "fax", "website"})


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in the order of all records of all sources."""

    at: datetime = _BEGINNING
    source: int = 0
    id: int = 0


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a poll began, and how far it came."""

    since: datetime = _BEGINNING
    place: Place = Place()

    @classmethod
    def read(cls, text: str | None) -> Cursor:
        """Return the cursor that `str` wrote; raises `CursorExpiredError`."""
        if text is None:
            return cls()
        try:
            since, at, source, number = json.loads(text)
            place = Place(_instant(at), int(source), int(number))
            return cls(_instant(since), place)
        except (ValueError, TypeError):
            raise CursorExpiredError("the cursor cannot be read") from None

    def __str__(self) -> str:
        """Return the cursor as text."""
        place = self.place
        return json.dumps([self.since.isoformat(), place.at.isoformat(), place.source, place.id])


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Source:
    """Records whose change touches a lead: by a path from the opportunity, or by a field to it."""

    model: str
    path: str = ""
    lead: str = ""


class Feed:
    """Reads streams, at most `limit` records a page."""

    def __init__(
        self, server: Server, binding: Binding, fields: Fields, leads: Leads, overlap: float
    ) -> None:
        self._server: Final = server
        self._binding: Final = binding
        self._fields: Final = fields
        self._leads: Final = leads
        self._overlap: Final = timedelta(seconds=overlap)

    def changes(self, cursor: str | None, limit: int) -> Page:
        """Return the leads that changed, or whose party, signals or consents did."""
        start = Cursor.read(cursor)
        sources = list(dict.fromkeys(self._sources()))
        found, complete = self._records(sources, start, limit, META)
        events = [
            _change(record, source, key, self._server.address.user)
            for place, record in found
            for source in [sources[place.source]]
            for key in self._touched(source, record)
        ]
        return self._page(Stream.CHANGES, start, found, events, complete)

    def feedback(self, cursor: str | None, limit: int, reader: FeedbackReader) -> Page:
        """Return the opportunities whose feedback changed."""
        start = Cursor.read(cursor)
        found, complete = self._records([Source(MODEL)], start, limit, reader.paths)
        events = []
        for _, record in found:
            given = reader.given(record, start.since)
            if given is not None:
                name = f"{record['id']}@{given.at.isoformat()}"
                key, values = self._leads.key(record), given.values
                events.append(Event(name, key, EventKind.FEEDBACK, given.at, given.by, values))
        return self._page(Stream.FEEDBACK, start, found, events, complete)

    def _page(
        self,
        stream: Stream,
        start: Cursor,
        found: Sequence[tuple[Place, Record]],
        events: Sequence[Event],
        complete: bool,
    ) -> Page:
        cursor = replace(start, place=found[-1][0]) if found else start
        if complete:
            begin = max(start.since, cursor.place.at - self._overlap)
            cursor = Cursor(begin, Place(begin))
        ordered = tuple(sorted(events, key=lambda event: event.at))
        return Page(stream, ordered, str(cursor), complete)

    def _records(
        self, sources: Sequence[Source], start: Cursor, limit: int, paths: Sequence[str]
    ) -> tuple[list[tuple[Place, Record]], bool]:
        """Return the next records of all sources in one order, and whether they are the last."""
        found: list[tuple[Place, Record]] = []
        complete = True
        for number, source in enumerate(sources):
            fields = [*paths, source.lead] if source.lead else list(paths)
            records = self._behind(source.model, number, start.place, limit, fields)
            complete = complete and len(records) < limit
            found += [(Place(moment(r), number, r["id"]), r) for r in records]
        found.sort(key=lambda item: item[0])
        return found[:limit], complete and len(found) <= limit

    def _behind(
        self, model: str, number: int, place: Place, limit: int, fields: Sequence[str]
    ) -> Sequence[Record]:
        """Return the records of one source behind a place."""
        same: list[object] = [_MODIFIED, "=", place.at]
        domain: list[object] = [_MODIFIED, ">", place.at]
        if number == place.source:
            domain = ["OR", domain, [same, ["id", ">", place.id]]]
        elif number > place.source:
            domain = ["OR", domain, same]
        list(self._fields.along(_MODIFIED, model))
        records: Sequence[Record] = self._server.call(
            f"model.{model}.search_read", [domain], 0, limit, _ORDER, list(dict.fromkeys(fields))
        )
        return records

    def _sources(self) -> Iterator[Source]:
        """Yield the opportunities, what their attributes come from, signals and consents."""
        yield Source(MODEL)
        for path in self._binding.paths:
            steps = list(self._fields.along(path))
            names = path.split(".")
            for count, field in enumerate(steps[:-1], start=1):
                if field.relation not in {"", "res.user"}:
                    yield Source(field.relation, ".".join(names[:count]))
            if steps[-1].model == "party.party" and steps[-1].name in _ADDRESSES:
                way = ".".join([*names[:-1], "contact_mechanisms"])
                yield Source("party.contact_mechanism", way)
        for facts in (self._binding.signals, self._binding.consents):
            if facts is not None:
                yield Source(facts.model, lead=facts.lead)

    def _touched(self, source: Source, record: Record) -> Iterator[str]:
        """Yield the keys of the leads that a changed record belongs to."""
        if not source.path and not source.lead:
            yield self._leads.key(record)
            return
        if source.lead:
            domain: list[object] = [["id", "=", lead_id(record[source.lead])]]
        else:
            domain = [[source.path, "=", record["id"]]]
        for records in self._leads.pages([], domain):
            yield from map(self._leads.key, records)


def _change(record: Record, source: Source, key: str, us: str) -> Event:
    """Return a change; one of ours has no author, for it may hide what a person did before it."""
    at = moment(record)
    name = f"{source.model},{record['id']}@{at.isoformat()}/{key}"
    return Event(name, key, EventKind.CHANGED, at, "" if author(record) == us else author(record))
