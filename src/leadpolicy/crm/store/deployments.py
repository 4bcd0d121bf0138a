"""Deployments: what was applied to each CRM, and which parts are ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from leadpolicy.crm.points import Point
from leadpolicy.crm.store.contract import Applied, Deployment, Lock, Owned, StoreError
from leadpolicy.crm.store.driver import CHUNK, Row, paged, to_micros, to_moment
from leadpolicy.crm.store.schema import crm_id
from leadpolicy.crm.store.shelf import CRM, Shelf

_KEEP: Final = (
    "INSERT INTO {} (crm, address, part, imported) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (crm, address) DO UPDATE SET part = excluded.part, imported = excluded.imported"
)
_PARTS: Final = "SELECT address, part, imported FROM {} WHERE crm = ? ORDER BY address"
_DROP: Final = "DELETE FROM {} WHERE crm = ? AND address = ?"
_APPLIED: Final = (
    "SELECT serial, policy, version, content_hash, moment, changes, desired FROM applied"
    f" WHERE crm = {CRM}"
)


class SqlDeployments(Shelf):
    """See `Deployments`."""

    def deployment(self, target: str) -> Deployment:
        """Return where the deployment stands; one that never began has serial 0."""
        with self.db.transaction():
            crm = crm_id(self.db, target)
            lineage, serial = self.db.rows("SELECT lineage, serial FROM crm WHERE id = ?", (crm,))[
                0
            ]
            owned = self.db.rows(_PARTS.format("owned"), (crm,))
            begun = self.db.rows(_PARTS.format("begun"), (crm,))
        return Deployment(
            lineage,
            serial,
            tuple(self.decoded(_owned, row) for row in owned),
            tuple(address for address, _, _ in begun),
            tuple(self.decoded(_owned, row) for row in begun if row[1] is not None),
        )

    def use_plan(self, lock: Lock, plan: str, at: datetime) -> None:
        """Mark a plan as used; raises `StoreError` when it was used before."""
        with self.writing(lock, durable=True) as crm:
            fresh = self.db.run(
                "INSERT INTO plans (crm, plan, moment) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (crm, plan, to_micros(at)),
            )
            if not fresh:
                raise StoreError("the plan was applied before", "make a new plan and read it")

    def intend(self, lock: Lock, address: str, owned: Owned | None) -> None:
        """Note that a part is about to be made, changed (`owned`) or removed (None)."""
        with self.writing(lock, durable=True) as crm:
            self.db.run(_KEEP.format("begun"), (crm, address, *_content(owned)))

    def note(self, lock: Lock, address: str, owned: Owned | None) -> None:
        """Note that a part was made or changed (`owned`), or removed (None)."""
        with self.writing(lock, Point.SETTLING, durable=True) as crm:
            self.db.run(_DROP.format("begun"), (crm, address))
            if owned is None:
                self.db.run(_DROP.format("owned"), (crm, address))
            else:
                self.db.run(_KEEP.format("owned"), (crm, address, *_content(owned)))

    def record_applied(self, lock: Lock, applied: Applied) -> Applied:
        """Remember that a policy was applied; returns it with its serial, one above the last."""
        with self.writing(lock, Point.SETTLING, durable=True) as crm:
            serial = self.db.rows(
                "UPDATE crm SET serial = serial + 1 WHERE id = ? RETURNING serial", (crm,)
            )[0][0]
            identity = (applied.policy, applied.version, applied.content_hash)
            desired = json.dumps(dict(applied.desired))
            self.db.run(
                "INSERT INTO applied (crm, serial, policy, version, content_hash, moment, changes,"
                " desired) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (crm, serial, *identity, to_micros(applied.at), applied.changes, desired),
            )
        return replace(applied, serial=serial)

    def last_applied(self, target: str) -> Applied | None:
        """Return what was applied last, or None."""
        found = self.db.rows(f"{_APPLIED} ORDER BY serial DESC LIMIT 1", (target,))
        return self.decoded(_applied, found[0]) if found else None

    def history(self, target: str) -> Iterator[Applied]:
        """Yield everything that was applied, oldest first."""
        page = f"{_APPLIED} AND serial > ? ORDER BY serial LIMIT {CHUNK}"
        for row in paged(lambda last: self.db.rows(page, (target, last)), 0):
            yield self.decoded(_applied, row)


def _content(owned: Owned | None) -> tuple[str | None, int]:
    if owned is None:
        return None, 0
    return json.dumps(dict(owned.part), sort_keys=True), int(owned.imported)


def _owned(row: Row) -> Owned:
    address, part, imported = row
    return Owned(address, json.loads(part), imported == 1)


def _applied(row: Row) -> Applied:
    serial, policy, version, digest, moment, changes, desired = row
    at = to_moment(moment)
    return Applied(policy, version, digest, at, changes, serial, json.loads(desired))
