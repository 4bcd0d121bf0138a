"""Erasing a person: every payload goes, and a salted trace stays that keeps the lead out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from leadpolicy.crm.store.driver import chunks
from leadpolicy.crm.store.schema import MARK
from leadpolicy.crm.store.shelf import Shelf

ERASED: Final = "(erased with a lead that it named)"
_TABLES: Final = ("outbox", "feedback", "consents", "leads", "foreign_events")
_TRACE: Final = "INSERT INTO erased (crm, trace) VALUES (?, ?) ON CONFLICT DO NOTHING"


def erase(shelf: Shelf, crm: int, key: str) -> None:
    """Erase a lead, and those that were merged into it, inside a transaction.

    It is gone from the disk after the commit and the `forget` that follows it.
    """
    merged = shelf.db.rows("SELECT loser FROM aliases WHERE crm = ? AND winner = ?", (crm, key))
    keys = [key, *(loser for (loser,) in merged)]
    for chunk in chunks(keys):
        for table in _TABLES:
            shelf.db.run(f"DELETE FROM {table} WHERE crm = ? AND lead = ANY(?)", (crm, chunk))
        shelf.db.run("DELETE FROM aliases WHERE crm = ? AND loser = ANY(?)", (crm, chunk))
    shelf.db.run_many(_TRACE, [(crm, shelf.trace("lead", one)) for one in keys])
    _erase_from_runs(shelf, crm, keys)
    shelf.db.run(f"UPDATE {MARK} SET to_forget = 1")


def _erase_from_runs(shelf: Shelf, crm: int, keys: Sequence[str]) -> None:
    named = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, keys)) + r")(?!\w)")
    told = shelf.db.rows("SELECT seq, error FROM runs WHERE crm = ? AND error <> ''", (crm,))
    found = [(ERASED, seq) for seq, error in told if named.search(error)]
    shelf.db.run_many("UPDATE runs SET error = ? WHERE seq = ?", found)
