"""What changed and what was deleted in a span of time, as integrations ask again and again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from leadpolicy_sandbox.salesforce.org.results import OrgError
from leadpolicy_sandbox.salesforce.org.schema import ObjectDef
from leadpolicy_sandbox.salesforce.org.state import State

WINDOW: Final = timedelta(days=30)
MOST: Final = 600_000


def updated(
    state: State, definition: ObjectDef, start: datetime, end: datetime
) -> tuple[list[str], datetime]:
    """Return the ids of records changed from `start` up to `end`, and the moment covered.

    Seconds of both are ignored. The next span starts at the moment covered. Raises OrgError with
    INVALID_REPLICATION_DATE for a span that is empty or starts more than 30 days ago.
    """
    start, end = _span(state, start, end)
    rows = state.tables[definition.name].rows.values()
    ids = [
        row["Id"]
        for row in rows
        if not row.get("IsDeleted") and start <= row["SystemModstamp"] < end
    ]
    _refuse_many(ids)
    return ids, _covered(state, end)


def deleted(
    state: State, definition: ObjectDef, start: datetime, end: datetime
) -> tuple[list[tuple[str, datetime]], datetime, datetime]:
    """Return ids and moments of deletions, the earliest moment known and the moment covered."""
    start, end = _span(state, start, end)
    rows = state.tables[definition.name].rows.values()
    gone = [(row["Id"], row["SystemModstamp"]) for row in rows if row.get("IsDeleted")]
    gone += state.purged.get(definition.name, {}).items()
    found = sorted((pair for pair in gone if start <= pair[1] < end), key=lambda pair: pair[1])
    _refuse_many(found)
    return found, _minute(state.clock.now() - WINDOW), _covered(state, end)


def _span(state: State, start: datetime, end: datetime) -> tuple[datetime, datetime]:
    start, end = _minute(start), _minute(end)
    if start >= end:
        message = "endDate must be at least one minute greater than startDate"
        raise OrgError(400, "INVALID_REPLICATION_DATE", message)
    if start < _minute(state.clock.now() - WINDOW):
        message = "startDate cannot be more than 30 days ago"
        raise OrgError(400, "INVALID_REPLICATION_DATE", message)
    return start, end


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _covered(state: State, end: datetime) -> datetime:
    return min(end, _minute(state.clock.now() - state.settings["ReplicationLag"]))


def _refuse_many(found: list[str] | list[tuple[str, datetime]]) -> None:
    if len(found) > MOST:
        message = f"exceeded {MOST} records; narrow the dates"
        raise OrgError(400, "EXCEEDED_ID_LIMIT", message)
