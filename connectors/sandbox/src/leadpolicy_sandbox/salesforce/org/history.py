"""The past of records: a row for each change of a tracked field, and for each stage."""

from __future__ import annotations

from typing import Any, Final

from leadpolicy_sandbox.salesforce.org import derived
from leadpolicy_sandbox.salesforce.org.schema import FieldDef, ObjectDef, User
from leadpolicy_sandbox.salesforce.org.standard.setup import HISTORY_OF
from leadpolicy_sandbox.salesforce.org.state import State
from leadpolicy_sandbox.salesforce.org.tables import Row

_STAGED: Final = ("StageName", "Amount", "ExpectedRevenue", "CloseDate", "Probability",
                  "ForecastCategory")  # fmt: skip
_WORDS: Final = {"boolean": "Boolean", "datetime": "DateTime", "date": "DateOnly",
                 "double": "Double", "currency": "Currency", "reference": "EntityId",
                 "picklist": "DynamicEnum", "int": "Integer", "email": "Email"}  # fmt: skip
_SHOWN: Final = 255


def note(state: State, user: User | None, definition: ObjectDef, id: str, field: str) -> None:
    """Record an event such as `created`, `leadConverted` or `leadMerged`."""
    if definition.history and definition.name in HISTORY_OF:
        _write(state, user, definition, id, field, "Text", None, None)


def changes(
    state: State, user: User | None, definition: ObjectDef, before: Row, after: Row
) -> None:
    """Record what tracked fields changed between two versions of a row."""
    if definition.history and definition.name in HISTORY_OF:
        for field in definition.fields.values():
            old, new = before.get(field.name), after.get(field.name)
            if field.track_history and old != new:
                _changed(state, user, definition, after["Id"], field, old, new)
    if definition.name == "Opportunity" and any(
        before.get(name) != after.get(name) for name in _STAGED
    ):
        stage(state, user, after)


def _changed(
    state: State,
    user: User | None,
    definition: ObjectDef,
    id: str,
    field: FieldDef,
    old: Any,
    new: Any,
) -> None:
    word = _WORDS.get(field.type, "Text")
    name = field.name
    if field.type == "reference":
        name = name.removesuffix("Id")
        names = [_name(state, field, one) for one in (old, new)]
        _write(state, user, definition, id, name, "Text", *names)
    if field.type == "textarea" and field.length > _SHOWN:
        old = new = None
    _write(state, user, definition, id, name, word, old, new)


def _name(state: State, field: FieldDef, id: str | None) -> str | None:
    if id is None:
        return None
    for target in field.reference_to:
        known = state.known(target)
        row = derived.related(state, known, id) if known else None
        if row is not None:
            return row.get("Name")
    return None


def _write(
    state: State,
    user: User | None,
    definition: ObjectDef,
    id: str,
    field: str,
    word: str,
    old: Any,
    new: Any,
) -> None:
    table = HISTORY_OF[definition.name]
    state.tables[table].put(
        {
            "Id": state.new_id(state.objects[table]),
            "IsDeleted": False,
            f"{definition.name}Id": id,
            "CreatedById": user.id if user else None,
            "CreatedDate": state.clock.second(),
            "Field": field,
            "DataType": word,
            "OldValue": old,
            "NewValue": new,
        }
    )


def stage(state: State, user: User | None, row: Row) -> None:
    """Record the stage, amount and close date that an opportunity has now."""
    now = state.clock.second()
    state.tables["OpportunityHistory"].put(
        {
            "Id": state.new_id(state.objects["OpportunityHistory"]),
            "OpportunityId": row["Id"],
            "CreatedById": user.id if user else None,
            "CreatedDate": now,
            "SystemModstamp": now,
            "IsDeleted": False,
            **{name: row.get(name) for name in _STAGED},
        }
    )


def forget(state: State, definition: ObjectDef, id: str, *, deleted: bool) -> None:
    """Mark the history of a record as deleted with it, or bring it back."""
    name = HISTORY_OF.get(definition.name)
    if name is None:
        return
    table, parent = state.tables[name], f"{definition.name}Id"
    if deleted:
        rows = [table.rows[one] for one in table.find(parent, id, heed_case=True)]
    else:
        rows = table.find_any(parent, id)
    for row in rows:
        table.put({**row, "IsDeleted": deleted})
