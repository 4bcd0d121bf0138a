"""Merging duplicates: one record stays, at most two go, and what pointed to them points to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from leadpolicy_sandbox.salesforce.org import checks, deletion, history, ids, records
from leadpolicy_sandbox.salesforce.org.checks import Refusal
from leadpolicy_sandbox.salesforce.org.coercion import Given
from leadpolicy_sandbox.salesforce.org.results import MergeResult, SaveError
from leadpolicy_sandbox.salesforce.org.schema import ObjectDef, User
from leadpolicy_sandbox.salesforce.org.state import State
from leadpolicy_sandbox.salesforce.org.tables import Row

MOST: Final = 2
_MERGEABLE: Final = frozenset({"Lead", "Contact", "Account"})


def merge(
    state: State,
    user: User | None,
    definition: ObjectDef,
    master: str,
    losers: Sequence[str],
    given: Given | None = None,
) -> MergeResult:
    """Merge records into one and set `given` values on it, or say why not.

    The master keeps its own values. Its individual gives way to the one that was changed last only
    where the setting AutoSelectIndividualOnMerge is on.
    """
    try:
        rows = _chosen(state, definition, [master, *losers])
        first, gone = rows[0], rows[1:]
        changes = checks.incoming(state, user, definition, given or {}, "text", first)
        changes = {**_kept(state, definition, rows), **changes}
        records.save(state, user, definition, first, changes)
    except Refusal as refusal:
        return MergeResult(ids.full(master), False, errors=refusal.errors)
    moved = [id for row in gone for id in _reparent(state, user, definition, row, first["Id"])]
    for row in gone:
        deletion.bin(state, user, definition, {**row, "MasterRecordId": first["Id"]})
    history.note(state, user, definition, first["Id"], _event(definition))
    return MergeResult(first["Id"], True, tuple(row["Id"] for row in gone), tuple(moved))


def _chosen(state: State, definition: ObjectDef, chosen: Sequence[str]) -> list[Row]:
    long = [ids.full(id) or id for id in chosen]
    wrong = definition.name not in _MERGEABLE or not 1 <= len(long) - 1 <= MOST
    if wrong or len(set(long)) < len(long):
        message = "a merge takes one master and one or two other records of the same object"
        raise Refusal(SaveError("INVALID_MERGE_RECORD", message))
    rows = [state.tables[definition.name].get(id) for id in long]
    found = [row for row in rows if row is not None]
    if len(found) < len(rows):
        raise Refusal(records.UNKNOWN)
    if any(row["IsDeleted"] for row in found):
        raise Refusal(records.GONE)
    if any(row.get("IsConverted") for row in found):
        raise Refusal(records.CONVERTED)
    return found


def _kept(state: State, definition: ObjectDef, rows: Sequence[Row]) -> dict[str, Any]:
    """Return what a merge sets by itself: the oldest creation, and maybe the individual."""
    oldest = min(rows, key=lambda row: (row["CreatedDate"], row["Id"]))
    kept = {name: oldest[name] for name in ("CreatedDate", "CreatedById")}
    if state.settings["AutoSelectIndividualOnMerge"] and "IndividualId" in definition.fields:
        held = [state.tables["Individual"].get(row.get("IndividualId") or "") for row in rows]
        alive = [one for one in held if one is not None and not one["IsDeleted"]]
        if alive:
            kept["IndividualId"] = max(alive, key=lambda one: one["LastModifiedDate"])["Id"]
    return kept


def _reparent(
    state: State, user: User | None, definition: ObjectDef, loser: Row, master: str
) -> list[str]:
    moved: list[str] = []
    for other in state.objects.values():
        if other.derived:
            continue
        for field in other.fields.values():
            if definition.name not in field.reference_to or field.name == "MasterRecordId":
                continue
            table = state.tables[other.name]
            for id in table.find(field.name, loser["Id"], heed_case=True):
                row = {**table.rows[id], field.name: master}
                records.stamp(state, user, row, new=False)
                table.put(row)
                moved.append(id)
    return moved


def _event(definition: ObjectDef) -> str:
    return f"{definition.name.lower()}Merged"
