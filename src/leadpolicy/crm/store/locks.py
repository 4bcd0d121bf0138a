"""Locks: one for each CRM and kind of work."""

from __future__ import annotations

from datetime import datetime

from leadpolicy.crm.store.contract import Holder, Lock, LockedError, Work
from leadpolicy.crm.store.driver import Row, to_micros, to_moment
from leadpolicy.crm.store.holders import has_ended, mark
from leadpolicy.crm.store.schema import crm_id
from leadpolicy.crm.store.shelf import CRM, Shelf

_COLUMNS = "fence, account, host, pid, mark, since"
_FIND = f"SELECT {_COLUMNS} FROM locks WHERE crm = {{}} AND work = ? AND held = 1"
_TAKE = (
    "INSERT INTO locks (crm, work, fence, held, account, host, pid, mark, since)"
    " VALUES (?, ?, 1, 1, ?, ?, ?, ?, ?) ON CONFLICT (crm, work) DO UPDATE SET"
    " fence = locks.fence + 1, held = 1, account = excluded.account, host = excluded.host,"
    " pid = excluded.pid, mark = excluded.mark, since = excluded.since RETURNING fence"
)
_GIVE_BACK = f"UPDATE locks SET held = 0 WHERE crm = {CRM} AND work = ? AND fence = ?"


class SqlLocks(Shelf):
    """See `Locks`."""

    def acquire(
        self, target: str, work: Work, holder: Holder, at: datetime, *, take_over: bool = False
    ) -> Lock:
        """Return the lock; raises `LockedError` while somebody holds it."""
        with self.db.transaction(durable=True):
            crm = crm_id(self.db, target)
            if not take_over:
                _refuse_held(self.db.rows(_FIND.format("?"), (crm, work)), target, work)
            who = (holder.user, holder.host, holder.pid, mark(holder))
            fence = self.db.rows(_TAKE, (crm, work, *who, to_micros(at)))[0][0]
        return Lock(target, work, holder, int(fence), at)

    def release(self, lock: Lock) -> None:
        """Give the lock back; releasing one that was taken over changes nothing."""
        with self.db.transaction():
            self.db.run(_GIVE_BACK, (lock.target, lock.work, lock.fence))
        self.forget()

    def held(self, target: str, work: Work) -> Lock | None:
        """Return the lock that somebody holds, or None."""
        found = self.db.rows(_FIND.format(CRM), (target, work))
        return _lock(found[0], target, work) if found else None


def _lock(row: Row, target: str, work: Work) -> Lock:
    fence, account, host, pid, _, since = row
    return Lock(target, work, Holder(account, host, int(pid)), int(fence), to_moment(since))


def _refuse_held(found: list[Row], target: str, work: Work) -> None:
    if not found:
        return
    lock = _lock(found[0], target, work)
    if has_ended(lock.holder, found[0][4]):
        return
    raise LockedError(
        f"{lock.holder} holds the {work} lock on `{target}` since {lock.since:%Y-%m-%d %H:%M} UTC",
        "wait until that run has ended; if it has died, call `leadpolicy unlock`",
    )
