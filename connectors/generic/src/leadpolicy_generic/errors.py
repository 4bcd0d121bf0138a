"""What a database says when it refuses, in the words of the border to a CRM."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import exc

from leadpolicy.crm.connector import (
    AccessError,
    AddressError,
    BatchRefusedError,
    BusyError,
    ColumnMismatchError,
    ColumnMissingError,
    ConnectorError,
    TableMissingError,
)

_APPLY: Final = "run `leadpolicy apply` if the policy is to create it"
_LATER: Final = "end what holds it, or try again later"
_RIGHTS: Final = "ask for the right to read the tables, or to alter and write the leads"

# PostgreSQL names each refusal by a code; its first letters name the class.
_BY_STATE: Final[tuple[tuple[str, type[ConnectorError], str | None], ...]] = (
    ("42P01", TableMissingError, None),
    ("42703", ColumnMissingError, _APPLY),
    ("42804", ColumnMismatchError, None),
    ("42501", AccessError, _RIGHTS),
    ("25006", AccessError, _RIGHTS),
    ("28", AccessError, "check user and password"),
    ("3D000", AddressError, "check the name of the database"),
    ("40", BusyError, _LATER),
    ("53", BusyError, _LATER),
    ("55P03", BusyError, _LATER),
    ("57", BusyError, _LATER),
    ("22", BatchRefusedError, None),
    ("23", BatchRefusedError, None),
)
# SQLite, and every server that cannot be reached, has words alone.
_BY_WORDS: Final[tuple[tuple[str, type[ConnectorError], str | None], ...]] = (
    ("is locked", BusyError, _LATER),
    ("readonly database", AccessError, "make the file and its folder writable"),
    ("no such table", TableMissingError, None),
    ("no such column", ColumnMissingError, _APPLY),
    ("unable to open database file", AddressError, "check the path and its permissions"),
    ("not a database", AddressError, "name a SQLite file"),
    ("malformed", AddressError, "the file is damaged; restore it from a backup"),
    ("password authentication failed", AccessError, "check user and password"),
    ("access denied", AccessError, "check user and password"),
    ("does not exist", AddressError, "check the name of the database"),
    ("refused", AddressError, "check host and port, and that the server runs"),
    ("failed to resolve host", AddressError, "check the host"),
)


@contextmanager
def refusals(target: str) -> Iterator[None]:
    """Turn every error of the database inside into a `ConnectorError`.

    Only the first line of the database's own words is kept, because the rest can quote data.
    """
    try:
        yield
    except exc.SQLAlchemyError as error:
        raise _translated(error, target) from error


def _translated(error: exc.SQLAlchemyError, target: str) -> ConnectorError:
    original = error.orig if isinstance(error, exc.DBAPIError) and error.orig else error
    words = next(iter(str(original).splitlines()), type(original).__name__)
    kind, hint = _classified(error, getattr(original, "sqlstate", None) or "", words.casefold())
    return kind(f"{target}: {words}", hint)


def _classified(
    error: exc.SQLAlchemyError, state: str, words: str
) -> tuple[type[ConnectorError], str | None]:
    for start, kind, hint in _BY_STATE:
        if state.startswith(start):
            return kind, hint
    for part, kind, hint in _BY_WORDS:
        if part in words and not state:
            return kind, hint
    if isinstance(error, exc.IntegrityError | exc.DataError):
        return BatchRefusedError, None
    if isinstance(error, exc.DBAPIError) and error.connection_invalidated:
        return BusyError, _LATER
    return ConnectorError, None
