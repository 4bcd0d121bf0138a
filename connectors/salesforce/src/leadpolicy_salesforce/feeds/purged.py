"""Leads that were deleted past the bin, of which Salesforce keeps but the Ids, for some days.

The log of deletions has them among all others. Whoever is in it and no longer in the bin is gone
for good, and is told as erased if the key is known: it is the Id itself, or the connector has read
the lead before. Otherwise nothing is told, because nothing of the lead is left to know it by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias
from urllib.parse import quote

from leadpolicy.crm.connector import Event, EventKind
from leadpolicy_salesforce.binding import LEAD
from leadpolicy_salesforce.client.wire import Wire
from leadpolicy_salesforce.feeds.cursor import Cursor, Mark, instant
from leadpolicy_salesforce.questions import Told
from leadpolicy_salesforce.rows.soql import in_lists, records, select

KeysOf: TypeAlias = Callable[[str, Iterable[str]], Mapping[str, str]]
"""Returns the keys of records of an object by their Ids, as far as they are known."""

LOG: Final = "log"
LOG_NOW: Final = "log of this minute"
_MINUTE: Final = timedelta(minutes=1)
_AHEAD: Final = timedelta(minutes=3)
_KEPT: Final = timedelta(days=14)


def log_paths(cursor: Cursor, now: datetime) -> Mapping[str, str]:
    """Return the questions for the log: up to this minute, and from it on.

    Salesforce ignores seconds, so that a minute which has not ended may be refused.
    """
    end = now.replace(second=0, microsecond=0)
    known = cursor.marks.get(LOG)
    start = end - _KEPT if known is None else max(known.at, end - _KEPT)
    start = min(start, end - _MINUTE)
    return {LOG: deleted_path(start, end), LOG_NOW: deleted_path(end, end + _AHEAD)}


def deleted_path(start: datetime, end: datetime) -> str:
    """Return the question for what was deleted in a span of time."""
    return f"sobjects/{LEAD}/deleted/{span(start, end)}"


def span(start: datetime, end: datetime) -> str:
    """Return a span of time as a question has it."""
    first, last = (quote(at.astimezone(UTC).isoformat(), safe="") for at in (start, end))
    return f"?start={first}&end={last}"


class Purged:
    """Finds the leads in the log that are not in the bin."""

    def __init__(self, wire: Wire, keys_of: KeysOf) -> None:
        self._wire: Final = wire
        self._keys_of: Final = keys_of

    def events(self, told: Mapping[str, Told], cursor: Cursor) -> list[Event]:
        """Return erasures, each told once; call it when rows of the bin are noted in the cursor."""
        logged = {
            id_: at
            for name in (LOG, LOG_NOW)
            for id_, at in _logged(told.get(name))
            if id_ not in cursor.purged and id_ not in cursor.gone
        }
        covered = covered_by(told.get(LOG))
        if covered is not None:
            cursor.marks[LOG] = Mark(covered)
        if not logged:
            return []
        queries = in_lists(select(("Id",), LEAD), "Id", sorted(logged))
        binned = {str(record["Id"]) for record in records(self._wire, queries, deleted=True)}
        lost = {id_: at for id_, at in logged.items() if id_ not in binned}
        cursor.purge(lost)
        keys = self._keys_of(LEAD, lost) if lost else {}
        return [
            Event(f"purged:{id_}", keys[id_], EventKind.ERASED, at)
            for id_, at in lost.items()
            if keys.get(id_)
        ]


def covered_by(told: Told | None) -> datetime | None:
    """Return up to when the org says that every transaction has ended; None where it does not."""
    if told is None or told.refusal or not isinstance(told.answer.body, Mapping):
        return None
    text = told.answer.body.get("latestDateCovered")
    return None if text is None else instant(str(text))


def _logged(told: Told | None) -> Iterator[tuple[str, datetime]]:
    """Yield the Ids of deleted leads with the times of their deletion."""
    if told is not None and not told.refusal and isinstance(told.answer.body, Mapping):
        for record in told.answer.body.get("deletedRecords") or ():
            yield str(record["id"]), instant(str(record["deletedDate"]))
