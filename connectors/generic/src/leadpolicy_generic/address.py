"""From what a person types as an address to an engine, with nothing secret in any message."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import exc

from leadpolicy.crm.connector import AddressError
from leadpolicy.diagnostics import did_you_mean
from leadpolicy_generic.databases import database_of
from leadpolicy_generic.errors import Place, refusals

_PROBES: Final = {"sqlite": "SELECT count(*) FROM sqlite_schema", "oracle": "SELECT 1 FROM dual"}
_FORMS: Final = "write `crm.db`, `sqlite:///crm.db` or `postgresql://user:password@host/database`"
_ENCODE: Final = "write `@`, `/`, `:`, `?` and `#` of a password as %40, %2F, %3A, %3F and %23"
_DRIVERS: Final = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
_EXTRAS: Final = {"psycopg": "postgres", "pymysql": "mariadb"}
_KNOWN: Final = ("sqlite", "postgresql", "mariadb", "mysql", "mssql", "oracle")


def open_engine(address: str, busy_seconds: float) -> tuple[sa.Engine, Place]:
    """Return an engine that was connected once; raises `AddressError` or `AccessError`.

    A file that does not exist is an error, never made.
    """
    url = _parsed(address)
    if url.get_backend_name() == "sqlite":
        _refuse_no_file(url)
    engine, place = _made(url, busy_seconds), place_of(url)
    try:
        database_of(engine.dialect.name).prepare(engine)
        with refusals(place, opening=True), engine.connect() as connection:
            connection.execute(sa.text(_PROBES.get(url.get_backend_name(), "SELECT 1")))
    except (TypeError, ValueError):
        engine.dispose()
        raise AddressError(f"{place.name}: the driver cannot read the address", _FORMS) from None
    except BaseException:
        engine.dispose()
        raise
    return engine, place


def place_of(url: sa.URL) -> Place:
    """Return an address without user, password, driver and query, and what must not be shown."""
    hidden = [url.password, *url.normalized_query.get("password", ())]
    hidden += [value for values in url.normalized_query.values() for value in values]
    secrets = tuple(sorted({str(text) for text in hidden if text}, key=len, reverse=True))
    if url.get_backend_name() == "sqlite":
        return Place(f"sqlite:///{_file(url)}", secrets)
    where = f"{url.host or ''}:{url.port}" if url.port else url.host or ""
    return Place(f"{url.get_backend_name()}://{where}/{url.database or ''}", secrets)


def _made(url: sa.URL, busy_seconds: float) -> sa.Engine:
    try:
        arguments = _arguments(url, busy_seconds)
        is_server = url.get_backend_name() != "sqlite"
        return sa.create_engine(
            url, connect_args=arguments, hide_parameters=True, pool_pre_ping=is_server
        )
    except (exc.NoSuchModuleError, ImportError) as error:
        raise _no_driver(url, error) from None
    except exc.ArgumentError:
        raise AddressError("the address of the database cannot be read", _FORMS) from None


def _arguments(url: sa.URL, busy_seconds: float) -> dict[str, Any]:
    """Return how long to wait for a lock, for a server, and for a server that fell silent."""
    match url.get_backend_name():
        case "sqlite":
            return {"timeout": busy_seconds}
        case "postgresql":
            waits: dict[str, Any] = {"connect_timeout": 10, "tcp_user_timeout": 60_000}
        case "mysql" | "mariadb":
            waits = {"connect_timeout": 10, "read_timeout": 600, "write_timeout": 60}
            # The driver takes text for Latin-1, and the server wants what it was given.
            waits |= {"password": url.password.encode()} if url.password else {}
        case _:
            waits = {}
    return {name: value for name, value in waits.items() if name not in url.query}


def _parsed(address: str) -> sa.URL:
    text = address if "://" in address else f"sqlite:///{address}"
    try:
        url = sa.make_url(text)
    except (exc.ArgumentError, ValueError):
        raise AddressError("the address of the database cannot be read", _FORMS) from None
    _refuse_spilled_password(url)
    return url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))


def _refuse_spilled_password(url: sa.URL) -> None:
    """Refuse an address in which a piece of a password may have become a host or a file.

    A file may have an @ in its name.
    """
    is_sqlite = url.get_backend_name() == "sqlite"
    shown = (url.host if is_sqlite else f"{url.host}{url.database}") or ""
    is_lost = is_sqlite and "@" in (url.database or "") and not Path(_file(url)).is_file()
    if is_lost or (shown if is_sqlite else "@" in shown):
        raise AddressError("the address of the database cannot be read", f"{_FORMS}; {_ENCODE}")


def _file(url: sa.URL) -> str:
    name = url.database or ""
    is_path = name not in {"", ":memory:"} and not name.startswith("file:")
    return Path(name).resolve().as_posix() if is_path else name


def _refuse_no_file(url: sa.URL) -> None:
    file = _file(url)
    if file not in {"", ":memory:"} and not file.startswith("file:") and not Path(file).is_file():
        raise AddressError(f"there is no database file `{file}`", "check the path")


def _no_driver(url: sa.URL, error: Exception) -> AddressError:
    backend = url.get_backend_name()
    if isinstance(error, ImportError):
        name = error.name or url.get_driver_name()
        package = f"'leadpolicy-generic[{_EXTRAS[name]}]'" if name in _EXTRAS else name
        return AddressError(
            f"the driver `{name}` for {backend} is not installed", f"run `pip install {package}`"
        )
    return AddressError(f"`{backend}` is no database that is known", did_you_mean(backend, _KNOWN))
