"""From what a person types as an address to an engine, with nothing secret in any message."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy import exc

from leadpolicy.crm.connector import AddressError, ConnectorError
from leadpolicy.diagnostics import did_you_mean
from leadpolicy_generic.errors import refusals

_OPTIONS: Final = ("batch_rows", "busy_seconds")
_PROBES: Final = {"sqlite": "SELECT count(*) FROM sqlite_schema", "oracle": "SELECT 1 FROM dual"}
_FORMS: Final = "write `crm.db`, `sqlite:///crm.db` or `postgresql://user:password@host/database`"
_DRIVERS: Final = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}


def open_engine(address: str, busy_seconds: float) -> sa.Engine:
    """Return an engine that was connected once; raises `AddressError` or `AccessError`.

    A file that does not exist is an error, never made.
    """
    url = _parsed(address)
    is_sqlite = url.get_backend_name() == "sqlite"
    if is_sqlite:
        _refuse_no_file(url)
    try:
        settings = {"timeout": busy_seconds} if is_sqlite else {}
        engine = sa.create_engine(url, connect_args=settings, hide_parameters=True)
    except (exc.NoSuchModuleError, ImportError) as error:
        raise _no_driver(url, error) from None
    try:
        with refusals(shown(url)), engine.connect() as connection:
            connection.execute(sa.text(_PROBES.get(url.get_backend_name(), "SELECT 1")))
    except BaseException:
        engine.dispose()
        raise
    return engine


def shown(url: sa.URL) -> str:
    """Return an address without user, password, driver and query."""
    if url.get_backend_name() == "sqlite":
        return f"sqlite:///{_file(url)}"
    place = f"{url.host or ''}:{url.port}" if url.port else url.host or ""
    return f"{url.get_backend_name()}://{place}/{url.database or ''}"


def read_options(options: Mapping[str, object]) -> tuple[int, float]:
    """Return the rows of a batch and the seconds to wait for a lock."""
    for name in options:
        if name not in _OPTIONS:
            raise ConnectorError(
                f"the connector `generic` has no option `{name}`", did_you_mean(name, _OPTIONS)
            )
    rows = options.get("batch_rows", 500)
    if isinstance(rows, bool) or not isinstance(rows, int) or rows < 1:
        raise ConnectorError("the option `batch_rows` has to be a whole number above 0")
    wait = options.get("busy_seconds", 5.0)
    if isinstance(wait, bool) or not isinstance(wait, int | float) or not wait > 0:
        raise ConnectorError("the option `busy_seconds` has to be a number above 0")
    return rows, float(wait)


def _parsed(address: str) -> sa.URL:
    text = address if "://" in address else f"sqlite:///{address}"
    try:
        url = sa.make_url(text)
    except (exc.ArgumentError, ValueError):
        raise AddressError("the address of the database cannot be read", _FORMS) from None
    return url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))


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
        package = "leadpolicy-generic[postgres]" if name == "psycopg" else name
        return AddressError(
            f"the driver `{name}` for {backend} is not installed", f"run `pip install {package}`"
        )
    known = ("sqlite", "postgresql", "mysql", "mariadb", "mssql", "oracle")
    return AddressError(f"`{backend}` is no database that is known", did_you_mean(backend, known))
