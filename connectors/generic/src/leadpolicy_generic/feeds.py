"""What changed in the database since last time, in pieces, each table behind a mark of its own.

A table is followed by the instant at which its rows were changed. That instant is taken when a row
is written and becomes visible when it is committed, so that rows may come up behind a mark that has
passed them. Whoever has read to the end is therefore set back by an overlap; what is read twice has
the same id. An id names the row, its instant and its content: a row that changes twice within one
tick of a coarse clock has two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import sqlalchemy as sa

from leadpolicy.crm.connector import BindingError, Column, Event, EventKind, Page, Stream
from leadpolicy.crm.state import FieldKind
from leadpolicy_generic.binding import Binding
from leadpolicy_generic.cursor import read_cursor
from leadpolicy_generic.followed import Followed, Moved, now_of
from leadpolicy_generic.rows import Rows
from leadpolicy_generic.types import value_of

_CONSENT: Final = frozenset({"purpose", "channel", "status", "at"})


def feeds_of(binding: Binding) -> frozenset[Stream]:
    """Return the streams that a binding names the columns for."""
    tables = (binding.leads, binding.signals, binding.consents)
    feeds = set()
    if all(table is None or table.changed is not None for table in tables):
        feeds.add(Stream.CHANGES)
    if binding.leads.changed is not None:
        feeds.add(Stream.FEEDBACK)
    consents = binding.consents
    if consents is not None and consents.changed is not None and set(binding.consent) >= _CONSENT:
        feeds.add(Stream.CONSENTS)
    return frozenset(feeds)


class Feeds:
    """The streams of one database; `feedback` are the columns that sales fills in."""

    def __init__(
        self, binding: Binding, rows: Rows, overlap: timedelta, feedback: Sequence[Column]
    ) -> None:
        self._binding = binding
        self._rows = rows
        self._overlap = overlap
        self._feedback = feedback

    def pull(
        self, connection: sa.Connection, stream: Stream, cursor: str | None, limit: int
    ) -> Page:
        """Return some events behind a cursor, oldest first."""
        marks = read_cursor(cursor)
        tables = self._tables(stream)
        moved, full = _merged(
            [table.read(connection, marks.of(table.name), limit) for table in tables], limit
        )
        for item in moved:
            marks.pass_by(item.table, item.at, item.key)
        make = self._maker(stream, marks.whole)
        events = {event.id: event for item in moved if (event := make(item)) is not None}
        if not full:
            marks.end(now_of(connection) - self._overlap)
        return Page(stream, tuple(events.values()), marks.written(), not full)

    def _tables(self, stream: Stream) -> list[Followed]:
        binding, raw_key = self._binding, self._rows.raw_key
        match stream:
            case Stream.FEEDBACK:
                return [Followed("leads", binding.leads, self._feedback_columns(), raw_key)]
            case Stream.CONSENTS if binding.consents is not None:
                columns = [label.column for label in binding.consent.values()]
                return [Followed("consents", binding.consents, columns, raw_key)]
            case _:
                named = zip(
                    ("leads", "signals", "consents"),
                    (binding.leads, binding.signals, binding.consents),
                    strict=True,
                )
                return [
                    Followed(name, source, [*source.columns], raw_key)
                    for name, source in named
                    if source is not None
                ]

    def _feedback_columns(self) -> list[str]:
        if not self._feedback:
            raise BindingError("the columns of feedback are not known yet", "plan or apply first")
        return [self._binding.standing(column.name) for column in self._feedback]

    def _maker(self, stream: Stream, whole: bool) -> Callable[[Moved], Event | None]:
        match stream:
            case Stream.FEEDBACK:
                return lambda item: self._as_feedback(item, cleared=whole)
            case Stream.CONSENTS:
                return self._as_consent
            case _:
                return lambda item: Event(item.id, item.key, EventKind.CHANGED, item.at)

    def _as_feedback(self, item: Moved, *, cleared: bool) -> Event | None:
        """Return what sales says; that it says nothing is news only once all was read."""
        pairs = zip(self._feedback, item.values, strict=True)
        values = {column.name: value_of(raw, column) for column, raw in pairs}
        if not cleared and all(value is None for value in values.values()):
            return None
        at = self._of_kind(values, FieldKind.MOMENT)
        by = self._of_kind(values, FieldKind.TEXT)
        said = at if isinstance(at, datetime) else item.at
        return Event(item.id, item.key, EventKind.FEEDBACK, said, str(by or ""), values)

    def _of_kind(self, values: dict[str, object], kind: FieldKind) -> object:
        return next((values[c.name] for c in self._feedback if c.kind is kind), None)

    def _as_consent(self, item: Moved) -> Event | None:
        """Return a consent in the words of the policy, None for what the binding leaves out."""
        raw = dict(zip(self._binding.consent, item.values, strict=True))
        values = {
            name: label.code(raw[name])
            for name, label in self._binding.consent.items()
            if name != "at"
        }
        if None in values.values():
            return None
        at = self._moment(raw["at"]) or item.at
        return Event(item.id, item.key, EventKind.CONSENT, at, "", values)

    def _moment(self, raw: object) -> datetime | None:
        try:
            at = datetime.fromisoformat(raw) if isinstance(raw, str) else raw
        except ValueError:
            return None
        if not isinstance(at, datetime):
            return None
        zoned = at if at.tzinfo is not None else at.replace(tzinfo=self._binding.timezone)
        return zoned.astimezone(UTC)


def _merged(pieces: Sequence[tuple[list[Moved], bool]], limit: int) -> tuple[list[Moved], bool]:
    """Return at most about `limit` rows of several tables by time, and whether more wait.

    Rows of one lead and instant stay together, because a mark stands behind all of them.
    """
    rows = sorted((item for piece, _ in pieces for item in piece), key=lambda item: item.at)
    taken = rows[:limit]
    groups = {item.group for item in taken}
    taken += [item for item in rows[limit:] if item.group in groups]
    return taken, len(taken) < len(rows) or any(full for _, full in pieces)
