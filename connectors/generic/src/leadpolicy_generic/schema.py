"""Tables and columns: what stands in the database, and the additive changes to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
from leadpolicy_generic.types import column_type, observed

Types = Mapping[str, TypeEngine[Any]]
_MINDS_CASE: Final = frozenset({"postgresql", "oracle"})


class AddColumn(ExecutableDDLElement):
    """Adds one empty column to a table."""

    def __init__(self, column: sa.Column[Any]) -> None:
        self.column: Final = column


@compiles(AddColumn)
def _add_column(element: AddColumn, compiler: DDLCompiler, **_: object) -> str:
    table = compiler.preparer.format_table(element.column.table)
    return f"ALTER TABLE {table} ADD COLUMN {compiler.process(CreateColumn(element.column))}"


def quoted(name: str) -> quoted_name:
    """Return a name that is always quoted, so that it is taken as it is written."""
    return quoted_name(name, quote=True)


def types_of(connection: sa.Connection, source: Source) -> Types:
    """Return the columns of a table with their types; raises `TableMissingError`."""
    inspector = sa.inspect(connection)
    try:
        found = inspector.get_columns(source.table, schema=source.schema)
    except exc.NoSuchTableError:
        known = inspector.get_table_names(schema=source.schema)
        raise TableMissingError(
            f"the database has no table `{source.name}`", did_you_mean(source.table, known)
        ) from None
    return {str(column["name"]): column["type"] for column in found}


def find(name: str, known: Iterable[str], connection: sa.Connection) -> str | None:
    """Return the known name that the database takes a name for, or None."""
    names = list(known)
    if name in names or connection.dialect.name in _MINDS_CASE:
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
    types = types_of(connection, binding.leads)
    created = {binding.standing(column.name) for column in desired.columns}
    refuse_missing(connection, binding.leads, types, created)
    refuse_repeated_keys(connection, binding.leads)
    standing = (_observe(connection, binding, types, column) for column in desired.columns)
    return tuple(column for column in standing if column is not None)


def _observe(
    connection: sa.Connection, binding: Binding, types: Types, column: Column
) -> ObservedColumn | None:
    if column.object != LEAD:
        raise ConnectorError(f"column `{column.object}.{column.name}`: this CRM keeps leads alone")
    name = find(binding.standing(column.name), types, connection)
    return None if name is None else observed(column, types[name], connection.dialect)


def add_column(connection: sa.Connection, binding: Binding, column: Column) -> None:
    """Add a column to the table of leads unless it stands already."""
    found = _observe(connection, binding, types_of(connection, binding.leads), column)
    if found is None:
        name = quoted(binding.standing(column.name))
        added = sa.Column(name, column_type(column))
        sa.Table(quoted(binding.leads.table), sa.MetaData(schema=binding.leads.schema), added)
        connection.execute(AddColumn(added))
    elif column.kind not in found.holds:
        raise ColumnMismatchError(f"column `{column.name}` stands as {found.type_name}")
