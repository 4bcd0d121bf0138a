"""What a row shows at a path: values stored, put together, calculated, or of another row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from leadpolicy_sandbox.salesforce.org import access, derived, formulas
from leadpolicy_sandbox.salesforce.org.ids import SHORT
from leadpolicy_sandbox.salesforce.org.results import OrgError
from leadpolicy_sandbox.salesforce.org.schema import FieldDef, ObjectDef, User
from leadpolicy_sandbox.salesforce.org.state import State
from leadpolicy_sandbox.salesforce.org.tables import Row

Getter = Callable[[Row], Any]


def getter(state: State, user: User | None, definition: ObjectDef, path: str) -> Getter:
    """Return what reads a path such as `Owner.Name` from rows of an object.

    Raises OrgError with INVALID_FIELD when the path does not exist for the user.
    """
    key = ("getter", None if user is None else tuple(user.sets), definition.name, path.lower())
    known: Getter | None = state.compiled.get(key)
    if known is None:
        known = state.compiled[key] = _getter(state, user, definition, path)
    return known


def _getter(state: State, user: User | None, definition: ObjectDef, path: str) -> Getter:
    head, _, rest = path.partition(".")
    if not rest:
        field = access.field(state, user, definition, head)
        if field is None:
            raise unknown(definition, path)
        return _reader(state, definition, field)
    step = definition.related(head.partition(":")[0])
    followed = formulas.follow(state, definition, head)
    if followed is None or step is None or not access.visible(state, user, definition, step):
        raise unknown(definition, path, relationship=True)
    return _follower(state, user, followed, rest)


def _follower(
    state: State, user: User | None, followed: tuple[FieldDef, ObjectDef], rest: str
) -> Getter:
    field, target = followed
    inner = getter(state, user, target, rest)

    def read(row: Row) -> Any:
        id = row.get(field.name)
        other = None if id is None else derived.related(state, target, id)
        return None if other is None else inner(other)

    return read


def unknown(definition: ObjectDef, path: str, *, relationship: bool = False) -> OrgError:
    """Return the refusal of a path that does not exist."""
    if relationship:
        head = path.partition(".")[0]
        message = (
            f"Didn't understand relationship '{head}' in field path. If you are attempting to use "
            "a custom relationship, be sure to append the '__r' after the custom relationship name."
            " Please reference your WSDL or the describe call for the appropriate names."
        )
    else:
        message = (
            f"No such column '{path}' on entity '{definition.name}'. If you are attempting to use "
            "a custom field, be sure to append the '__c' after the custom field name. Please "
            "reference your WSDL or the describe call for the appropriate names."
        )
    return OrgError(400, "INVALID_FIELD", message)


def _reader(state: State, definition: ObjectDef, field: FieldDef) -> Getter:
    name = field.name
    if field.formula is not None:
        return lambda row: calculated(state, definition, field, row)
    if field.type == "boolean":
        default = field.default is True
        return lambda row: default if (value := row.get(name)) is None else value
    if field.type == "address":
        return lambda row: _address(name.removesuffix("Address"), row)
    return lambda row: row.get(name)


def _address(prefix: str, row: Row) -> dict[str, Any] | None:
    parts = ("City", "Country", "GeocodeAccuracy", "Latitude", "Longitude", "PostalCode", "State",
             "Street")  # fmt: skip
    held = {part[0].lower() + part[1:]: row.get(prefix + part) for part in parts}
    return held if any(value is not None for value in held.values()) else None


def calculated(state: State, definition: ObjectDef, field: FieldDef, row: Row) -> Any:
    """Return what a formula field shows for a row; None where the formula has no value."""
    from leadpolicy_sandbox.formula import FormulaError

    text = field.formula or ""
    formula = formulas.compiled(state, definition, text, blanks_as_zero=field.blanks_as_zero)
    try:
        result = formulas.evaluate(
            formula, reading(state, None, definition, row), None, state.clock.now(), state.zone
        )
    except FormulaError:
        return None
    return _shown(field, result)


def _shown(field: FieldDef, result: Any) -> Any:
    if field.type == "boolean":
        return result is True
    if result is None or result == "":
        return None
    if field.type == "string" and isinstance(result, str):
        return result[: field.length or None]
    return result


def reading(
    state: State, user: User | None, definition: ObjectDef, row: Row
) -> Callable[[str], Any]:
    """Return what a formula sees of a row: ids in fifteen characters, `$User` for the user."""

    def read(path: str) -> Any:
        if path.startswith("$"):
            return _global(state, user, path)
        value = getter(state, None, definition, path)(row)
        field = formulas.at(state, definition, path)
        if field is not None and isinstance(value, str) and field.type in {"id", "reference"}:
            return value[:SHORT]
        return value

    return read


def _global(state: State, user: User | None, path: str) -> Any:
    head, _, name = path.partition(".")
    if user is None:
        return False if head.lower() == "$permission" else None
    match head.lower():
        case "$permission":
            return any(
                state.permission_sets[one].custom_permissions.get(name, False)
                for one in user.sets
                if one in state.permission_sets
            )
        case "$user":
            return reading(state, None, state.objects["User"], _row(state, user))(name)
        case "$profile":
            return getter(state, None, state.objects["User"], f"Profile.{name}")(_row(state, user))
        case _:
            return None


def _row(state: State, user: User) -> Row:
    return derived.related(state, state.objects["User"], user.id) or {}
