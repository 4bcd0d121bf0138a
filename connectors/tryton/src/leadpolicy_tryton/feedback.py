"""What sales did with an opportunity, and in which revision of it: when, and by whom.

Tryton keeps every revision of an opportunity. The feedback is dated by the revision in which its
fields took the values that they have now, so that a later edit of anything else, by us or by
others, changes neither its time nor its author.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from leadpolicy.crm.state import Column
from leadpolicy.crm.values import held
from leadpolicy_tryton.binding import HISTORY, MODEL, Binding
from leadpolicy_tryton.fields import value_at
from leadpolicy_tryton.rpc import Server

_UNTOUCHED: Final = "lead"
_META: Final = ("create_date", "create_uid.login", "write_date", "write_uid.login")
_INSTANT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Given:
    """Feedback as it stands, with the revision that it was given in; empty values are None."""

    values: Mapping[str, object]
    at: datetime
    by: str

    @property
    def is_empty(self) -> bool:
        """Tell whether nobody has said anything, or somebody took it back."""
        return all(value is None for value in self.values.values())


def moment(record: Mapping[str, Any]) -> datetime:
    """Return when a revision was written (UTC)."""
    found: datetime = record["write_date"] or record["create_date"]
    return found


def author(record: Mapping[str, Any]) -> str:
    """Return the login that wrote a revision, empty for the server itself."""
    path = "write_uid.login" if record["write_date"] else "create_uid.login"
    return str(value_at(record, path) or "")


class FeedbackReader:
    """Reads the feedback of opportunities in the columns that sales owns."""

    def __init__(self, server: Server, binding: Binding, columns: Sequence[Column]) -> None:
        self._server: Final = server
        self._columns: Final = tuple(columns)
        self._standing: Final = {c.name: binding.standing(c.name) for c in columns}
        self._key: Final = binding.key

    @property
    def paths(self) -> list[str]:
        """Everything that is read of a revision."""
        return list(dict.fromkeys(["id", self._key, *_META, *self._fields]))

    @property
    def _fields(self) -> list[str]:
        told = (f"{HISTORY}.at", f"{HISTORY}.by")
        return [path for path in self._standing.values() if path not in told]

    @property
    def filled(self) -> list[object]:
        """The search for opportunities that may have feedback."""
        tests = [[path, "!=", _UNTOUCHED if path == "state" else None] for path in self._fields]
        return [["OR", *tests]] if tests else [["id", "<", 0]]

    def given(self, record: Mapping[str, Any], since: datetime | None) -> Given | None:
        """Return the feedback of an opportunity that was read, or None when there is nothing new.

        Nothing is new when nobody ever said anything, or the fields have not changed after
        `since` (UTC; None means from the beginning).
        """
        now = self._said(record)
        revision: Mapping[str, Any] | None = record
        while revision is not None:
            last = revision
            if since is not None and moment(last) <= since:
                return None
            revision = self._before(last)
            if revision is not None and self._said(revision) != now:
                return self._told(now, last)
        return None if all(value is None for value in now) else self._told(now, last)

    def _said(self, record: Mapping[str, Any]) -> list[object]:
        said = {path: value_at(record, path) for path in self._fields}
        untouched = said.get("state") == _UNTOUCHED
        return [None if path == "state" and untouched else said[path] for path in self._fields]

    def _told(self, said: Sequence[object], revision: Mapping[str, Any]) -> Given:
        at, by = moment(revision), author(revision)
        found: dict[str, object] = dict(zip(self._fields, said, strict=True))
        if any(value is not None for value in said):
            found |= {f"{HISTORY}.at": at, f"{HISTORY}.by": by or None}
        values = {c.name: held(found.get(self._standing[c.name]), c) for c in self._columns}
        return Given(values, at, by)

    def _before(self, revision: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the revision before one, or None when it is the first."""
        if not revision["write_date"]:
            return None
        domain = [["id", "=", revision["id"]]]
        found: Sequence[Mapping[str, Any]] = self._server.call(
            f"model.{MODEL}.search_read",
            domain,
            0,
            1,
            None,
            self.paths,
            _datetime=revision["write_date"] - _INSTANT,
        )
        return found[0] if found else None
