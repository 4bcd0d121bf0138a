"""A table whose rows are read in the order in which they were changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa

from leadpolicy.crm.connector import BindingError, ColumnMismatchError
from leadpolicy_generic.binding import Source
from leadpolicy_generic.rows import table_of
from leadpolicy_generic.schema import find, types_of

_SQLITE_MOMENT: Final = "%Y-%m-%dT%H:%M:%f"
_NOW: Final = {
    "sqlite": f"strftime('{_SQLITE_MOMENT}', 'now')",
    "postgresql": "clock_timestamp()",
}


@dataclass(frozen=True, slots=True)
class Moved:
    """A row that was changed, with the key of its lead and the columns that were asked for."""

    table: str
    key: str
    at: datetime
    values: tuple[object, ...]

    @property
    def group(self) -> tuple[str, datetime, str]:
        """What a mark in a cursor stands behind."""
        return self.table, self.at, self.key

    @property
    def id(self) -> str:
        """What tells this change from every other one."""
        content = hashlib.sha256(repr(self.values).encode()).hexdigest()[:16]
        return f"{self.table}:{self.key}:{self.at.isoformat()}:{content}"


@dataclass(frozen=True, slots=True)
class Followed:
    """A table with a column that says when each row was changed."""

    name: str
    source: Source
    columns: Sequence[str]
    raw_key: Callable[[str], object | None]

    def read(
        self, connection: sa.Connection, mark: tuple[datetime, str | None] | None, limit: int
    ) -> tuple[list[Moved], bool]:
        """Return the first rows behind a mark, and whether more may wait.

        All rows of one lead and instant come together, even beyond the limit.
        """
        self._refuse_unfit(connection)
        query, at, key = self._query(connection)
        if mark is not None:
            query = query.where(self._behind(connection, at, key, mark))
        rows = list(connection.execute(query.order_by(at, key).limit(limit)))
        if len(rows) < limit:
            return [self._moved(row) for row in rows], False
        last_at, last_key = rows[-1][1], rows[-1][0]
        group = list(connection.execute(query.where(at == last_at, key == last_key)))
        before = [row for row in rows if (row[1], row[0]) != (last_at, last_key)]
        return [self._moved(row) for row in (*before, *group)], True

    def _query(
        self, connection: sa.Connection
    ) -> tuple[sa.Select[Any], sa.ColumnElement[Any], sa.ColumnElement[Any]]:
        changed = self.source.changed or ""
        table = table_of(self.source, [changed, *self.columns])
        key, at = table.c[self.source.key], _instants(connection, table.c[changed])
        asked = (table.c[name].label(f"c{place}") for place, name in enumerate(self.columns))
        query = sa.select(key, at.label("changed_at"), *asked)
        return query.where(key.is_not(None)), at, key

    def _behind(
        self,
        connection: sa.Connection,
        at: sa.ColumnElement[Any],
        key: sa.ColumnElement[Any],
        mark: tuple[datetime, str | None],
    ) -> sa.ColumnElement[bool]:
        moment, last = _bound(connection, mark[0]), mark[1]
        if last is None:
            return at >= moment
        return sa.or_(at > moment, sa.and_(at == moment, key > self.raw_key(last)))

    def _refuse_unfit(self, connection: sa.Connection) -> None:
        """Refuse a column that cannot order rows: of another type, or with nothing in it."""
        types, changed = types_of(connection, self.source), self.source.changed or ""
        found = types.get(find(changed, types, connection) or "")
        is_sqlite = connection.dialect.name == "sqlite"
        zoned = connection.dialect.name != "postgresql" or getattr(found, "timezone", False)
        if not is_sqlite and not (isinstance(found, sa.DateTime) and zoned):
            raise ColumnMismatchError(
                f"column `{changed}` of `{self.source.name}` holds no instants",
                "bind a column of the type TIMESTAMP WITH TIME ZONE, or TIMESTAMP in MariaDB",
            )
        _, at, _ = self._query(connection)
        if connection.execute(sa.select(sa.literal(1)).where(at.is_(None)).limit(1)).first():
            raise BindingError(
                f"rows of `{self.source.name}` have no instant in `{changed}`",
                "fill it in and let the database keep it, or leave it out of the binding",
            )

    def _moved(self, row: Sequence[Any]) -> Moved:
        key, at, *values = row
        return Moved(self.name, str(key), _instant(at), tuple(values))


def now_of(connection: sa.Connection) -> datetime:
    """Return the present instant by the clock of the database."""
    words = _NOW.get(connection.dialect.name, "UTC_TIMESTAMP(6)")
    now: sa.ColumnClause[Any] = sa.literal_column(words)
    return _instant(connection.execute(sa.select(now)).scalar_one())


def _instant(raw: object) -> datetime:
    at = datetime.fromisoformat(raw) if isinstance(raw, str) else raw
    if not isinstance(at, datetime):
        raise ColumnMismatchError(f"`{raw}` is no instant")
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _instants(connection: sa.Connection, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return a column of instants in a form that has their order."""
    is_text = connection.dialect.name == "sqlite"
    return sa.func.strftime(_SQLITE_MOMENT, column) if is_text else column


def _bound(connection: sa.Connection, at: datetime) -> object:
    """Return an instant as the database compares it."""
    match connection.dialect.name:
        case "sqlite":
            return at.replace(tzinfo=None).isoformat(timespec="milliseconds")
        case "postgresql":
            return at
        case _:
            return at.replace(tzinfo=None)
