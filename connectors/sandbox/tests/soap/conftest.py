"""A sandbox for each test, and one reading of the WSDL for all."""

from collections.abc import Iterator
from typing import Any

import pytest
from connectors.sandbox.tests.soap.clients import MetadataClient, client_of, open_wsdl

from leadpolicy_sandbox.salesforce.server import SalesforceSandbox


@pytest.fixture
def sandbox() -> Iterator[SalesforceSandbox]:
    """A practice Salesforce as it comes."""
    with SalesforceSandbox() as running:
        yield running


@pytest.fixture(scope="session")
def wsdl() -> Any:
    """The WSDL of the Metadata API."""
    return open_wsdl()


@pytest.fixture
def metadata(sandbox: SalesforceSandbox, wsdl: Any) -> MetadataClient:
    """A client of an admin."""
    return client_of(wsdl, sandbox)
