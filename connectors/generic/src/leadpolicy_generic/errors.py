"""What a database says when it refuses, in the words of the border to a CRM."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from sqlalchemy import exc

from leadpolicy.crm.connector import (
    AccessError,
    AddressError,
    AnswerLostError,
    BatchRefusedError,
    BusyError,
    ColumnMismatchError,
    ColumnMissingError,
    ConnectorError,
    TableMissingError,
)

Meaning: TypeAlias = tuple[type[ConnectorError], str | None]

_APPLY: Final = "run `leadpolicy apply` if the policy is to create it"
_LATER: Final = "end what holds it, or try again later"
_ROOM: Final = "free some space on the disk of the database, then run it again"
_AGAIN: Final = "run it again when the server is back; nothing is lost"
_LOOK: Final = "run it again: what was sent is looked up before anything is sent twice"
_RIGHTS: Final = "ask for the right to read the tables, or to alter and write the leads"
_LOGIN: Final = "check user and password"
_HOST: Final = "check host and port, and that the server runs"
_SHORTEST_SECRET: Final = 3

# PostgreSQL names each refusal by a code; its first letters name the class.
_BY_STATE: Final[tuple[tuple[str, Meaning], ...]] = (
    ("42P01", (TableMissingError, None)),
    ("42703", (ColumnMissingError, _APPLY)),
    ("42804", (ColumnMismatchError, None)),
    ("42501", (AccessError, _RIGHTS)),
    ("25006", (AccessError, _RIGHTS)),
    ("28", (AccessError, _LOGIN)),
    ("3D000", (AddressError, "check the name of the database")),
    ("3F000", (TableMissingError, "check the name of the schema")),
    ("08", (BusyError, _AGAIN)),
    ("40", (BusyError, _LATER)),
    ("53100", (BusyError, _ROOM)),
    ("53", (BusyError, _LATER)),
    ("55P03", (BusyError, _LATER)),
    ("57", (BusyError, _AGAIN)),
    ("22", (BatchRefusedError, None)),
    ("23", (BatchRefusedError, None)),
    ("P0001", (BatchRefusedError, None)),
)
# MariaDB numbers its refusals.
_BY_NUMBER: Final[tuple[tuple[frozenset[int], Meaning], ...]] = (
    (frozenset({1044, 1045, 1698}), (AccessError, _LOGIN)),
    (frozenset({1142, 1143, 1227, 1290, 1370, 1419, 1792, 1836}), (AccessError, _RIGHTS)),
    (frozenset({1049}), (AddressError, "check the name of the database")),
    (frozenset({1146}), (TableMissingError, None)),
    (frozenset({1054}), (ColumnMissingError, _APPLY)),
    (frozenset({1021, 1114}), (BusyError, _ROOM)),
    (frozenset({1040, 1203, 1205, 1213, 1969, 3024}), (BusyError, _LATER)),
    (frozenset({1053, 1158, 1159, 1160, 1161, 1927, 2006, 2013, 2055}), (BusyError, _AGAIN)),
    (
        frozenset({1048, 1062, 1264, 1265, 1292, 1366, 1406, 1451, 1452, 1644, 1690, 4025}),
        (BatchRefusedError, None),
    ),
)
# SQLite, and every server that cannot be reached, has words alone.
_BY_WORDS: Final[tuple[tuple[str, Meaning], ...]] = (
    ("is locked", (BusyError, _LATER)),
    ("disk is full", (BusyError, _ROOM)),
    ("readonly database", (AccessError, "make the file and its folder writable")),
    ("no such table", (TableMissingError, None)),
    ("no such column", (ColumnMissingError, _APPLY)),
    ("unable to open database file", (AddressError, "check the path and its permissions")),
    ("not a database", (AddressError, "name a SQLite file")),
    ("malformed", (AddressError, "the file is damaged; restore it from a backup")),
    ("password authentication failed", (AccessError, _LOGIN)),
    ("no password supplied", (AccessError, _LOGIN)),
    ("access denied", (AccessError, _LOGIN)),
    ("does not exist", (AddressError, "check the name of the database")),
)
_UNREACHED: Final = (
    "refused",
    "failed to resolve host",
    "name or service not known",
    "can't connect",
    "timed out",
    "timeout expired",
    "no route to host",
    "unreachable",
    "connection failed",
)
_CUT: Final = (
    "server closed the connection",
    "connection is lost",
    "lost connection",
    "connection already closed",
    "connection has been closed",
    "broken pipe",
    "reset by peer",
)


@dataclass(frozen=True, slots=True)
class Place:
    """The address of a database as it may be shown, and what must never be."""

    name: str
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def quote(self, words: str) -> str:
        """Return what a database said, without any secret."""
        for secret in self.secrets:
            if len(secret) >= _SHORTEST_SECRET:
                words = words.replace(secret, "…")
        return words


@contextmanager
def refusals(place: Place, *, opening: bool = False, committing: bool = False) -> Iterator[None]:
    """Turn every error of the database inside into a `ConnectorError`.

    A server that is not reached has a wrong address when it is opened first, and is busy later.
    When a commit gets no answer, nobody knows whether it took effect. Only the first line of the
    database's own words is kept, because the rest can quote data.
    """
    try:
        yield
    except exc.SQLAlchemyError as error:
        original = error.orig if isinstance(error, exc.DBAPIError) and error.orig else error
        words = _words(original)
        kind, hint = _classified(error, original, words.casefold(), opening=opening)
        if committing and _is_doubtful(kind, hint, words.casefold()):
            kind, hint = AnswerLostError, _LOOK
        raise kind(f"{place.name}: {place.quote(words)}", hint) from error


def _words(original: BaseException) -> str:
    """Return the first line of what the database said; MariaDB's drivers put a number before."""
    spoken = original.args[1] if _number(original) and len(original.args) > 1 else original
    return next(iter(str(spoken).splitlines()), type(original).__name__)


def _number(original: BaseException) -> int:
    first = original.args[0] if original.args else None
    return (
        first if isinstance(first, int) and type(original).__module__.startswith("pymysql") else 0
    )


def _is_doubtful(kind: type[ConnectorError], hint: str | None, words: str) -> bool:
    """Tell whether a commit may have taken effect all the same."""
    lost = kind is BusyError and hint == _AGAIN
    return lost or kind in {ConnectorError, AddressError} or "disk i/o error" in words


def _classified(
    error: exc.SQLAlchemyError, original: BaseException, words: str, *, opening: bool
) -> Meaning:
    state, number = getattr(original, "sqlstate", None) or "", _number(original)
    for start, meaning in _BY_STATE:
        if state.startswith(start):
            return meaning
    for numbers, meaning in _BY_NUMBER:
        if number in numbers:
            return meaning
    spoken = None if state else _by_words(words, opening)
    if spoken is not None:
        return spoken
    if isinstance(error, exc.IntegrityError | exc.DataError):
        return BatchRefusedError, None
    if isinstance(error, exc.DBAPIError) and error.connection_invalidated:
        return BusyError, _AGAIN
    return ConnectorError, None


def _by_words(words: str, opening: bool) -> Meaning | None:
    for part, meaning in _BY_WORDS:
        if part in words:
            return meaning
    if any(part in words for part in _CUT):
        return BusyError, _AGAIN
    if any(part in words for part in _UNREACHED):
        return (AddressError, _HOST) if opening else (BusyError, _AGAIN)
    return None
