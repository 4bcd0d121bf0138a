"""Dead letters: messages that the CRM refused for good."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from leadpolicy.crm.store.contract import DeadLetter, Lock
from leadpolicy.crm.store.driver import CHUNK, Row, chunks, paged, to_moment
from leadpolicy.crm.store.outbox import checksum
from leadpolicy.crm.store.shelf import CRM, Shelf

_PAGE: Final = (
    "SELECT seq, lead, digest, payload, checksum, code, field, message, attempts, moment"
    f" FROM outbox WHERE crm = {CRM} AND state = 2 AND seq > ? ORDER BY seq LIMIT {CHUNK}"
)
_REPLAY: Final = (
    "UPDATE outbox SET state = 0, attempts = 0, moment = NULL, code = '', field = '', message = ''"
    " WHERE crm = ? AND state = 2"
)
_SOME: Final = " AND lead = ANY(?)"
_REPAIR: Final = (
    "UPDATE outbox SET payload = ?, checksum = ? WHERE crm = ? AND state = 2 AND seq = ?"
)


class SqlDeadLetters(Shelf):
    """The part of `Outbox` that keeps dead letters."""

    def dead_letters(self, target: str) -> Iterator[DeadLetter]:
        """Yield the dead letters, oldest message first."""
        for row in paged(lambda last: self.db.rows(_PAGE, (target, last)), 0):
            yield self.decoded(self._letter, row)

    def _letter(self, row: Row) -> DeadLetter:
        _, lead, digest, payload, kept, code, field, message, attempts, moment = row
        if checksum(lead, digest, payload) != kept:
            raise self.damaged("a dead letter")
        return DeadLetter(lead, code, field, message, payload, attempts, to_moment(moment))

    def replay(
        self, lock: Lock, keys: Sequence[str] | None, at: datetime, payload: str | None = None
    ) -> int:
        """Let dead letters wait again, all or those of some keys; a payload repairs one.

        Returns how many. Raises ValueError for a payload without exactly one key.
        """
        if payload is not None and (keys is None or len(keys) != 1):
            raise ValueError("a payload repairs the dead letter of one key")
        with self.writing(lock) as crm:
            if keys is None:
                return self.db.run(_REPLAY, (crm,))
            if payload is not None:
                self._repair(crm, keys[0], payload)
            return sum(self.db.run(_REPLAY + _SOME, (crm, chunk)) for chunk in chunks(keys))

    def _repair(self, crm: int, key: str, payload: str) -> None:
        found = self.db.rows(
            f"SELECT seq, digest FROM outbox WHERE crm = ? AND state = 2{_SOME}", (crm, [key])
        )
        for seq, digest in found:
            self.db.run(_REPAIR, (payload, checksum(key, digest, payload), crm, seq))

    def discard(self, lock: Lock, keys: Sequence[str], at: datetime) -> int:
        """Drop dead letters for good; returns how many."""
        statement = f"DELETE FROM outbox WHERE crm = ? AND state = 2{_SOME}"
        with self.writing(lock) as crm:
            return sum(self.db.run(statement, (crm, chunk)) for chunk in chunks(keys))
