"""From what a person types as an address to a server, a database and a login."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from leadpolicy.crm.connector import AccessError, AddressError

PASSWORD_VARIABLE: Final = "LEADPOLICY_TRYTON_PASSWORD"  # noqa: S105 -- the name of a variable
_FORM: Final = "write `https://user@host:8000/database`"


@dataclass(frozen=True, slots=True)
class Address:
    """A database of a Tryton server and who logs in; the password shows in no repr."""

    server: str
    database: str
    user: str
    password: str = field(repr=False)

    @property
    def shown(self) -> str:
        """The address without user and password."""
        return f"{self.server}/{self.database}"


def read_address(url: str, environment: Mapping[str, str] = os.environ) -> Address:
    """Return the address; without a password in it, an environment variable holds the password.

    Raises `AddressError` and `AccessError`, which never quote what was typed.

    >>> read_address("http://ada:secret@localhost:8000/crm", {})
    Address(server='http://localhost:8000', database='crm', user='ada')
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise AddressError("the address of the Tryton server cannot be read", _FORM) from None
    database = parts.path.strip("/")
    if parts.scheme not in {"http", "https"} or not host or not database or "/" in database:
        raise AddressError("the address of the Tryton server is not complete", _FORM)
    if not parts.username:
        raise AddressError("the address of the Tryton server names no user", _FORM)
    password = unquote(parts.password or "") or environment.get(PASSWORD_VARIABLE, "")
    if not password:
        hint = f"put it into the environment variable `{PASSWORD_VARIABLE}`"
        raise AccessError("no password is given for the Tryton server", hint)
    host = f"[{host}]" if ":" in host else host
    server = f"{parts.scheme}://{host}:{port}" if port else f"{parts.scheme}://{host}"
    return Address(server, unquote(database), unquote(parts.username), password)
