"""Who sees and who edits which field."""

from __future__ import annotations

from collections.abc import Iterator

from leadpolicy_sandbox.salesforce.org.schema import FieldDef, ObjectDef, User
from leadpolicy_sandbox.salesforce.org.standard.setup import HISTORY_OF
from leadpolicy_sandbox.salesforce.org.state import State
from leadpolicy_sandbox.salesforce.org.tables import Row


def visible(state: State, user: User | None, definition: ObjectDef, field: FieldDef) -> bool:
    """Whether a user sees a field; None is the system, which sees all.

    Standard fields and required ones are seen by everybody; a custom field by those only whom a
    permission set shows it.
    """
    if user is None or not _regulated(field):
        return True
    return _granted(state, user, definition, field)[0]


def editable(state: State, user: User | None, definition: ObjectDef, field: FieldDef) -> bool:
    """Whether field permissions let a user edit a field that can be edited at all."""
    if user is None or not _regulated(field):
        return True
    return _granted(state, user, definition, field)[1]


def fields(state: State, user: User | None, definition: ObjectDef) -> dict[str, FieldDef]:
    """Return the fields of an object that a user sees, by name."""
    return {
        name: field
        for name, field in definition.fields.items()
        if visible(state, user, definition, field)
    }


def field(state: State, user: User | None, definition: ObjectDef, name: str) -> FieldDef | None:
    """Return a field by its name in any case if the user sees it, or None."""
    found = definition.field(name)
    if found is None or not visible(state, user, definition, found):
        return None
    return found


def seen(
    state: State, user: User | None, definition: ObjectDef, rows: Iterator[Row]
) -> Iterator[Row]:
    """Yield the rows of an object that a user sees: no history of fields that are hidden."""
    parent = next((one for one, name in HISTORY_OF.items() if name == definition.name), None)
    if parent is None or user is None:
        return rows
    whole = state.objects[parent]
    hidden = whole.fields.keys() - fields(state, user, whole).keys()
    return (row for row in rows if row["Field"] not in hidden)


def _regulated(field: FieldDef) -> bool:
    return field.custom and field.fls and not field.required


def _granted(state: State, user: User, definition: ObjectDef, field: FieldDef) -> tuple[bool, bool]:
    key = ("access", tuple(user.sets), definition.name, field.name)
    known: tuple[bool, bool] | None = state.compiled.get(key)
    if known is None:
        known = state.compiled[key] = _look_up(state, user, f"{definition.name}.{field.name}")
    return known


def _look_up(state: State, user: User, name: str) -> tuple[bool, bool]:
    held = [state.permission_sets[one] for one in user.sets if one in state.permission_sets]
    granted = [one.fields[name] for one in held if name in one.fields]
    editable = any(one.editable for one in granted)
    return editable or any(one.readable for one in granted), editable
