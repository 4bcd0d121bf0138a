"""The lookup table of reasons: created, filled, relabelled, and removed when a person says so."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from leadpolicy.crm.state import DesiredState, ObservedReason, ObservedTable, Reason
from leadpolicy_generic.binding import Binding
from leadpolicy_generic.schema import find, quoted
from leadpolicy_generic.types import CODE_LENGTH, ExactText


def reason_table(binding: Binding, name: str) -> sa.Table:
    """Return the table of reasons, which stands in the schema of the leads."""
    return sa.Table(
        quoted(name),
        sa.MetaData(schema=binding.leads.schema),
        sa.Column("code", ExactText(CODE_LENGTH), primary_key=True),
        sa.Column("label_de", ExactText(), nullable=False),
        sa.Column("label_en", ExactText(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
    )


def observe_tables(
    connection: sa.Connection, binding: Binding, desired: DesiredState
) -> tuple[ObservedTable, ...]:
    """Return the desired tables that stand, with their rows."""
    names = sa.inspect(connection).get_table_names(schema=binding.leads.schema)
    return tuple(
        _observe(connection, binding, table.name)
        for table in desired.tables
        if find(table.name, names, connection) is not None
    )


def _observe(connection: sa.Connection, binding: Binding, name: str) -> ObservedTable:
    table = reason_table(binding, name)
    found = sa.inspect(connection).get_columns(name, schema=binding.leads.schema)
    known = [str(column["name"]) for column in found]
    lacks = tuple(c.name for c in table.columns if find(c.name, known, connection) is None)
    if lacks:
        return ObservedTable(name, lacks=lacks)
    rows = connection.execute(sa.select(table).order_by(table.c.code))
    return ObservedTable(name, tuple(_reason(row) for row in rows))


def _reason(row: Sequence[object]) -> ObservedReason:
    code, label_de, label_en, active = row
    return ObservedReason(Reason(str(code), str(label_de), str(label_en)), bool(active))


def add_table(connection: sa.Connection, binding: Binding, name: str) -> None:
    """Create an empty table of reasons unless it stands already."""
    reason_table(binding, name).create(connection, checkfirst=True)


def remove_table(connection: sa.Connection, binding: Binding, name: str) -> None:
    """Remove a table of reasons with its rows, if it stands."""
    reason_table(binding, name).drop(connection, checkfirst=True)


def remove_reason(connection: sa.Connection, binding: Binding, name: str, code: str) -> None:
    """Remove one reason for good, if it stands."""
    table = reason_table(binding, name)
    connection.execute(sa.delete(table).where(table.c.code == code))


def put_reason(
    connection: sa.Connection, binding: Binding, name: str, wanted: ObservedReason
) -> None:
    """Make one row as wanted; a row that stands so is not touched."""
    table = reason_table(binding, name)
    reason = wanted.reason
    by_code = table.c.code == reason.code
    values = {
        "label_de": reason.label_de,
        "label_en": reason.label_en,
        "active": wanted.active,
    }
    row = connection.execute(sa.select(table).where(by_code)).first()
    if row is None:
        connection.execute(sa.insert(table).values(code=reason.code, **values))
    elif _reason(row) != wanted:
        connection.execute(sa.update(table).where(by_code).values(values))
