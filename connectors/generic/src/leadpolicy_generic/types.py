"""The kinds of the policy's columns as column types of a database, both ways."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import CompileError
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine

from leadpolicy.crm.state import Column, FieldKind, ObservedColumn
from leadpolicy.crm.values import MAX_DIGITS, held

_TEXT: Final = frozenset({FieldKind.TEXT, FieldKind.CHOICE})


class UtcMoment(TypeDecorator[datetime]):
    """A UTC instant: a timestamp with time zone, or ISO 8601 text in SQLite."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return text for SQLite."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.Text())
        return dialect.type_descriptor(sa.DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Return ISO 8601 text for SQLite."""
        return value.isoformat() if value is not None and dialect.name == "sqlite" else value


def column_type(column: Column) -> TypeEngine[Any]:
    """Return the type that a column of the policy is created with."""
    match column.kind:
        case FieldKind.TEXT | FieldKind.CHOICE:
            return sa.Text()
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
        holds=_holds(found, dialect),
        type_name=_type_name(found, dialect),
        object=column.object,
        scale=None if is_sqlite else getattr(found, "scale", None),
        length=None if is_sqlite else getattr(found, "length", None),
    )


def _holds(found: TypeEngine[Any], dialect: Dialect) -> frozenset[FieldKind]:
    is_sqlite = dialect.name == "sqlite"
    if is_sqlite and isinstance(found, NullType):
        return frozenset(FieldKind)
    if isinstance(found, sa.Boolean):
        return frozenset({FieldKind.FLAG})
    if isinstance(found, sa.Integer):
        return frozenset({FieldKind.WHOLE} | ({FieldKind.FLAG} if is_sqlite else set()))
    if isinstance(found, sa.Numeric):
        return _number_holds(found, is_sqlite)
    if isinstance(found, sa.String) and not isinstance(found, sa.Enum):
        return _TEXT | ({FieldKind.MOMENT} if is_sqlite else frozenset())
    if isinstance(found, sa.DateTime) and (found.timezone or dialect.name != "postgresql"):
        return frozenset({FieldKind.MOMENT})
    return frozenset()


def _number_holds(found: sa.Numeric[Any], is_sqlite: bool) -> frozenset[FieldKind]:
    if isinstance(found, sa.Float):
        return frozenset({FieldKind.NUMBER} if is_sqlite else ())
    return frozenset({FieldKind.NUMBER} | (set() if found.scale else {FieldKind.WHOLE}))


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
