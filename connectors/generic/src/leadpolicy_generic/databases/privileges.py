"""Column privileges of PostgreSQL: what one role may do with one column of the leads.

A privilege for the whole table counts for every column, and one column cannot be taken out of it.
Such a privilege is therefore replaced by one for each column, in the same transaction.
"""

from __future__ import annotations

from typing import Final, Literal

import sqlalchemy as sa

from leadpolicy.crm.connector import AccessError
from leadpolicy.crm.state import Permission
from leadpolicy_generic.statements import run

_WRITING: Final[tuple[Literal["UPDATE", "INSERT"], ...]] = ("UPDATE", "INSERT")
_MAY: Final = sa.text(
    "SELECT has_column_privilege(:role, CAST(:leads AS regclass), :column, 'SELECT'),"
    " has_column_privilege(:role, CAST(:leads AS regclass), :column, 'UPDATE'),"
    " has_column_privilege(:role, CAST(:leads AS regclass), :column, 'INSERT')"
)
_EXISTS: Final = sa.text("SELECT 1 FROM pg_roles WHERE rolname = :role")
_GIVEN: Final = sa.text(
    "SELECT EXISTS (SELECT 1 FROM pg_class c, aclexplode(c.relacl) a, pg_roles r"
    " WHERE c.oid = CAST(:leads AS regclass) AND a.grantee = r.oid AND r.rolname = :role"
    " AND a.privilege_type = :kind)"
)
_COLUMNS: Final = sa.text(
    "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = CAST(:leads AS regclass)"
    " AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
)


def permission(
    connection: sa.Connection, leads: str, wanted: Permission, role: str, column: str
) -> Permission | None:
    """Return what a role may do with a column, None where it may not even read it."""
    if connection.execute(_EXISTS, {"role": role}).first() is None:
        return None
    asked = {"role": role, "leads": leads, "column": column}
    reads, updates, inserts = connection.execute(_MAY, asked).one()
    write = updates if wanted.write else updates or inserts
    return Permission(wanted.team, wanted.column, bool(write), wanted.object) if reads else None


def permit(
    connection: sa.Connection, leads: str, wanted: Permission, role: str, column: str
) -> None:
    """Let a role read a column, and write it or not."""
    named, grantee = _quoted(column), _quoted(role)
    run(connection, f"GRANT SELECT ({named}) ON {leads} TO {grantee}")
    if wanted.write:
        run(connection, f"GRANT UPDATE ({named}) ON {leads} TO {grantee}")
    else:
        _forbid(connection, leads, role, column)
    stands = permission(connection, leads, wanted, role, column)
    if stands is None or stands.write != wanted.write:
        raise AccessError(
            f"the role `{role}` may write `{column}` all the same",
            "take the privilege from PUBLIC, or from the role that it is a member of",
        )


def _forbid(connection: sa.Connection, leads: str, role: str, column: str) -> None:
    grantee = _quoted(role)
    for kind in _WRITING:
        asked = {"leads": leads, "role": role, "kind": kind}
        if connection.execute(_GIVEN, asked).scalar():
            columns = ", ".join(connection.execute(_COLUMNS, {"leads": leads}).scalars())
            # What is taken from a table is taken from its columns too, so they come second.
            run(connection, f"REVOKE {kind} ON {leads} FROM {grantee}")
            run(connection, f"GRANT {kind} ({columns}) ON {leads} TO {grantee}")
        run(connection, f"REVOKE {kind} ({_quoted(column)}) ON {leads} FROM {grantee}")


def forget(connection: sa.Connection, leads: str, role: str, column: str) -> None:
    """Take back what a role was given for one column."""
    if connection.execute(_EXISTS, {"role": role}).first() is not None:
        named = _quoted(column)
        kinds = ", ".join(f"{kind} ({named})" for kind in ("SELECT", *_WRITING))
        run(connection, f"REVOKE {kinds} ON {leads} FROM {_quoted(role)}")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
