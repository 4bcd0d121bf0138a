"""What the parts of a store share: one database, and writing under a lock."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TypeVar

from leadpolicy.crm.points import Point, Probe, unprobed
from leadpolicy.crm.store.contract import FencedError, Lock, StoreError
from leadpolicy.crm.store.driver import Driver, Row
from leadpolicy.crm.store.schema import MARK, crm_id

Decoded = TypeVar("Decoded")

CRM = "(SELECT id FROM crm WHERE target = ?)"
"""In a statement, the number of a CRM given by its target; null for one that is not known."""

_HOLDER = "SELECT fence, held, account, host FROM locks WHERE crm = ? AND work = ?"


class Shelf:
    """A part of a store; `probe` is called right before the commits that tests end a run in."""

    def __init__(self, db: Driver, probe: Probe = unprobed) -> None:
        self.db = db
        self.probe = probe

    @contextmanager
    def writing(
        self, lock: Lock, point: Point | None = None, *, durable: bool = False
    ) -> Iterator[int]:
        """Write under a lock, all or nothing; gives the number of the CRM.

        Raises `FencedError` when the lock is held no longer.
        """
        with self.db.transaction(durable=durable):
            crm = crm_id(self.db, lock.target)
            self._refuse_fenced(lock, crm)
            yield crm
            if point is not None:
                self.probe(point)

    def _refuse_fenced(self, lock: Lock, crm: int) -> None:
        found = self.db.rows(_HOLDER, (crm, lock.work))
        fence, held, account, host = found[0] if found else (0, 0, "", "")
        if fence == lock.fence and held:
            return
        who = f"was taken over by {account}@{host}" if held else "is held no longer"
        raise FencedError(
            f"the lock of {lock.holder} on `{lock.target}` {who}",
            "nothing more is done by this run; the next one goes on with what is left",
        )

    @cached_property
    def salt(self) -> bytes:
        """What makes the traces of this store unlike those of any other."""
        return bytes.fromhex(str(self.db.rows(f"SELECT salt FROM {MARK}")[0][0]))

    def trace(self, kind: str, *texts: str) -> bytes:
        """Return a salted digest that shows that something was seen, and not what."""
        shown = "\0".join((kind, *texts)).encode("utf-8", "surrogatepass")
        return hashlib.blake2b(shown, digest_size=16, key=self.salt).digest()

    def forget(self) -> None:
        """Remove from the disk what was erased, also by an earlier run that was ended before."""
        if self.db.rows(f"SELECT to_forget FROM {MARK}")[0][0] and self.db.forget():
            self.db.run(f"UPDATE {MARK} SET to_forget = 0")

    def decoded(self, decode: Callable[[Row], Decoded], row: Row) -> Decoded:
        """Return what a row holds; raises `StoreError` when that cannot have been written."""
        try:
            return decode(row)
        except (ValueError, TypeError, OverflowError) as error:
            raise self.damaged("a row") from error

    def damaged(self, what: str) -> StoreError:
        """Return the error that something kept cannot be what was written."""
        return StoreError(
            f"the store `{self.db.place}` is damaged: {what} is not what was written",
            "put a backup in its place, or move it away",
        )
