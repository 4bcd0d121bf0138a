"""Consents as events told them: the latest by the CRM's time, and a denial wins a tie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from leadpolicy.crm.rows import ConsentRow
from leadpolicy.crm.store.driver import Driver, chunks, to_micros, to_moment
from leadpolicy.crm.store.shelf import CRM

_STRICTNESS: Final = {
    status: place
    for place, status in enumerate(
        ("requested", "granted", "confirmed", "expired", "refused", "withdrawn", "objected")
    )
}
"""Of two statuses at one instant the later one here counts: the next step, and any restriction.

A status that nobody knows grants nothing, like one that has expired.
"""

_COLUMNS: Final = "lead, purpose, channel, status, moment, source"
_OF_SOME: Final = (
    f"SELECT {_COLUMNS} FROM consents WHERE crm = {CRM} AND lead = ANY(?)"
    " ORDER BY lead, purpose, channel"
)
_OF_ONE: Final = f"SELECT {_COLUMNS} FROM consents WHERE crm = ? AND lead = ?"
_STANDING: Final = (
    "SELECT moment, status FROM consents WHERE crm = ? AND lead = ? AND purpose = ? AND channel = ?"
)
_KEEP: Final = (
    f"INSERT INTO consents (crm, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (crm, lead, purpose, channel) DO UPDATE SET"
    " status = excluded.status, moment = excluded.moment, source = excluded.source"
)


def fold(db: Driver, crm: int, row: ConsentRow) -> None:
    """Keep a consent unless what is known counts before it, inside a transaction."""
    at = to_micros(row.at)
    found = db.rows(_STANDING, (crm, row.key, row.purpose, row.channel))
    if not found or _order(*found[0]) < _order(at, row.status):
        what = (row.purpose, row.channel, row.status, at, row.source)
        db.run(_KEEP, (crm, row.key, *what))


def _order(at: int, status: str) -> tuple[int, int]:
    return at, _STRICTNESS.get(status, _STRICTNESS["expired"])


def pass_on(db: Driver, crm: int, loser: str, winner: str) -> None:
    """Give the consents of one lead to another, where those of both count together."""
    for _, purpose, channel, status, moment, source in db.rows(_OF_ONE, (crm, loser)):
        at = to_moment(moment)
        fold(db, crm, ConsentRow(winner, purpose, channel, status, at, source))
    db.run("DELETE FROM consents WHERE crm = ? AND lead = ?", (crm, loser))


def consents(db: Driver, target: str, keys: Sequence[str]) -> Iterator[ConsentRow]:
    """Yield what is known of some leads."""
    for chunk in chunks(keys):
        for lead, purpose, channel, status, moment, source in db.rows(_OF_SOME, (target, chunk)):
            yield ConsentRow(lead, purpose, channel, status, to_moment(moment), source)
