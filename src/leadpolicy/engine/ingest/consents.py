"""Consent events: checked against the policy's purposes, and folded to the status at an instant."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, TypeAlias

from leadpolicy.engine.ingest.problems import Problems
from leadpolicy.engine.inputs import ConsentEvent
from leadpolicy.engine.instants import FIRST
from leadpolicy.expr.types import CONSENT_STATUSES, Vocabulary

Pair: TypeAlias = tuple[str, str]
"""A purpose and a channel."""

_FIELDS: Final = ("purpose", "channel", "status", "at", "source")
_STRICTNESS: Final = {
    status: place
    for place, status in enumerate(
        ("requested", "granted", "confirmed", "expired", "refused", "withdrawn", "objected")
    )
}
"""Of events at one instant the later one here counts: the next step, and any restriction."""


class ConsentEvents(tuple[ConsentEvent, ...]):
    """Events that are checked already."""

    __slots__ = ()


class ConsentReader:
    """Reads consent events of one policy."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._purposes = vocabulary.purposes

    def events(self, given: object) -> ConsentEvents:
        """Return checked events; raises `InputError` with every problem of them.

        Given are events, mappings with their fields, or a mapping from purpose and channel to a
        status that holds from the beginning of time.
        """
        if isinstance(given, ConsentEvents):
            return given
        problems = Problems()
        items = _timeless(given) if isinstance(given, Mapping) else given
        found = [
            self._event(item, f"$.consents[{place}]", problems)
            for place, item in enumerate(problems.items(items, "consents", "consent event"))
        ]
        problems.raise_any()
        return ConsentEvents(item for item in found if item is not None)

    def _event(self, item: object, path: str, problems: Problems) -> ConsentEvent | None:
        before = len(problems)
        fields = problems.fields(item, ConsentEvent, _FIELDS, path, "consent event")
        if len(problems) > before and not fields:
            return None
        purpose, channel = self._place(fields, path, problems)
        given, place = fields.get("status"), f"{path}.status"
        status = problems.one_of("LP509", "consent status {}", given, CONSENT_STATUSES, place)
        at = problems.moment(fields.get("at"), path, "at")
        source = problems.text(fields.get("source"), path, "source")
        if at is None or len(problems) > before:
            return None
        return ConsentEvent(purpose, channel, status, at, source)

    def _place(self, fields: Mapping[str, object], path: str, problems: Problems) -> Pair:
        given, place = fields.get("purpose"), f"{path}.purpose"
        purpose = problems.one_of("LP509", "purpose {}", given, self._purposes, place)
        if not purpose:
            return "", ""
        what, given = f"channel {{}} of purpose `{purpose}`", fields.get("channel")
        channels = self._purposes[purpose]
        return purpose, problems.one_of("LP509", what, given, channels, f"{path}.channel")


def _timeless(given: Mapping[object, object]) -> list[object]:
    """Return events from the beginning of time for a mapping of purpose and channel to status."""
    return [
        {"purpose": pair[0], "channel": pair[1], "status": status, "at": FIRST}
        if isinstance(pair, tuple) and len(pair) == 2
        else pair
        for pair, status in given.items()
    ]


# ------------------------------------------------------------------------------------ folding
def status_at(events: Iterable[ConsentEvent], at: datetime) -> dict[Pair, str]:
    """Return the status by purpose and channel at an instant.

    The latest event up to `at` wins; at the same instant a restriction, or the later step.
    """
    latest: dict[Pair, ConsentEvent] = {}
    for event in events:
        pair = (event.purpose, event.channel)
        if event.at <= at and (pair not in latest or _order(event) > _order(latest[pair])):
            latest[pair] = event
    return {pair: event.status for pair, event in latest.items()}


def _order(event: ConsentEvent) -> tuple[datetime, int]:
    return event.at, _STRICTNESS[event.status]


class Timeline:
    """What was recorded about one purpose and channel, instant by instant."""

    def __init__(self, events: Iterable[ConsentEvent], pair: Pair) -> None:
        own = sorted((e for e in events if (e.purpose, e.channel) == pair), key=_order)
        self._instants = [event.at for event in own]
        self._statuses = [event.status for event in own]

    def status(self, at: datetime) -> str | None:
        """Return the status at an instant; None without any record up to it."""
        place = bisect_right(self._instants, at)
        return self._statuses[place - 1] if place else None
