"""How records are made, changed, deleted and brought back."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from leadpolicy_sandbox.salesforce.org import checks, derived, foreign, history, ids
from leadpolicy_sandbox.salesforce.org.checks import Refusal
from leadpolicy_sandbox.salesforce.org.coercion import Given, Source, coerce
from leadpolicy_sandbox.salesforce.org.results import (
    OrgError,
    SaveError,
    SaveResult,
    SeveralMatchError,
)
from leadpolicy_sandbox.salesforce.org.schema import FieldDef, ObjectDef, User
from leadpolicy_sandbox.salesforce.org.state import State
from leadpolicy_sandbox.salesforce.org.tables import Row

UNKNOWN: Final = SaveError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
GONE: Final = SaveError("ENTITY_IS_DELETED", "entity is deleted")
CONVERTED: Final = SaveError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")


def create(
    state: State,
    user: User | None,
    definition: ObjectDef,
    given: Given,
    source: Source,
) -> SaveResult:
    """Make a record, or say why not."""
    if definition.name == "PermissionSetAssignment":
        return _assign(state, user, given)
    if definition.derived:
        return _refused(None, _closed(definition, "inserted"))
    try:
        given = foreign.resolved(state, definition, given)
        changes = checks.incoming(state, user, definition, given, source, None)
        row = with_defaults(definition, changes)
        if "OwnerId" in definition.fields and row.get("OwnerId") is None:
            row["OwnerId"] = (user or next(iter(state.users.values()))).id
        return SaveResult(insert(state, user, definition, row), True, created=True)
    except Refusal as refusal:
        return _refused(None, *refusal.errors)


def insert(
    state: State,
    user: User | None,
    definition: ObjectDef,
    row: Row,
    *,
    rules: bool = True,
    event: str = "created",
) -> str:
    """Save a new row that fits its fields and return its id; raises Refusal.

    `event` is what the history of the record begins with.
    """
    row = {"Id": state.new_id(definition), "IsDeleted": False, **row}
    complete(definition, row, None)
    checks.refuse_gaps(definition, row, None)
    stamp(state, user, row, new=True)
    if rules:
        checks.refuse_by_rules(state, user, definition, row, None)
    checks.refuse_duplicates(state, definition, row)
    state.tables[definition.name].put(row)
    history.note(state, user, definition, row["Id"], event)
    if definition.name == "Opportunity":
        history.stage(state, user, row)
    return str(row["Id"])


def update(
    state: State,
    user: User | None,
    definition: ObjectDef,
    id: str,
    given: Given,
    source: Source,
) -> SaveResult:
    """Change a record, or say why not; a refused update changes nothing."""
    long = ids.full(id)
    if definition.derived:
        return _refused(long, _closed(definition, "updated"))
    if long is None or not long.startswith(definition.prefix):
        return _refused(None, _malformed(definition, id))
    before = state.tables[definition.name].get(long)
    reason = _unchangeable(definition, before)
    if reason or before is None:
        return _refused(long, reason or UNKNOWN)
    try:
        given = foreign.resolved(state, definition, given)
        values = {name: value for name, value in given.items() if name.lower() != "id"}
        changes = checks.incoming(state, user, definition, values, source, before)
        save(state, user, definition, before, changes)
    except Refusal as refusal:
        return _refused(long, *refusal.errors)
    return SaveResult(long, True)


def save(
    state: State,
    user: User | None,
    definition: ObjectDef,
    before: Row,
    changes: Mapping[str, Any],
    *,
    rules: bool = True,
) -> Row:
    """Save changes that fit their fields and return the new row; raises Refusal."""
    row = {**before, **changes}
    complete(definition, row, before)
    checks.refuse_gaps(definition, row, changes)
    stamp(state, user, row, new=False)
    if definition.name == "Opportunity" and _moved(row, before):
        row["LastStageChangeDate"] = row["SystemModstamp"]
    if rules:
        checks.refuse_by_rules(state, user, definition, row, before)
    checks.refuse_duplicates(state, definition, row)
    state.tables[definition.name].put(row)
    history.changes(state, user, definition, before, row)
    return row


def upsert(
    state: State,
    user: User | None,
    definition: ObjectDef,
    key: str,
    value: object,
    given: Given,
    source: Source,
) -> SaveResult:
    """Change the record that an external id names, or make it.

    Raises OrgError when `key` is not one, SeveralMatchError when several records have the value.
    """
    field = key_field(definition, key)
    rest = {name: one for name, one in given.items() if name.lower() != field.name.lower()}
    wanted = coerce(field, value, "text")
    if wanted is None:
        if field.type == "id":
            return create(state, user, definition, rest, source)
        return _refused(None, SaveError("MISSING_ARGUMENT", f"{field.name} not specified"))
    if field.type == "id":
        return update(state, user, definition, str(wanted), rest, source)
    found = state.tables[definition.name].find(field.name, wanted, heed_case=field.case_sensitive)
    if len(found) > 1:
        raise SeveralMatchError(tuple(found))
    if found:
        return update(state, user, definition, found[0], rest, source)
    return create(state, user, definition, {**rest, field.name: value}, source)


def key_field(definition: ObjectDef, name: str) -> FieldDef:
    """Return the field that records are looked up by; raises OrgError when it is none."""
    field = definition.field(name)
    if field is None or not field.looks_up:
        raise no_key(name)
    return field


def no_key(name: str) -> OrgError:
    """Return the refusal of a field that records are not looked up by."""
    message = f"Provided external ID field does not exist or is not accessible: {name}"
    return OrgError(404, "NOT_FOUND", message)


def complete(definition: ObjectDef, row: Row, before: Row | None) -> None:
    """Work out what standard fields follow from others."""
    if "LastName" in definition.fields:
        parts = (row.get("FirstName"), row.get("LastName"))
        row["Name"] = " ".join(part for part in parts if part) or None
    if definition.name == "Opportunity":
        _follow_stage(definition, row, before)
    elif definition.name == "Task":
        value = definition.fields["Status"].value(str(row.get("Status")))
        row["IsClosed"] = value is not None and value.closed


def _follow_stage(definition: ObjectDef, row: Row, before: Row | None) -> None:
    value = definition.fields["StageName"].value(str(row.get("StageName")))
    if value is None:
        return
    row["IsClosed"], row["IsWon"] = value.closed, value.won
    if _moved(row, before):
        row["ForecastCategory"] = row["ForecastCategoryName"] = value.forecast or None
        if before is not None or row.get("Probability") is None:
            row["Probability"] = Decimal(value.probability)
    amount, chance = row.get("Amount"), row.get("Probability")
    if amount is not None and chance is not None:
        row["ExpectedRevenue"] = (amount * chance / 100).quantize(Decimal("0.01"))
    if (close := row.get("CloseDate")) is not None:
        row["FiscalYear"], row["FiscalQuarter"] = Decimal(close.year), Decimal(close.month + 2) // 3


def _moved(row: Row, before: Row | None) -> bool:
    return before is None or before.get("StageName") != row["StageName"]


def stamp(state: State, user: User | None, row: Row, *, new: bool) -> None:
    """Set who changed a row and when, to the second."""
    now = state.clock.second()
    by = user.id if user else None
    if new:
        row["CreatedDate"], row["CreatedById"] = now, by
    row["LastModifiedDate"] = row["SystemModstamp"] = now
    row["LastModifiedById"] = by


def with_defaults(definition: ObjectDef, values: Mapping[str, Any]) -> Row:
    """Return values of a new row, with the defaults of the fields that they leave out."""
    row: Row = {}
    for name, field in definition.fields.items():
        if field.formula is not None:
            continue
        if field.default is not None:
            row[name] = field.default
        elif field.type == "boolean":
            row[name] = False
        elif field.values:
            chosen = next((one for one in field.values if one.default and one.active), None)
            if chosen is not None:
                row[name] = chosen.name
    return {**row, **values}


def _unchangeable(definition: ObjectDef, row: Row | None) -> SaveError | None:
    if row is None:
        return UNKNOWN
    if row.get("IsDeleted"):
        return GONE
    if definition.name == "Lead" and row.get("IsConverted"):
        return CONVERTED
    return None


def _malformed(definition: ObjectDef, id: str) -> SaveError:
    label = definition.fields["Id"].label
    return SaveError("MALFORMED_ID", f"{label}: id value of incorrect type: {id}", ("Id",))


def _closed(definition: ObjectDef, verb: str) -> SaveError:
    message = f"entity type cannot be {verb}: {definition.label}"
    return SaveError("INVALID_TYPE_FOR_OPERATION", message)


def _refused(id: str | None, *errors: SaveError) -> SaveResult:
    return SaveResult(id, False, errors)


def _assign(state: State, user: User | None, given: Given) -> SaveResult:
    low = {name.lower(): str(value) for name, value in given.items() if value is not None}
    missing = tuple(n for n in ("PermissionSetId", "AssigneeId") if n.lower() not in low)
    if missing:
        message = f"Required fields are missing: [{', '.join(missing)}]"
        return _refused(None, SaveError("REQUIRED_FIELD_MISSING", message, missing))
    chosen, assignee = (ids.full(low[n]) or low[n] for n in ("permissionsetid", "assigneeid"))
    try:
        id = derived.assign(state, user, chosen, assignee, given=True)
    except OrgError as error:
        return _refused(None, SaveError(error.code, error.message))
    return SaveResult(id, True, created=True)
