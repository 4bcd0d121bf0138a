from collections.abc import Iterator
from pathlib import Path

import pytest

from leadpolicy.crm.store.contract import Lock
from leadpolicy.crm.store.sql_store import SqlStore
from stores import Place, postgres_place, sqlite_place, sync_lock


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Return where a store will lie, once in each database."""
    with sqlite_place(tmp_path) if request.param == "sqlite" else postgres_place() as found:
        yield found


@pytest.fixture
def store(place: Place) -> SqlStore:
    """Return a store that is closed with the test."""
    return place.open()


@pytest.fixture
def lock(store: SqlStore) -> Lock:
    """Return the sync lock."""
    return sync_lock(store)
