"""The little that a store needs of a database; everything else is said in one SQL for all.

Statements are written with `?` for values, `= ANY(?)` for a list of values and ` FOR UPDATE` where
a row is read to be written; a driver turns them into its own dialect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final, Protocol, TypeAlias, TypeVar

Row: TypeAlias = tuple[Any, ...]
Item = TypeVar("Item")

CHUNK: Final = 500
"""How many values a list may have in one statement, and rows one page."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Driver(Protocol):
    """One connection to a database, shared by the threads of a process.

    `place` names the database to people, without a password. `types` gives the database's words
    for those in braces in a schema. `alone` says that a transaction shuts out all others. Every
    call raises `StoreError` where the database refuses.
    """

    @property
    def place(self) -> str: ...
    @property
    def types(self) -> Mapping[str, str]: ...
    @property
    def alone(self) -> bool: ...

    def transaction(self, *, durable: bool = False) -> AbstractContextManager[None]:
        """Do all or nothing; a durable one survives a power cut, in the order of commits."""

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        """Run a statement and return its rows."""

    def run(self, statement: str, values: Sequence[object] = ()) -> int:
        """Run a statement and return how many rows it changed."""

    def run_many(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        """Run a statement once for each row of values; none is a list."""

    def keep_others_out(self) -> None:
        """Inside a transaction, wait until nobody else makes or upgrades the tables."""

    def tables(self) -> set[str]:
        """Return the names of the tables."""

    def forget(self) -> bool:
        """Remove what was deleted from the disk; False when somebody who reads is in the way."""

    def close(self) -> None:
        """Let go of the database; closing twice is harmless."""


def chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Yield lists that fit into one statement.

    >>> [len(chunk) for chunk in chunks(range(501))]
    [500, 1]
    """
    source = iter(items)
    while chunk := list(islice(source, CHUNK)):
        yield chunk


def paged(read: Callable[[Any], list[Row]], start: object) -> Iterator[Row]:
    """Yield rows page by page; `read` gets the first column of the last row, at first `start`.

    Others may write between two pages, and memory holds one page.
    """
    last = start
    while page := read(last):
        yield from page
        if len(page) < CHUNK:
            return
        last = page[-1][0]


def to_micros(moment: datetime) -> int:
    """Return the microseconds since 1970 of a moment with a time zone.

    >>> to_micros(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return (moment - _EPOCH) // _MICROSECOND


def to_moment(micros: int) -> datetime:
    """Return the moment (UTC) of microseconds since 1970.

    >>> to_moment(1_000_000)
    datetime.datetime(1970, 1, 1, 0, 0, 1, tzinfo=datetime.timezone.utc)
    """
    return _EPOCH + timedelta(microseconds=micros)
