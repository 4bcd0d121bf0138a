"""A Tryton server for the whole run, and a company of its own for each test."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from connectors.tryton.tests.crm import Crm, Person
from connectors.tryton.tests.tryton_server import (
    ADMIN_PASSWORD,
    INSTALL,
    TrytonServer,
    is_installed,
    running,
)


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[TrytonServer]:
    """Return a server on a copy of the prepared database."""
    if not is_installed():
        pytest.skip(f"Tryton is not installed: {INSTALL}")
    cache = request.config.cache if hasattr(request.config, "cache") else None
    folder = Path(tempfile.gettempdir()) / "leadpolicy-tryton"
    folder = folder if cache is None else cache.mkdir("tryton")
    with running(folder) as started:
        yield started


@pytest.fixture(scope="session")
def root(server: TrytonServer) -> Person:
    """Return the first administrator, who founds companies."""
    return Person(server.address, "admin", ADMIN_PASSWORD)


@pytest.fixture
def crm(server: TrytonServer, root: Person) -> Iterator[Crm]:
    """Return a company in which nothing has happened yet."""
    founded = Crm.founded(server, root)
    yield founded
    founded.close()


@pytest.fixture(scope="module")
def shared(server: TrytonServer, root: Person) -> Iterator[Crm]:
    """Return a company with one lead, for tests that only look."""
    founded = Crm.founded(server, root)
    founded.add_lead()
    yield founded
    founded.close()
