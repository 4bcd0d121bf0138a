"""Formulas of fields and rules: read once, checked against the fields, worked out for a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal
from zoneinfo import ZoneInfo

from leadpolicy_sandbox.salesforce.org.results import SetupError
from leadpolicy_sandbox.salesforce.org.schema import FieldDef, ObjectDef
from leadpolicy_sandbox.salesforce.org.state import State

if TYPE_CHECKING:
    from leadpolicy_sandbox.formula import FieldKind, Formula

Read = Callable[[str], Any]

KINDS: Final[Mapping[str, FieldKind]] = {
    "boolean": "checkbox",
    "picklist": "picklist",
    "multipicklist": "multipicklist",
    "double": "number",
    "currency": "number",
    "int": "number",
    "percent": "percent",
    "date": "date",
    "datetime": "datetime",
    "id": "id",
    "reference": "id",
}
_GLOBALS: Final[Mapping[str, FieldKind]] = {
    "$permission": "checkbox",
    "$user": "text",
    "$profile": "text",
    "$organization": "text",
    "$userrole": "text",
}
_USER_FLAGS: Final = frozenset({"isactive"})
SPAN: Final = 10


@dataclass(frozen=True, slots=True)
class Compiled:
    """A formula that was read, with the kind of each field that it names."""

    formula: Formula
    kinds: Mapping[str, FieldKind]
    blanks_as_zero: bool

    @property
    def references(self) -> frozenset[str]:
        """The fields that it names, as they are spelled in it."""
        return self.formula.references


def kind(field: FieldDef) -> FieldKind:
    """Return the word that the formula language has for a field's type."""
    return KINDS.get(field.type, "text")


def compiled(
    state: State, definition: ObjectDef, text: str, *, blanks_as_zero: bool = False
) -> Compiled:
    """Return a formula ready to be worked out; raises FormulaError when it cannot be read."""
    from leadpolicy_sandbox.formula import parse

    key = ("formula", definition.name, text, blanks_as_zero)
    known: Compiled | None = state.compiled.get(key)
    if known is None:
        formula = parse(text)
        kinds = _kinds(state, definition, formula.references)
        known = state.compiled[key] = Compiled(formula, kinds, blanks_as_zero)
    return known


def refusals(
    state: State, definition: ObjectDef, text: str, *, where: Literal["field", "rule"]
) -> str:
    """Return the type of a formula's result; raises SetupError with what a deployment shows."""
    from leadpolicy_sandbox.formula import FormulaError, check, parse

    try:
        formula = parse(text)
        return check(formula, _kinds(state, definition, formula.references), where=where)
    except FormulaError as error:
        raise SetupError(error.message) from None


def evaluate(
    compiled: Compiled,
    read: Read,
    before: Read | None,
    now: datetime,
    zone: ZoneInfo,
) -> Any:
    """Return what a formula gives for a row; raises FormulaError where it gives an error.

    `read` and `before` return the value that a named field has, and had before the update; no
    `before` means that the row is new.
    """
    from leadpolicy_sandbox.formula import Scope
    from leadpolicy_sandbox.formula import evaluate as work_out

    names = compiled.references
    scope = Scope(
        values={name: read(name) for name in names},
        kinds=compiled.kinds,
        prior=None if before is None else {name: before(name) for name in names},
        now=now,
        zone=zone,
        blanks_as_zero=compiled.blanks_as_zero,
    )
    return work_out(compiled.formula, scope)


def _kinds(state: State, definition: ObjectDef, names: frozenset[str]) -> dict[str, FieldKind]:
    kinds: dict[str, FieldKind] = {}
    for name in names:
        found = _kind(state, definition, name)
        if found is not None:
            kinds[name] = found
    return kinds


def _kind(state: State, definition: ObjectDef, name: str) -> FieldKind | None:
    if name.startswith("$"):
        head, _, tail = name.lower().partition(".")
        return "checkbox" if tail in _USER_FLAGS else _GLOBALS.get(head)
    field = at(state, definition, name)
    return None if field is None or field.type == "address" else kind(field)


def at(state: State, definition: ObjectDef, path: str) -> FieldDef | None:
    """Return the field that a path such as `Owner.Name` or `Owner:User.Name` ends at, or None."""
    *steps, last = path.split(".")
    if len(steps) > SPAN:
        return None
    for step in steps:
        followed = follow(state, definition, step)
        if followed is None:
            return None
        definition = followed[1]
    return definition.field(last)


def follow(state: State, definition: ObjectDef, step: str) -> tuple[FieldDef, ObjectDef] | None:
    """Return the reference that a relationship name follows and the object it leads to."""
    name, _, wanted = step.partition(":")
    field = definition.related(name)
    if field is None:
        return None
    targets = [state.known(one) for one in field.reference_to if one != "Group"]
    known = [one for one in targets if one and (not wanted or one.name.lower() == wanted.lower())]
    return (field, known[0]) if known else None
