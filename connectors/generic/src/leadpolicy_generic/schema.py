"""Tables and columns: what stands in the database, and the changes to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateColumn, ExecutableDDLElement
from sqlalchemy.sql.compiler import DDLCompiler
from sqlalchemy.sql.elements import quoted_name
from sqlalchemy.types import TypeEngine

from leadpolicy.crm.connector import (
    BindingError,
    ColumnMismatchError,
    ColumnMissingError,
    ConnectorError,
    TableMissingError,
)
from leadpolicy.crm.state import LEAD, Column, DesiredState, ObservedColumn
from leadpolicy.diagnostics import did_you_mean
from leadpolicy_generic.binding import Binding, Source
from leadpolicy_generic.databases import database_of
from leadpolicy_generic.databases.base import comment_of
from leadpolicy_generic.types import column_type, observed

Types = Mapping[str, TypeEngine[Any]]
Standing = Mapping[str, Mapping[str, Any]]
"""The columns of a table as SQLAlchemy describes them, by name."""


class AddColumn(ExecutableDDLElement):
    """Adds one column to a table, empty or computed from the others."""

    def __init__(self, column: sa.Column[Any], formula: str | None, stored: str) -> None:
        self.column: Final = column
        self.computed: Final = (
            "" if formula is None else f" GENERATED ALWAYS AS ({formula}) {stored}"
        )


@compiles(AddColumn)
def _add_column(element: AddColumn, compiler: DDLCompiler, **_: object) -> str:
    table = compiler.preparer.format_table(element.column.table)
    doubles = compiler.dialect.paramstyle in {"format", "pyformat"}
    computed = element.computed.replace("%", "%%") if doubles else element.computed
    column = compiler.process(CreateColumn(element.column))
    return f"ALTER TABLE {table} ADD COLUMN {column}{computed}"


def quoted(name: str) -> quoted_name:
    """Return a name that is always quoted, so that it is taken as it is written."""
    return quoted_name(name, quote=True)


def described(connection: sa.Connection, source: Source) -> Standing:
    """Return the columns of a table; raises `TableMissingError`."""
    inspector = sa.inspect(connection)
    try:
        found = inspector.get_columns(source.table, schema=source.schema)
    except exc.NoSuchTableError:
        known = inspector.get_table_names(schema=source.schema)
        raise TableMissingError(
            f"the database has no table `{source.name}`", did_you_mean(source.table, known)
        ) from None
    return {str(column["name"]): column for column in found}


def types_of(connection: sa.Connection, source: Source) -> Types:
    """Return the columns of a table with their types; raises `TableMissingError`."""
    return {name: column["type"] for name, column in described(connection, source).items()}


def find(name: str, known: Iterable[str], connection: sa.Connection) -> str | None:
    """Return the known name that the database takes a name for, or None."""
    names = list(known)
    if name in names or connection.dialect.name in {"postgresql", "oracle"}:
        return name if name in names else None
    return next((other for other in names if other.casefold() == name.casefold()), None)


def refuse_missing(
    connection: sa.Connection, source: Source, types: Types, expected: Iterable[str] = ()
) -> None:
    """Raise `ColumnMissingError` for the first bound column that the table lacks.

    Columns that are `expected` to be created later may be missing.
    """
    places = {column: f"`{place}`" for column, place in source.columns.items()}
    places[source.key] = "the key of the lead"
    if source.changed is not None:
        places.setdefault(source.changed, "`leads.updated_at`")
    for column, place in places.items():
        if column not in expected and find(column, types, connection) is None:
            hint = did_you_mean(column, types)
            message = f"table `{source.name}` has no column `{column}`, bound to {place}"
            raise ColumnMissingError(message, hint)


def refuse_repeated_keys(connection: sa.Connection, source: Source) -> None:
    """Raise `BindingError` when two rows share a key, so that no write can hit both."""
    inspector = sa.inspect(connection)
    primary = inspector.get_pk_constraint(source.table, schema=source.schema)
    if [*primary["constrained_columns"]] == [source.key]:
        return
    column: sa.ColumnClause[Any] = sa.column(quoted(source.key))
    key = sa.table(quoted(source.table), column, schema=source.schema).c[source.key]
    repeated = sa.select(key).where(key.is_not(None)).group_by(key)
    if connection.execute(repeated.having(sa.func.count() > 1).limit(1)).first() is not None:
        raise BindingError(
            f"column `{source.key}` of `{source.name}` holds the same key more than once",
            "bind `leads.key` to a column that is unique",
        )


def observe_columns(
    connection: sa.Connection, binding: Binding, desired: DesiredState
) -> tuple[ObservedColumn, ...]:
    """Return the desired columns that stand in the table of leads."""
    stands = described(connection, binding.leads)
    created = {binding.standing(column.name) for column in desired.columns}
    types = {name: column["type"] for name, column in stands.items()}
    refuse_missing(connection, binding.leads, types, created)
    refuse_repeated_keys(connection, binding.leads)
    found = (_observe(connection, binding, stands, column) for column in desired.columns)
    return tuple(column for column in found if column is not None)


def _observe(
    connection: sa.Connection, binding: Binding, stands: Standing, column: Column
) -> ObservedColumn | None:
    if column.object != LEAD:
        raise ConnectorError(f"column `{column.object}.{column.name}`: this CRM keeps leads alone")
    name = find(binding.standing(column.name), stands, connection)
    if name is None:
        return None
    found = observed(column, stands[name]["type"], connection.dialect)
    return _described(connection, binding, column, stands[name], found)


def _described(
    connection: sa.Connection,
    binding: Binding,
    column: Column,
    stands: Mapping[str, Any],
    found: ObservedColumn,
) -> ObservedColumn:
    """Add what the database keeps beside a column: comment and formula."""
    database = database_of(connection.dialect.name)
    if stands.get("computed") is not None:
        name, rendered = str(stands["name"]), str(stands["computed"]["sqltext"])
        formula = database.formula(connection, binding.leads, name, rendered)
        found = replace(found, formula=formula)
    if not database.keeps_comments:
        return found
    words = str(stands.get("comment") or "")
    if words == comment_of(column, database.comment_limit):
        return replace(found, label=column.label, description=column.description)
    label, _, description = words.partition("\n")
    return replace(found, label=label, description=description)


def put_column(connection: sa.Connection, binding: Binding, column: Column) -> None:
    """Make a column stand as it is wanted: added, described, computed or no longer computed.

    A computed column holds nothing of its own, so that it is made anew when its formula changes.
    """
    stands = described(connection, binding.leads)
    found = _observe(connection, binding, stands, column)
    name = find(binding.standing(column.name), stands, connection)
    if found is not None and name is not None and found.formula != column.formula:
        database_of(connection.dialect.name).drop_column(connection, binding.leads, name)
        found = None
    if found is None:
        _add(connection, binding, column)
    elif column.kind not in found.holds:
        raise ColumnMismatchError(f"column `{column.name}` stands as {found.type_name}")
    _describe(connection, binding, column)


def _add(connection: sa.Connection, binding: Binding, column: Column) -> None:
    database = database_of(connection.dialect.name)
    name = quoted(binding.standing(column.name))
    added = sa.Column(name, column_type(column, connection.dialect))
    sa.Table(quoted(binding.leads.table), sa.MetaData(schema=binding.leads.schema), added)
    connection.execute(AddColumn(added, column.formula, database.stores_formulas))


def _describe(connection: sa.Connection, binding: Binding, column: Column) -> None:
    """Keep label and description beside a column, unless they stand there."""
    database = database_of(connection.dialect.name)
    if not database.keeps_comments:
        return
    stands = described(connection, binding.leads)
    name = find(binding.standing(column.name), stands, connection) or column.name
    wanted = comment_of(column, database.comment_limit)
    if (stands[name].get("comment") or "") != wanted:
        database.comment(connection, binding.leads, name, wanted)


def remove_column(connection: sa.Connection, binding: Binding, column: Column) -> None:
    """Remove a column with what it holds, if it stands."""
    stands = described(connection, binding.leads)
    name = find(binding.standing(column.name), stands, connection)
    if name is not None:
        database_of(connection.dialect.name).drop_column(connection, binding.leads, name)
