"""What a query selects of each row, as a record of the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from leadpolicy_sandbox.salesforce.org.org import Org
from leadpolicy_sandbox.salesforce.org.results import OrgError
from leadpolicy_sandbox.salesforce.org.schema import FieldDef, User
from leadpolicy_sandbox.salesforce.org.tables import Row
from leadpolicy_sandbox.salesforce.soql.contexts import RowContext
from leadpolicy_sandbox.salesforce.soql.errors import no_relation, refused
from leadpolicy_sandbox.salesforce.soql.nodes import Function, Item, Name, Query
from leadpolicy_sandbox.salesforce.soql.scope import Read, Scope
from leadpolicy_sandbox.salesforce.soql.values import on_wire

Record: TypeAlias = dict[str, Any]
Children: TypeAlias = Callable[[Query], tuple[str, Callable[[Row], Record | None]]]
_MOST: Final = 200


@dataclass(slots=True)
class _Branch:
    """Fields of the record that a reference points to, by the object that it may be."""

    link: FieldDef
    point: Read
    shapes: dict[str, Shape] = field(default_factory=dict)


@dataclass(slots=True)
class Shape:
    """How a record of one object is made of a row; `place` is where its URL begins.

    `parts` makes each of its fields, in the order of selection.
    """

    scope: Scope
    place: str
    parts: dict[str, Callable[[Row], Any]] = field(default_factory=dict)
    branches: dict[str, _Branch] = field(default_factory=dict)

    def record(self, row: Row) -> Record:
        """Return the record of a row."""
        name = self.scope.definition.name
        made: Record = {"attributes": attributes(self.place, name, row.get("Id"))}
        for name, part in self.parts.items():
            made[name] = part(row)
        return made

    def header(self) -> list[str]:
        """Return the names of all fields, those of other records with their way before them."""
        names: list[str] = []
        for name in self.parts:
            branch = self.branches.get(name)
            ends = [] if branch is None else [one.header() for one in branch.shapes.values()]
            names += [name] if branch is None else [f"{name}.{end}" for end in max(ends, key=len)]
        return names

    def add(self, name: str, read: Read, kind: str) -> None:
        """Add a field of the record itself."""
        self.parts[name] = lambda row: on_wire(read(row), kind)

    def branch(self, name: str, branch: _Branch) -> None:
        """Add the record that a reference points to."""

        def parent(row: Row) -> Record | None:
            found = self.scope.parent(branch.link, branch.point(row))
            shape = None if found is None else branch.shapes.get(found[0])
            return None if found is None or shape is None else shape.record(found[1])

        self.branches[name] = branch
        self.parts[name] = parent


def attributes(place: str, name: str, id: str | None) -> Record:
    """Return what every record says of itself."""
    if id is None:
        return {"type": name}
    return {"type": name, "url": f"{place}/sobjects/{name}/{id}"}


def shape_of(
    items: Sequence[Item], context: RowContext, place: str, limit: int | None, children: Children
) -> Shape:
    """Return the shape of what is selected; raises `OrgError` for unknown fields."""
    shape = Shape(context.scope, place)
    for item in items:
        match item.what:
            case Query():
                name, found = children(item.what)
                shape.parts[name] = found
            case Function(name="FIELDS"):
                _add_fields(shape, item.what, limit)
            case Function():
                kind, read, name = context.resolve(item.what)
                shape.add(item.alias or kind.name or name, read, kind.type)
            case Name():
                _add(shape, item.what, item.alias)
    return shape


def _add(shape: Shape, name: Name, alias: str | None) -> None:
    column = shape.scope.column(name)
    if len(column.path) == 1:
        shape.add(alias or column.path[0], column.read, column.field.type)
        return
    _add_parent(shape, column.path, name)


def _add_parent(shape: Shape, path: Sequence[str], name: Name) -> None:
    scope = shape.scope
    link = scope.definition.related(path[0])
    if link is None:
        raise no_relation(scope.text, name.at, path[0], "")
    branch = shape.branches.get(path[0])
    if branch is None:
        point = scope.column(Name(link.name, name.at)).read
        branch = _Branch(link, point, _targets(shape, link.reference_to))
        shape.branch(path[0], branch)
    for target in branch.shapes.values():
        try:
            _add(target, Name(".".join(path[1:]), name.at), None)
        except OrgError:
            if len(branch.shapes) == 1:
                raise


def _targets(shape: Shape, objects: Sequence[str]) -> dict[str, Shape]:
    scope = shape.scope
    return {
        one: Shape(Scope(scope.org, scope.user, scope.text, Name(one, 0), None), shape.place)
        for one in objects
        if one in scope.org.objects
    }


def _add_fields(shape: Shape, function: Function, limit: int | None) -> None:
    """Add what `FIELDS(ALL)`, `FIELDS(CUSTOM)` or `FIELDS(STANDARD)` stand for."""
    which = function.arguments[0] if len(function.arguments) == 1 else None
    word = which.path.upper() if isinstance(which, Name) else ""
    wanted = _WANTED.get(word)
    text = shape.scope.text
    if wanted is None:
        raise refused(text, function.at, "MALFORMED_QUERY", f"unexpected token: '{word}'")
    if word != "STANDARD" and (limit is None or limit > _MOST):
        message = "The SOQL FIELDS function must have a LIMIT of at most 200"
        raise refused(text, function.at, "MALFORMED_QUERY", message)
    for column in shape.scope.columns():
        if column.field.custom in wanted:
            shape.add(column.field.name, column.read, column.field.type)


_WANTED: Final[Mapping[str, frozenset[bool]]] = {
    "ALL": frozenset({False, True}),
    "STANDARD": frozenset({False}),
    "CUSTOM": frozenset({True}),
}


def whole(org: Org, user: User, name: str, place: str, fields: Sequence[str]) -> Shape:
    """Return the shape of whole records, or of some of their fields."""
    text = " ".join(("SELECT", ", ".join(fields), "FROM", name))
    scope = Scope(org, user, text, Name(name, len(text) - len(name)), None)
    shape = Shape(scope, place)
    if fields:
        for one in fields:
            _add(shape, Name(one, text.index(one)), None)
        return shape
    for column in scope.columns():
        shape.add(column.field.name, column.read, column.field.type)
    return shape
