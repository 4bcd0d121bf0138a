"""Queries, answered from what an org holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from leadpolicy_sandbox.salesforce.org.org import Org
from leadpolicy_sandbox.salesforce.org.results import OrgError
from leadpolicy_sandbox.salesforce.org.schema import FieldDef, ObjectDef, User
from leadpolicy_sandbox.salesforce.org.tables import Row
from leadpolicy_sandbox.salesforce.soql.conditions import Context, test_of
from leadpolicy_sandbox.salesforce.soql.contexts import GroupContext, RowContext, is_aggregate
from leadpolicy_sandbox.salesforce.soql.errors import no_relation, refused
from leadpolicy_sandbox.salesforce.soql.nodes import (
    Comparison,
    Condition,
    Every,
    Function,
    Item,
    Literal,
    Membership,
    Name,
    Query,
    Sort,
)
from leadpolicy_sandbox.salesforce.soql.parsing import parse
from leadpolicy_sandbox.salesforce.soql.scope import Read, Scope
from leadpolicy_sandbox.salesforce.soql.selection import Record, shape_of
from leadpolicy_sandbox.salesforce.soql.values import IDS, key, on_wire, rank

FURTHEST: Final = 2000
"""The largest OFFSET."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query found; records are made when they are asked for.

    `header` has the names of the fields, those of other records with their way before them.
    """

    total: int
    rows: Sequence[Any]
    record: Callable[[Any], Record]
    header: Sequence[str] = ()

    def records(self, start: int, end: int) -> list[Record]:
        """Return some of the records."""
        return [self.record(row) for row in self.rows[start:end]]


def answer(org: Org, user: User, text: str, *, place: str, deleted: bool = False) -> Answer:
    """Return what a query finds; `place` is where URLs of records begin.

    `deleted` says that rows in the bin are found too. Raises `OrgError` for a query that cannot be
    read, and for objects and fields that the user does not have.
    """
    return _Plan(org, user, text, parse(text), place, deleted).answer()


class _Plan:
    def __init__(
        self, org: Org, user: User, text: str, query: Query, place: str, deleted: bool
    ) -> None:
        self._org, self._user, self._text, self._place = org, user, text, place
        self._query = query
        self._deleted = deleted or query.all_rows
        self.scope = Scope(org, user, text, query.source, query.alias)
        self._context = RowContext(self.scope, self._answers)

    def _within(self, query: Query) -> _Plan:
        return _Plan(self._org, self._user, self._text, query, self._place, self._deleted)

    def answer(self) -> Answer:
        query = self._query
        if query.offset > FURTHEST:
            message = f"Maximum SOQL offset allowed is {FURTHEST}"
            raise OrgError(400, "NUMBER_OUTSIDE_VALID_RANGE", message)
        if query.group or any(is_aggregate(item.what) for item in query.items):
            return self._grouped()
        shape = shape_of(query.items, self._context, self._place, query.limit, self._children)
        rows = self._cut(self._sorted(self._found(), self._context))
        return Answer(len(rows), rows, shape.record, shape.header())

    def _found(self) -> list[Row]:
        return self._fitting(self._candidates(self._query.where))

    def _fitting(self, rows: Iterable[Row]) -> list[Row]:
        """Return the rows that fit the condition."""
        where = self._query.where
        test = None if where is None else test_of(where, self._context)
        return [row for row in rows if test is None or test(row)]

    def _rows_of(self, definition: ObjectDef, link: FieldDef, id: str) -> Iterable[Row]:
        """Return the rows of another object that point to a record."""
        if definition.derived:
            rows = self._org.rows(self._user, definition.name)
            return [row for row in rows if row.get(link.name) == id]
        table = self._org.state.tables[definition.name]
        found = table.find(link.name, id, heed_case=True)
        return [row for one in found if (row := table.get(one)) is not None]

    def _candidates(self, where: Condition | None) -> Iterable[Row]:
        """Return the rows that may fit: by index where the condition names keys, else all."""
        if not self._deleted and not self.scope.definition.derived:
            for part in where.parts if isinstance(where, Every) else (where,):
                ids = self._by_key(part)
                if ids is not None:
                    return self._rows(ids)
        name = self.scope.definition.name
        return self._org.rows(self._user, name, deleted=self._deleted)

    def _rows(self, ids: Iterable[str]) -> Iterable[Row]:
        name = self.scope.definition.name
        found = (self._org.get(None, name, id) for id in ids)
        return [row for row in found if row is not None]

    def _by_key(self, part: Condition | None) -> Iterable[str] | None:
        """Return the ids of rows that have one of the keys that a condition lists, if it does."""
        if not isinstance(part, Comparison | Membership) or not isinstance(part.left, Name):
            return None
        given = part.right if isinstance(part.right, tuple) else (part.right,)
        literals = [one.value for one in given if isinstance(one, Literal)]
        column = self.scope.column(part.left)
        if part.operator not in {"=", "in"} or len(literals) < len(given) or None in literals:
            return None
        if len(column.path) > 1 or not _is_indexed(column.field):
            return None
        same, name = key(column.field), self.scope.definition.name
        values = dict.fromkeys(same(value) for value in literals)
        table = self._org.state.tables[name]
        heed = column.field.case_sensitive or column.field.type in IDS
        if column.field.type == "id":
            return values
        found = (table.find(column.field.name, value, heed_case=heed) for value in values)
        return dict.fromkeys(id for ids in found for id in ids)

    def _sorted(self, rows: list[Any], context: RowContext) -> list[Any]:
        for sort in reversed(self._query.order):
            rows = self._by(sort, rows, context)
        return rows

    def _by(self, sort: Sort, rows: list[Any], context: RowContext) -> list[Any]:
        field, read, _ = context.resolve(self._unaliased(sort))
        place = rank(field)
        blank = [row for row in rows if read(row) is None]
        filled = [row for row in rows if read(row) is not None]
        filled.sort(key=lambda row: place(read(row)), reverse=sort.descending)
        return [*filled, *blank] if sort.blanks_last else [*blank, *filled]

    def _unaliased(self, sort: Sort) -> Name | Function:
        """Return what an order is by; it may name the alias of what is selected."""
        key = sort.key
        for item in self._query.items if isinstance(key, Name) else ():
            is_named = isinstance(key, Name) and item.alias == key.path
            if is_named and not isinstance(item.what, Query):
                return item.what
        return key

    def _cut(self, rows: list[Any]) -> list[Any]:
        start, limit = self._query.offset, self._query.limit
        return rows[start:] if limit is None else rows[start : start + limit]

    def _answers(self, query: Query) -> frozenset[Any]:
        """Return what the one field of a query within the query finds."""
        plan = self._within(query)
        what = query.items[0].what
        if len(query.items) != 1 or not isinstance(what, Name):
            message = "semi join sub-selects must select one field"
            raise refused(self._text, query.source.at, "MALFORMED_QUERY", message)
        read = plan.scope.column(what).read
        return frozenset(read(row) for row in plan._cut(plan._found())) - {None}

    def _children(self, query: Query) -> tuple[str, Callable[[Row], Record | None]]:
        """Return the name of a way back and what makes the records that it leads to."""
        back = self.scope.children(query.source.path)
        if back is None:
            entity, name = self.scope.definition.name, query.source.path
            raise no_relation(self._text, query.source.at, name, entity)
        way, definition, link = back
        plan = self._within(replace(query, source=Name(definition.name, query.source.at)))
        shape = shape_of(query.items, plan._context, self._place, query.limit, plan._children)

        def records(row: Row) -> Record | None:
            theirs = self._rows_of(definition, link, row["Id"])
            rows = plan._cut(plan._sorted(plan._fitting(theirs), plan._context))
            made = [shape.record(one) for one in rows]
            return {"totalSize": len(made), "done": True, "records": made} if made else None

        return way, records

    def _grouped(self) -> Answer:
        query = self._query
        if _is_count(query):
            return Answer(len(self._cut(self._found())), (), dict)
        context = GroupContext(self._context, query.group)
        parts = self._parts(context)
        groups: list[Any] = self._groups()
        if query.having is not None:
            test = test_of(query.having, context)
            groups = [group for group in groups if test(group)]
        groups = self._cut(self._sorted(groups, context))
        return Answer(len(groups), groups, lambda group: _aggregated(parts, group))

    def _groups(self) -> list[list[Row]]:
        resolved = [self._context.resolve(operand) for operand in self._query.group]
        keys = [(key(field), read) for field, read, _ in resolved]
        groups: dict[tuple[Any, ...], list[Row]] = {}
        found = self._found()
        for row in found:
            groups.setdefault(tuple(same(read(row)) for same, read in keys), []).append(row)
        return list(groups.values()) if keys else [found]

    def _parts(self, context: Context) -> list[tuple[str, Read, str]]:
        """Return the name, the reader and the type of all that is selected of a group."""
        parts: list[tuple[str, Read, str]] = []
        unnamed = 0
        for item in self._query.items:
            name, read, kind = self._part(item, context)
            if not name:
                name, unnamed = f"expr{unnamed}", unnamed + 1
            parts.append((name, read, kind))
        return parts

    def _part(self, item: Item, context: Context) -> tuple[str, Read, str]:
        if isinstance(item.what, Query):
            message = "subqueries cannot be grouped"
            raise refused(self._text, item.what.source.at, "MALFORMED_QUERY", message)
        field, read, _ = context.resolve(item.what)
        named = item.alias or ("" if isinstance(item.what, Function) else field.name)
        return named, read, field.type


def _aggregated(parts: Sequence[tuple[str, Read, str]], group: Any) -> Record:
    values = {name: on_wire(read(group), kind) for name, read, kind in parts}
    return {"attributes": {"type": "AggregateResult"}, **values}


def _is_count(query: Query) -> bool:
    """Tell whether a query asks for nothing but the number of its rows."""
    match query.items:
        case (Item(what=Function(name="COUNT", arguments=()), alias=None),):
            return not query.group
    return False


def _is_indexed(field: FieldDef) -> bool:
    return field.type == "id" or field.external_id or field.type == "reference"
