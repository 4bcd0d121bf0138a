"""`leadpolicy unlock`: break the lock of a run that has died."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from leadpolicy.cli.options import (
    DEFAULT_POLICY,
    Bind,
    ConnectorName,
    Crm,
    Json,
    PolicyOption,
    Prefix,
    StoreFile,
)
from leadpolicy.cli.terminal import show_json, tell

if TYPE_CHECKING:
    from leadpolicy.crm.store.contract import Lock


class Kind(StrEnum):
    """The kinds of work that a lock is for."""

    DEPLOY = "deploy"
    SYNC = "sync"


def unlock(
    crm: Crm,
    work: Annotated[
        Kind | None, typer.Option(help="Which lock to break; without it, both.")
    ] = None,
    policy: PolicyOption = DEFAULT_POLICY,
    bind: Bind = None,
    connector: ConnectorName = "generic",
    prefix: Prefix = "lp_",
    store: StoreFile = None,
    json: Json = False,
) -> None:
    """Break the lock on a CRM, and name who held it.

    If that run still lives, it notices before its next change and stops.
    """
    from leadpolicy.cli.deployment import deployed, known_store
    from leadpolicy.crm.locking import break_lock

    kinds = tuple(Kind) if work is None else (work,)
    place = deployed(policy, crm, bind, connector, prefix)
    with place as opened, known_store(store, crm) as memory:
        target = opened.connector.target
        found = [break_lock(memory, target, kind.value, datetime.now(UTC)) for kind in kinds]
    _present([lock for lock in found if lock is not None], json=json)


def _present(broken: list[Lock], *, json: bool) -> None:
    if json:
        show_json(
            [
                {"work": b.work, "holder": str(b.holder), "since": b.since.isoformat()}
                for b in broken
            ]
        )
        return
    for lock in broken:
        since = f"{lock.since:%Y-%m-%d %H:%M} UTC"
        tell(f"broke the {lock.work} lock that {lock.holder} held since {since}", "green")
    if not broken:
        tell("nobody holds a lock")


def _as_data(lock: Lock) -> dict[str, str]:
    return {"work": lock.work, "holder": str(lock.holder), "since": lock.since.isoformat()}
