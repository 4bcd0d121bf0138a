"""A practice org for each test, and what reaches it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from connectors.salesforce.tests.practice import KEYED, LOGIN, prepared

from leadpolicy_salesforce.client.address import read_address
from leadpolicy_salesforce.client.wire import Wire
from leadpolicy_salesforce.connector import SalesforceConnector
from leadpolicy_salesforce.options import Options
from leadpolicy_sandbox.salesforce.server import SalesforceSandbox


@pytest.fixture
def sandbox() -> Iterator[SalesforceSandbox]:
    """Return a practice org that serves, with the fields of `practice.COLUMNS` on its leads."""
    with SalesforceSandbox() as running:
        prepared(running.org)
        yield running


@pytest.fixture
def wire(sandbox: SalesforceSandbox) -> Iterator[Wire]:
    """Return a wire to the org that has not logged in yet."""
    opened = Wire(read_address(sandbox.url, {}), lambda: LOGIN, Options(timeout=5.0))
    yield opened
    opened.close()


@pytest.fixture
def connector(sandbox: SalesforceSandbox) -> Iterator[SalesforceConnector]:
    """Return a connector whose leads are told apart by `lp_key__c`."""
    options = {"timeout": 5.0, "bulk_min": 8}
    opened = SalesforceConnector(sandbox.url, KEYED, options, lambda: LOGIN)
    yield opened
    opened.close()
