"""The relational back-end: a checked policy becomes one query for one kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from leadpolicy.backends.base import Backend, Capabilities, Unsupported
from leadpolicy.backends.relational.dialects import DIALECTS, DialectName
from leadpolicy.backends.relational.layout import Layout
from leadpolicy.backends.relational.query import RESULT_KEY, RESULT_STATE, Query
from leadpolicy.policy.checked import CheckedPolicy

_ANY_INSTANT: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""What can be carried out does not depend on the instant."""


class UnsupportedPolicyError(ValueError):
    """Parts of a policy cannot be carried out by a database; `unsupported` has all of them."""

    def __init__(self, dialect: str, unsupported: tuple[Unsupported, ...]) -> None:
        listed = "".join(f"\n- `{item.output.name}`: {item.reason}" for item in unsupported)
        super().__init__(f"`{dialect}` cannot carry out the policy:{listed}")
        self.unsupported: Final = unsupported


class Compiled:
    """A policy for one database; `columns` names what its queries return, in order."""

    def __init__(self, checked: CheckedPolicy, dialect: DialectName, layout: Layout) -> None:
        self.checked: Final = checked
        self.dialect: Final = dialect
        self.layout: Final = layout
        outputs = (item.name for item in checked.outputs)
        self.columns: Final = (RESULT_KEY, *outputs, RESULT_STATE)

    def select(self, at: datetime) -> str:
        """Return the query that decides every lead at an aware instant.

        Its rows have the key, every output by name (null where it is unknown) and the state, in no
        order: join them by key. It reads no clock, and runs again with the same result.
        """
        at = at.astimezone(UTC)
        return Query(self.checked, DIALECTS[self.dialect], self.layout, at).text()


class RelationalBackend(Backend[Compiled]):
    """Compiles policies for SQLite, PostgreSQL, DuckDB, or MariaDB and MySQL."""

    def __init__(self, dialect: DialectName, layout: Layout) -> None:
        self.capabilities = Capabilities(dialect)
        self._dialect: DialectName = dialect
        self._layout = layout

    def unsupported(self, checked: CheckedPolicy) -> Iterator[Unsupported]:
        """Yield everything that the database cannot carry out, or that the layout lacks."""
        query = Query(checked, DIALECTS[self._dialect], self._layout, _ANY_INSTANT)
        yield from query.unsupported

    def compile(self, checked: CheckedPolicy) -> Compiled:
        """Return the queries of a policy; raises `UnsupportedPolicyError` with everything amiss."""
        found = tuple(self.unsupported(checked))
        if found:
            raise UnsupportedPolicyError(self._dialect, found)
        return Compiled(checked, self._dialect, self._layout)
