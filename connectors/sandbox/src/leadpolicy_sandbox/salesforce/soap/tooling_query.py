"""Queries of the Tooling API: components as rows, and what an ordinary query can tell anyway."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from leadpolicy_sandbox.salesforce.org import FieldDef, Org, OrgError, User
from leadpolicy_sandbox.salesforce.soap.components import KINDS
from leadpolicy_sandbox.salesforce.soap.kinds import split
from leadpolicy_sandbox.salesforce.soap.tooling_values import metadata_json
from leadpolicy_sandbox.salesforce.soql.answering import answer
from leadpolicy_sandbox.salesforce.soql.conditions import test_of
from leadpolicy_sandbox.salesforce.soql.errors import no_column, refused
from leadpolicy_sandbox.salesforce.soql.nodes import Function, Item, Name, Operand, Query
from leadpolicy_sandbox.salesforce.soql.parsing import parse
from leadpolicy_sandbox.salesforce.soql.scope import Read
from leadpolicy_sandbox.salesforce.soql.values import rank

WHOLE = frozenset({"Metadata", "FullName"})
"""Columns that only a query for a single row may select."""

_SHARED = {
    "Id": "id",
    "FullName": "string",
    "Metadata": "complexvalue",
    "NamespacePrefix": "string",
    "ManageableState": "string",
    "EntityDefinitionId": "string",
    "EntityDefinition.QualifiedApiName": "string",
    "EntityDefinition.DeveloperName": "string",
}
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "CustomField": {
        **_SHARED,
        "DeveloperName": "string",
        "TableEnumOrId": "string",
        "Description": "string",
        "InlineHelpText": "string",
        "Length": "int",
        "Precision": "int",
        "Scale": "int",
    },
    "ValidationRule": {
        **_SHARED,
        "ValidationName": "string",
        "Active": "boolean",
        "Description": "string",
        "ErrorMessage": "string",
        "ErrorDisplayField": "string",
    },
}

Row = dict[str, Any]


def find(org: Org, user: User, text: str, place: str) -> dict[str, Any]:
    """The answer to a query; raises OrgError for one that cannot be read."""
    query = parse(text)
    types = {name.lower(): name for name in COLUMNS}
    type_name = types.get(query.source.path.lower())
    if type_name is None:
        found = answer(org, user, text, place=place)
        return _answer(query.source.path, found.total, found.records(0, found.total))
    return _components(org, text, query, type_name, place)


def _answer(type_name: str, total: int, records: list[Any]) -> dict[str, Any]:
    return {
        "size": len(records),
        "totalSize": total,
        "done": True,
        "queryLocator": None,
        "entityTypeName": type_name,
        "records": records,
    }


def _components(org: Org, text: str, query: Query, type_name: str, place: str) -> dict[str, Any]:
    context = _Context(text, type_name, query, org)
    rows = list(rows_of(org, type_name))
    if query.where is not None:
        fits = test_of(query.where, context)
        rows = [row for row in rows if fits(row)]
    for sort in reversed(query.order):
        field, read, _ = context.resolve(sort.key)
        place_of = rank(field)
        rows.sort(key=_blank_first(read, place_of), reverse=sort.descending)
    end = None if query.limit is None else query.offset + query.limit
    rows = rows[query.offset : end]
    if _counts(query):
        return _answer(type_name, len(rows), [])
    names = [context.column(item) for item in query.items]
    if len(rows) > 1 and WHOLE & set(names):
        raise _too_many(len(rows))
    records = [_record(org, row, names, type_name, place) for row in rows]
    return _answer(type_name, len(records), records)


def _counts(query: Query) -> bool:
    only = query.items[0].what
    return isinstance(only, Function) and only.name == "COUNT" and not only.arguments


def _blank_first(read: Read, place: Callable[[Any], Any]) -> Callable[[Row], Any]:
    def key(row: Row) -> tuple[bool, Any]:
        value = read(row)
        return (value is not None, None if value is None else place(value))

    return key


def _too_many(count: int) -> OrgError:
    return OrgError(
        400,
        "MALFORMED_QUERY",
        "When retrieving results with Metadata or FullName fields, the query qualifications must "
        f"specify no more than one row for retrieval. Result size: {count}",
    )


def rows_of(org: Org, type_name: str) -> Iterator[Row]:
    """The components of a type as rows, `FullName` among their columns."""
    kind = KINDS[type_name]
    for name in kind.names(org):
        parent, short = split(name)
        definition = org.objects[parent]
        row: Row = {
            "Id": kind.ident(org, name),
            "FullName": name,
            "ManageableState": "unmanaged",
            "EntityDefinitionId": parent,
            "EntityDefinition.QualifiedApiName": parent,
            "EntityDefinition.DeveloperName": parent.removesuffix("__c"),
        }
        if type_name == "CustomField":
            yield row | _field_columns(definition.fields[short], parent)
        else:
            rule = definition.rules[short]
            yield row | {
                "ValidationName": rule.name,
                "Active": rule.active,
                "Description": rule.description or None,
                "ErrorMessage": rule.message,
                "ErrorDisplayField": rule.display_field,
            }


def _field_columns(field: FieldDef, parent: str) -> Row:
    return {
        "DeveloperName": field.name.removesuffix("__c"),
        "TableEnumOrId": parent,
        "Description": field.description or None,
        "InlineHelpText": field.help_text or None,
        "Length": field.length or None,
        "Precision": field.precision or None,
        "Scale": field.scale if field.precision else None,
    }


def _record(org: Org, row: Row, names: list[str], type_name: str, place: str) -> dict[str, Any]:
    url = f"{place}/sobjects/{type_name}/{row['Id']}"
    made: dict[str, Any] = {"attributes": {"type": type_name, "url": url}}
    for name in names:
        way, _, last = name.rpartition(".")
        if name == "Metadata":
            made[name] = metadata_json(org, type_name, row["FullName"])
        elif way:
            about = {"type": way, "url": f"{place}/sobjects/{way}/{row['EntityDefinitionId']}"}
            made.setdefault(way, {"attributes": about})[last] = row.get(name)
        else:
            made[name] = row.get(name)
    return made


@dataclass(frozen=True)
class _Context:
    """What conditions need to know of a query for components."""

    text: str
    type_name: str
    query: Query
    org: Org

    def resolve(self, operand: Operand) -> tuple[FieldDef, Read, str]:
        """The type of a column, how it is read, and its name."""
        if not isinstance(operand, Name):
            message = f"unexpected token: '{operand.name}'"
            raise refused(self.text, operand.at, "MALFORMED_QUERY", message)
        name = self._named(operand)
        kind = COLUMNS[self.type_name][name]
        return FieldDef(name, kind, name), lambda row: row.get(name), name

    def column(self, item: Item) -> str:
        """The column that is selected."""
        if isinstance(item.what, Name):
            return self._named(item.what)
        at = item.what.at if isinstance(item.what, Function) else 0
        raise refused(self.text, at, "MALFORMED_QUERY", "only columns can be selected here")

    def _named(self, name: Name) -> str:
        path = name.path
        for own in (self.query.alias, self.type_name):
            if own and path.lower().startswith(f"{own.lower()}."):
                path = path[len(own) + 1 :]
        known = {column.lower(): column for column in COLUMNS[self.type_name]}
        if path.lower() not in known:
            raise no_column(self.text, name.at, path, self.type_name)
        return known[path.lower()]

    def today(self) -> date:
        """The day on which the org is."""
        return self.org.now().astimezone(self.org.state.zone).date()

    def midnight(self, day: date) -> datetime:
        """When a day begins where the org is."""
        return datetime(day.year, day.month, day.day, tzinfo=self.org.state.zone)

    def answers(self, query: Query) -> frozenset[Any]:
        """Refuse a query within the query: the Tooling API has none for components."""
        raise refused(self.text, query.source.at, "MALFORMED_QUERY", "semi joins are not supported")
