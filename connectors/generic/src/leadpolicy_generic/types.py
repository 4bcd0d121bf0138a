"""The kinds of the policy's columns as column types of a database, both ways."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import CompileError
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine

from leadpolicy.crm.state import Column, FieldKind, ObservedColumn
from leadpolicy.crm.values import MAX_DIGITS, held

CODE_LENGTH: Final = 100
"""Characters that a code may have in MariaDB, which refers to columns of one length only."""
MARIADB: Final = frozenset({"mariadb", "mysql"})
_TEXT: Final = frozenset({FieldKind.TEXT, FieldKind.CHOICE})
_MICROSECONDS: Final = 6


class ExactText(TypeDecorator[str]):
    """Text that is compared byte for byte; MariaDB would take `MQL` for `mql`."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, length: int | None = None) -> None:
        super().__init__()
        self.length: Final = length

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return a type with a binary collation for MariaDB."""
        if dialect.name not in MARIADB:
            return sa.String(self.length) if self.length else sa.Text()
        exact = {"charset": "utf8mb4", "collation": "utf8mb4_bin"}
        if self.length is None:
            return dialect.type_descriptor(mysql.MEDIUMTEXT(**exact))
        return dialect.type_descriptor(mysql.VARCHAR(self.length, **exact))


class UtcMoment(TypeDecorator[datetime]):
    """A UTC instant: a timestamp with time zone, ISO 8601 text in SQLite, UTC in MariaDB."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return text for SQLite, and a type with microseconds for MariaDB."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.Text())
        if dialect.name in MARIADB:
            return dialect.type_descriptor(mysql.DATETIME(fsp=_MICROSECONDS))
        return dialect.type_descriptor(sa.DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Return what stands for an instant where the database has no time zones."""
        if value is None or dialect.name not in {"sqlite", *MARIADB}:
            return value
        if dialect.name == "sqlite":
            return value.isoformat()
        return value.astimezone(UTC).replace(tzinfo=None)


def column_type(column: Column, dialect: Dialect) -> TypeEngine[Any]:
    """Return the type that a column of the policy is created with."""
    match column.kind:
        case FieldKind.TEXT:
            return ExactText()
        case FieldKind.CHOICE:
            return ExactText(CODE_LENGTH if dialect.name in MARIADB else None)
        case FieldKind.WHOLE:
            return sa.BigInteger()
        case FieldKind.NUMBER:
            return sa.Numeric(MAX_DIGITS, column.scale)
        case FieldKind.FLAG:
            return sa.Boolean()
        case FieldKind.MOMENT:
            return UtcMoment()


def observed(column: Column, found: TypeEngine[Any], dialect: Dialect) -> ObservedColumn:
    """Return what a standing column can hold; SQLite enforces neither length nor scale."""
    is_sqlite = dialect.name == "sqlite"
    return ObservedColumn(
        column.name,
        holds=_holds(found, dialect, reads_only=column.owner == "sales"),
        type_name=_type_name(found, dialect),
        object=column.object,
        scale=None if is_sqlite else getattr(found, "scale", None),
        length=None if is_sqlite else getattr(found, "length", None),
    )


def kinds_of(found: TypeEngine[Any], dialect: Dialect) -> frozenset[FieldKind]:
    """Return the kinds of values that a standing column can hold."""
    return _holds(found, dialect, reads_only=True)


def _holds(found: TypeEngine[Any], dialect: Dialect, *, reads_only: bool) -> frozenset[FieldKind]:
    is_sqlite = dialect.name == "sqlite"
    if is_sqlite and isinstance(found, NullType):
        return frozenset(FieldKind)
    if isinstance(found, sa.Boolean):
        return frozenset({FieldKind.FLAG})
    if isinstance(found, mysql.TINYINT):
        return frozenset({FieldKind.FLAG} if found.display_width == 1 else ())
    if isinstance(found, sa.Integer):
        return frozenset({FieldKind.WHOLE} | ({FieldKind.FLAG} if is_sqlite else set()))
    if isinstance(found, sa.Numeric):
        return _number_holds(found, is_sqlite)
    if isinstance(found, sa.String) and not isinstance(found, sa.Enum):
        return _TEXT | ({FieldKind.MOMENT} if is_sqlite else frozenset())
    if isinstance(found, sa.DateTime):
        return _moment_holds(found, dialect, reads_only)
    return frozenset()


def _number_holds(found: sa.Numeric[Any], is_sqlite: bool) -> frozenset[FieldKind]:
    if isinstance(found, sa.Float):
        return frozenset({FieldKind.NUMBER} if is_sqlite else ())
    return frozenset({FieldKind.NUMBER} | (set() if found.scale else {FieldKind.WHOLE}))


def _moment_holds(found: sa.DateTime, dialect: Dialect, reads_only: bool) -> frozenset[FieldKind]:
    """Tell whether an instant is kept whole; whole seconds do where it is only read."""
    whole = found.timezone or dialect.name != "postgresql"
    if dialect.name in MARIADB and not reads_only:
        whole = getattr(found, "fsp", None) == _MICROSECONDS
    return frozenset({FieldKind.MOMENT} if whole else ())


def _type_name(found: TypeEngine[Any], dialect: Dialect) -> str:
    try:
        return str(found.compile(dialect))
    except CompileError:
        return "a column of no known type"


def value_of(raw: object, column: Column) -> object:
    """Return a value read from a column in the form that decisions are compared in.

    Databases without time zones are taken to keep UTC.
    """
    if isinstance(raw, datetime) and raw.tzinfo is None:
        raw = raw.replace(tzinfo=UTC)
    return held(raw, column)
