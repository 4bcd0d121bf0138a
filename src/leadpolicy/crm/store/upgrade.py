"""Open a store: make its tables, or bring an older format to the present one step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from leadpolicy.crm.store.contract import StoreError
from leadpolicy.crm.store.driver import Driver, to_micros
from leadpolicy.crm.store.schema import FORMAT, MARK, create, crm_id


def prepare(db: Driver) -> None:
    """Make the tables, or bring them to the present format, all of it or nothing.

    Raises `StoreError` for a database of something else and for a newer format.
    """
    if _format(db) == FORMAT:
        return
    with db.transaction(durable=True):
        db.keep_others_out()
        found = _format(db)
        if found is None:
            create(db)
            return
        for older in range(found, FORMAT):
            _step(db, older)


def _step(db: Driver, older: int) -> None:
    try:
        STEPS[older](db)
    except ValueError as error:
        raise StoreError(
            f"`{db.place}` cannot be brought from format {older} to {older + 1}: {error}",
            "it was left as it is; put a backup in its place, or move it away",
        ) from error


def _format(db: Driver) -> int | None:
    names = db.tables()
    if not names:
        return None
    if MARK not in names:
        raise StoreError(f"`{db.place}` is a database of something else", "name another one")
    found = db.rows(f"SELECT max(format) FROM {MARK}")[0][0]
    if found not in range(1, FORMAT + 1):
        raise StoreError(
            f"`{db.place}` has store format {found} and this version reads format {FORMAT}",
            "use the version of leadpolicy that wrote it, or a newer one",
        )
    return int(found)


def _from_1_to_2(db: Driver) -> None:
    """Keep the latest feedback of each lead, what was applied, and every run."""
    feedback = db.rows(
        "SELECT target, lead, fingerprint, content, received_at FROM feedback f WHERE seq ="
        " (SELECT max(seq) FROM feedback WHERE target = f.target AND lead = f.lead)"
    )
    identity = "SELECT target, policy, version, content_hash, at"
    applied = db.rows(f"{identity}, changes FROM applied ORDER BY seq")
    runs = db.rows(f"{identity}, counts, error FROM runs ORDER BY seq")
    for name in (MARK, "feedback", "applied", "runs"):
        db.run(f"DROP TABLE {name}")
    create(db)
    ids = {target: crm_id(db, target) for target, *_ in (*feedback, *applied, *runs)}
    db.run_many(
        "INSERT INTO feedback (crm, lead, fingerprint, content, moment) VALUES (?, ?, ?, ?, ?)",
        [(ids[target], *row, _micros(at)) for target, *row, at in feedback],
    )
    for target, policy, version, digest, at, changes in applied:
        _add_applied(db, ids[target], (policy, version, digest, _micros(at), changes))
    db.run_many(
        "INSERT INTO runs (crm, policy, version, content_hash, moment, counts, error)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (ids[target], policy, version, digest, _micros(at), counts, error)
            for target, policy, version, digest, at, counts, error in runs
        ],
    )


def _add_applied(db: Driver, crm: int, values: tuple[str, str, str, int, int]) -> None:
    db.run("UPDATE crm SET serial = serial + 1 WHERE id = ?", (crm,))
    db.run(
        "INSERT INTO applied (crm, serial, policy, version, content_hash, moment, changes, desired)"
        " SELECT id, serial, ?, ?, ?, ?, ?, '{}' FROM crm WHERE id = ?",
        (*values, crm),
    )


def _micros(text: str) -> int:
    return to_micros(datetime.fromisoformat(text))


STEPS: Final[Mapping[int, Callable[[Driver], None]]] = {1: _from_1_to_2}
"""What brings each older format to the next."""
