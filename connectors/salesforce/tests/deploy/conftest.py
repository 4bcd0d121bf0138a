"""An org in which nothing of ours stands yet, and a store that remembers what was deployed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from connectors.salesforce.tests.deploy.crews import Crew

from leadpolicy.crm.store import open_store
from leadpolicy_salesforce.deploy import running
from leadpolicy_salesforce.secrets import Secrets
from leadpolicy_sandbox.salesforce.server import INTEGRATION, SalesforceSandbox


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask at once how a deploy stands."""
    monkeypatch.setattr(running, "FIRST_PAUSE", 0.001)


@pytest.fixture
def empty_org() -> Iterator[SalesforceSandbox]:
    """Return a practice org as it is when it is new."""
    with SalesforceSandbox() as running:
        yield running


@pytest.fixture
def crew_for(empty_org: SalesforceSandbox, tmp_path: Path) -> Iterator[Callable[..., Crew]]:
    """Return what opens a connector under a login, all with one store."""
    store, opened = open_store(tmp_path / "store.sqlite"), list[Crew]()

    def make(username: str = INTEGRATION, **options: object) -> Crew:
        def secrets() -> Secrets:
            return Secrets("session", {"SESSION_ID": empty_org.session(username)})

        opened.append(Crew.open(empty_org, store, secrets, options))
        return opened[-1]

    yield make
    for crew in opened:
        crew.connector.close()
    store.close()


@pytest.fixture
def crew(crew_for: Callable[..., Crew]) -> Crew:
    """Return a connector under the login of the integration."""
    return crew_for()
