"""How far the objects of a stream are read, as text that is kept between runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from leadpolicy.crm.connector import CursorExpiredError

OVERLAP: Final = timedelta(minutes=20)
"""How far behind the last record a poll begins.

Salesforce ends a transaction after 10 minutes. One that began early shows its records late, with
the time at which they were written.
"""
_BIN: Final = timedelta(days=15)
"""How long a deleted record can be brought back."""
_FIRST: Final = datetime(1970, 2, 1, tzinfo=UTC)
_VERSION: Final = 1


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """The last record that was read, by its second; without an Id, before all of that second."""

    at: datetime
    id: str = ""


class Gone(msgspec.Struct, frozen=True, array_like=True):
    """A lead that was seen deleted or merged."""

    at: datetime
    key: str


class _Written(msgspec.Struct, frozen=True, omit_defaults=True):
    version: int
    marks: dict[str, Mark]
    whole: bool = False
    seen: dict[str, dict[str, int]] = {}
    gone: dict[str, Gone] = {}
    purged: dict[str, datetime] = {}
    plain: str = ""


@dataclass(slots=True)
class Cursor:
    """What is known of a stream that was read up to a point.

    - `whole`: what stood when reading began has been read, and changes are followed since.
    - `seen`: what was told already of the time that the next poll reads again.
    - `gone`: leads that were seen deleted and may yet come back, by Id.
    - `purged`: leads that were found deleted for good, by Id.
    - `plain`: the day on which an optional field of the lead was last found missing.
    """

    marks: dict[str, Mark] = field(default_factory=dict)
    whole: bool = False
    seen: dict[str, dict[str, int]] = field(default_factory=dict)
    gone: dict[str, Gone] = field(default_factory=dict)
    purged: dict[str, datetime] = field(default_factory=dict)
    plain: str = ""

    @classmethod
    def read(cls, text: str | None) -> Cursor:
        """Return a cursor from its text; raises `CursorExpiredError` for one that is not known."""
        if text is None:
            return cls()
        try:
            found = msgspec.json.decode(text, type=_Written)
        except msgspec.MsgspecError:
            found = None
        if found is None or found.version != _VERSION:
            raise CursorExpiredError("the cursor is from another version of the connector")
        return cls(found.marks, found.whole, found.seen, found.gone, found.purged, found.plain)

    def __str__(self) -> str:
        """Return the cursor as text."""
        state = (self.marks, self.whole, self.seen, self.gone, self.purged, self.plain)
        return msgspec.json.encode(_Written(_VERSION, *state)).decode()

    def is_known(self, source: str, token: str) -> bool:
        """Tell whether a record was told already."""
        return token in self.seen.get(source, {})

    def pass_by(self, source: str, at: datetime, id_: str, token: str) -> None:
        """Note that a record was read."""
        self.marks[source] = Mark(at, id_)
        self.seen.setdefault(source, {})[token] = int(at.timestamp())

    def forget(self) -> None:
        """Forget what no later poll can meet again."""
        for source, mark in self.marks.items():
            begin = int((mark.at - OVERLAP).timestamp())
            told = self.seen.get(source, {})
            self.seen[source] = {token: at for token, at in told.items() if at >= begin}
        self.seen = {name: told for name, told in self.seen.items() if told and name in self.marks}

    def end(self, covered: datetime | None) -> None:
        """Set marks back, as far as records may yet come up behind them.

        `covered` is the time up to which the org says that every transaction has ended. A mark that
        was passed long before stays where it is, so that a quiet org is not read again.
        """
        for source, mark in self.marks.items():
            settled = (covered or mark.at) - OVERLAP
            if mark.at >= settled:
                self.marks[source] = Mark(settled)
        self.seen = {n: told for n, told in self.seen.items() if not self.marks[n].id}

    def begin(self, sources: Iterable[str], read: Iterable[str], newest: datetime | None) -> None:
        """Follow changes of sources from now on; those that were `read` so far keep their marks."""
        kept = {name: mark for name, mark in self.marks.items() if name in set(read)}
        start = {} if newest is None else dict.fromkeys(sources, Mark(newest - OVERLAP))
        unread = {name: mark for name, mark in start.items() if name not in set(read)}
        self.marks = unread | {name: kept[name] for name in sources if name in kept}
        self.whole = True

    def lose(self, id_: str, at: datetime, key: str) -> None:
        """Note that a lead is gone, and forget those that can no longer come back."""
        self.gone[id_] = Gone(at, key)
        self.gone = {lead: gone for lead, gone in self.gone.items() if gone.at >= at - _BIN}

    def purge(self, lost: Mapping[str, datetime]) -> None:
        """Note leads that are gone for good, and forget those that no log names any more."""
        self.purged |= lost
        oldest = max(self.purged.values(), default=_FIRST) - _BIN
        self.purged = {lead: at for lead, at in self.purged.items() if at >= oldest}


def instant(text: str) -> datetime:
    """Return a time of Salesforce in UTC.

    >>> instant("2026-03-01T09:00:00.000+0000").isoformat()
    '2026-03-01T09:00:00+00:00'
    """
    return datetime.fromisoformat(text).astimezone(UTC)
