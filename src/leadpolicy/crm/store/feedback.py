"""Feedback of sales as it was last received, one row a lead; withdrawn feedback has no values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from leadpolicy.crm.points import Point
from leadpolicy.crm.rows import FeedbackRow
from leadpolicy.crm.store.contract import Received
from leadpolicy.crm.store.driver import CHUNK, Driver, Row, chunks, paged
from leadpolicy.crm.store.routes import Routes
from leadpolicy.crm.store.schema import crm_id
from leadpolicy.crm.store.shelf import CRM, Shelf

_PAGE: Final = (
    "SELECT lead, fingerprint, content FROM feedback"
    f" WHERE crm = {CRM} AND lead > ? ORDER BY lead LIMIT {CHUNK}"
)
_KNOWN: Final = "SELECT lead, fingerprint FROM feedback WHERE crm = ? AND lead = ANY(?)"
_OF_ONE: Final = "SELECT fingerprint, content, moment FROM feedback WHERE crm = ? AND lead = ?"
_KEEP: Final = (
    "INSERT INTO feedback (crm, lead, fingerprint, content, moment) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (crm, lead) DO UPDATE SET fingerprint = excluded.fingerprint,"
    " content = excluded.content, moment = excluded.moment"
)
_KEEP_NEWER: Final = (
    f"{_KEEP} WHERE feedback.moment < excluded.moment"
    " OR (feedback.moment = excluded.moment AND feedback.fingerprint < excluded.fingerprint)"
)
TOUCH: Final = (
    "INSERT INTO leads (crm, lead, touched) VALUES (?, ?, 1)"
    " ON CONFLICT (crm, lead) DO UPDATE SET touched = 1"
)


Content: TypeAlias = tuple[str, str]
"""The fingerprint of feedback, and the feedback as JSON."""


class Feedback:
    """The feedback about the leads of one CRM."""

    def __init__(self, shelf: Shelf, target: str) -> None:
        self._shelf = shelf
        self._db = shelf.db
        self._target = target

    def all(self) -> Iterator[FeedbackRow]:
        """Yield the feedback of every lead, in order of key."""
        for lead, fingerprint, content in paged(self._page, ""):
            if _fingerprint(content) != fingerprint:
                raise self._shelf.damaged("feedback")
            yield FeedbackRow(lead, json.loads(content))

    def _page(self, last: str) -> list[Row]:
        return self._db.rows(_PAGE, (self._target, last))

    def receive(self, rows: Iterable[FeedbackRow], now: int) -> Received:
        """Take in the feedback of every lead that has any; all is read before any is written."""
        reading = _Reading()
        for chunk in chunks(rows):
            self._read(chunk, reading)
        gone = [row for row in self.all() if row.values and row.key not in reading.seen]
        changed = reading.changed | {row.key: _content(FeedbackRow(row.key)) for row in gone}
        with self._db.transaction():
            crm = crm_id(self._db, self._target)
            self._db.run_many(_KEEP, [(crm, key, *kept, now) for key, kept in changed.items()])
            self._db.run_many(TOUCH, [(crm, key) for key in changed])
            self._shelf.probe(Point.RECEIVING)
        return Received(reading.new, reading.unchanged, len(gone))

    def _read(self, rows: list[FeedbackRow], reading: _Reading) -> None:
        with self._db.transaction():
            crm = crm_id(self._db, self._target)
            keys = [row.key for row in rows]
            elsewhere = Routes(self._shelf, crm).of(keys)
            ends = [elsewhere.get(key, key) for key in keys]
            known = self._db.rows(_KNOWN, (crm, [key for key in ends if key is not None]))
        reading.add(known, zip(ends, rows, strict=True))


@dataclass(slots=True)
class _Reading:
    """What differs from the feedback that is known, by key of lead."""

    new: int = 0
    unchanged: int = 0
    seen: set[str] = field(default_factory=set)
    changed: dict[str, Content] = field(default_factory=dict)

    def add(self, known: list[Row], rows: Iterable[tuple[str | None, FeedbackRow]]) -> None:
        """Take rows in, each under the key it goes to; those that go nowhere are dropped."""
        fingerprints: dict[str, str] = dict(known)
        for key, row in rows:
            if key is None:
                continue
            self.seen.add(key)
            content = _content(row)
            last = self.changed[key][0] if key in self.changed else fingerprints.get(key)
            if last == content[0]:
                self.unchanged += 1
            else:
                self.new += 1
                self.changed[key] = content


def keep_event(db: Driver, crm: int, row: FeedbackRow, at: int) -> None:
    """Keep the feedback of an event unless newer is known; the order of arrival does not count."""
    db.run(_KEEP_NEWER, (crm, row.key, *_content(row), at))


def pass_on(db: Driver, crm: int, loser: str, winner: str) -> None:
    """Give the feedback of one lead to another, where the newer of both counts."""
    for fingerprint, content, moment in db.rows(_OF_ONE, (crm, loser)):
        db.run(_KEEP_NEWER, (crm, winner, fingerprint, content, moment))
    db.run("DELETE FROM feedback WHERE crm = ? AND lead = ?", (crm, loser))


def _content(row: FeedbackRow) -> Content:
    content = row.to_json()
    return _fingerprint(content), content


def _fingerprint(content: str) -> str:
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
