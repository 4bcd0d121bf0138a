"""The recycle bin: what is deleted, brought back, and gone for good."""

from __future__ import annotations

from typing import Final

from leadpolicy_sandbox.salesforce.org import checks, derived, history, ids
from leadpolicy_sandbox.salesforce.org.checks import Refusal
from leadpolicy_sandbox.salesforce.org.records import GONE, UNKNOWN
from leadpolicy_sandbox.salesforce.org.results import SaveError, SaveResult
from leadpolicy_sandbox.salesforce.org.schema import ObjectDef, User
from leadpolicy_sandbox.salesforce.org.state import State
from leadpolicy_sandbox.salesforce.org.tables import Row

_CASCADES: Final = {
    "Account": (("Contact", "AccountId"), ("Opportunity", "AccountId")),
    "Lead": (("CampaignMember", "LeadId"),),
    "Contact": (("CampaignMember", "ContactId"),),
    "Campaign": (("CampaignMember", "CampaignId"),),
}


def delete(state: State, user: User | None, object: str | None, id: str) -> SaveResult:
    """Put a record into the recycle bin with what belongs to it, or say why not.

    `object` None takes a record of whatever object, as collections do.
    """
    long = ids.full(id)
    if long is None:
        return _refused(None, SaveError("MALFORMED_ID", f"malformed id {id}", ("Id",)))
    if long.startswith(state.objects["PermissionSetAssignment"].prefix):
        return _unassign(state, user, long)
    found = state.row(long)
    if found is None or (object is not None and found[0].name.lower() != object.lower()):
        return _refused(long, UNKNOWN)
    definition, row = found
    if definition.derived:
        message = f"entity type cannot be deleted: {definition.label}"
        return _refused(long, SaveError("INVALID_TYPE_FOR_OPERATION", message))
    if row["IsDeleted"]:
        return _refused(long, GONE)
    bin(state, user, definition, row)
    return SaveResult(long, True)


def bin(state: State, user: User | None, definition: ObjectDef, row: Row) -> None:
    """Put a row into the recycle bin, and what belongs to it."""
    for child, reference in _CASCADES.get(definition.name, ()):
        for id in state.tables[child].find(reference, row["Id"], heed_case=True):
            bin(state, user, state.objects[child], state.tables[child].rows[id])
    _flag(state, user, definition, row, deleted=True)


def _flag(
    state: State, user: User | None, definition: ObjectDef, row: Row, *, deleted: bool
) -> None:
    now = state.clock.second()
    stamps = {"LastModifiedDate": now, "SystemModstamp": now}
    by = {"LastModifiedById": user.id if user else None}
    state.tables[definition.name].put({**row, "IsDeleted": deleted, **stamps, **by})
    history.forget(state, definition, row["Id"], deleted=deleted)


def undelete(state: State, user: User | None, id: str) -> SaveResult:
    """Bring a record back from the recycle bin, with what was deleted with it."""
    long = ids.full(id) or id
    found = state.row(long)
    if found is None:
        return _refused(long, UNKNOWN)
    definition, row = found
    if not row.get("IsDeleted") or not definition.undeletable:
        message = "entity is not in the recycle bin"
        return _refused(long, SaveError("UNDELETE_FAILED", message))
    try:
        checks.refuse_duplicates(state, definition, row)
    except Refusal as refusal:
        return _refused(long, *refusal.errors)
    _restore(state, user, definition, row)
    return SaveResult(long, True)


def _restore(state: State, user: User | None, definition: ObjectDef, row: Row) -> None:
    cleared = {"MasterRecordId": None} if "MasterRecordId" in definition.fields else {}
    _flag(state, user, definition, {**row, **cleared}, deleted=False)
    for child, reference in _CASCADES.get(definition.name, ()):
        for other in state.tables[child].find_any(reference, row["Id"]):
            if other["IsDeleted"] and other["SystemModstamp"] == row["SystemModstamp"]:
                _restore(state, user, state.objects[child], other)


def empty(state: State, id: str) -> SaveResult:
    """Delete a record for good that is in the recycle bin."""
    long = ids.full(id) or id
    found = state.row(long)
    if found is None or not found[1].get("IsDeleted"):
        return _refused(long, SaveError("INVALID_ID_FIELD", "entity is not in the recycle bin"))
    definition, row = found
    purged = state.purged.setdefault(definition.name, {})
    state.journal.record(lambda: purged.pop(long, None))
    purged[long] = row["SystemModstamp"]
    state.tables[definition.name].remove(long)
    return SaveResult(long, True)


def _unassign(state: State, user: User | None, id: str) -> SaveResult:
    for row in derived.rows(state, user, state.objects["PermissionSetAssignment"]):
        if row["Id"] == id:
            derived.assign(state, user, row["PermissionSetId"], row["AssigneeId"], given=False)
            return SaveResult(id, True)
    return _refused(id, UNKNOWN)


def _refused(id: str | None, *errors: SaveError) -> SaveResult:
    return SaveResult(id, False, errors)
