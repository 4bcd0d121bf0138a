"""Where what is said of a lead goes: to itself, to the lead it was merged into, or nowhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from leadpolicy.crm.store.driver import chunks
from leadpolicy.crm.store.shelf import Shelf

_ANY_ALIAS: Final = "SELECT 1 FROM aliases WHERE crm = ? LIMIT 1"
_ANY_ERASED: Final = "SELECT 1 FROM erased WHERE crm = ? LIMIT 1"
_WINNERS: Final = "SELECT loser, winner FROM aliases WHERE crm = ? AND loser = ANY(?)"
_TRACES: Final = "SELECT trace FROM erased WHERE crm = ? AND trace = ANY(?)"


class Routes:
    """The routes of one CRM, read inside a transaction."""

    def __init__(self, shelf: Shelf, crm: int) -> None:
        self._shelf = shelf
        self._crm = crm
        self._merged = bool(shelf.db.rows(_ANY_ALIAS, (crm,)))
        self._erased = bool(shelf.db.rows(_ANY_ERASED, (crm,)))

    def of(self, keys: Sequence[str]) -> Mapping[str, str | None]:
        """Return where keys lead that do not stand for themselves; None for an erased lead."""
        routes: dict[str, str | None] = {}
        for chunk in chunks(keys):
            if self._merged:
                routes.update(self._shelf.db.rows(_WINNERS, (self._crm, chunk)))
            if self._erased:
                routes.update(dict.fromkeys(self._gone(chunk, routes)))
        return routes

    def _gone(self, keys: Sequence[str], routes: Mapping[str, str | None]) -> list[str]:
        trace = self._shelf.trace
        ends = {key: (trace("lead", key), trace("lead", routes.get(key) or key)) for key in keys}
        wanted = sorted({one for pair in ends.values() for one in pair})
        found: set[bytes] = set()
        for chunk in chunks(wanted):
            rows = self._shelf.db.rows(_TRACES, (self._crm, chunk))
            found.update(bytes(one) for (one,) in rows)
        return [key for key, pair in ends.items() if not found.isdisjoint(pair)]
