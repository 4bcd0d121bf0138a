"""Events of people who wrote what was not theirs to write: kept to be shown, without effect."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from leadpolicy.crm.rows import Event, EventKind, FeedbackRow
from leadpolicy.crm.store.driver import CHUNK, Driver, Row, paged, to_micros, to_moment
from leadpolicy.crm.store.shelf import CRM

_ADD: Final = (
    "INSERT INTO foreign_events (crm, lead, event, kind, moment, author, content)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_PAGE: Final = (
    "SELECT seq, event, lead, kind, moment, author, content FROM foreign_events"
    f" WHERE crm = {CRM} AND seq > ? ORDER BY seq LIMIT {CHUNK}"
)


def add_foreign(db: Driver, crm: int, event: Event) -> None:
    """Keep an event, inside a transaction."""
    content = FeedbackRow(event.key, event.values).to_json()
    about = (event.key, event.id, str(event.kind), to_micros(event.at), event.by)
    db.run(_ADD, (crm, *about, content))


def foreign_rows(db: Driver, target: str) -> Iterator[Row]:
    """Yield the rows of the events that were kept, oldest first."""
    return paged(lambda last: db.rows(_PAGE, (target, last)), 0)


def foreign_event(row: Row) -> Event:
    """Return the event that a row keeps."""
    _, event, lead, kind, moment, author, content = row
    return Event(event, lead, EventKind(kind), to_moment(moment), author, json.loads(content))
