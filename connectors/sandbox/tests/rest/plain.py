"""The unmodified client of Salesforce, sent to a practice server that speaks plain HTTP."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError

from leadpolicy_sandbox.salesforce.server import INTEGRATION, SalesforceSandbox
from leadpolicy_sandbox.salesforce.service.access import CONSUMER_KEY, CONSUMER_SECRET


class PlainHttp(HTTPAdapter):
    """Sends what was meant for a host of Salesforce to another address."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._place = urlsplit(url)[:2]

    def send(self, request: requests.PreparedRequest, **more: Any) -> requests.Response:  # type: ignore[override]
        """Send a request."""
        request.url = urlunsplit((*self._place, *urlsplit(str(request.url))[2:]))
        return super().send(request, **more)


def plain_session(url: str) -> requests.Session:
    """Return a session whose requests all go to one address."""
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", PlainHttp(url))
    return session


def connect(sandbox: SalesforceSandbox, version: str = "63.0", **how: str) -> Any:
    """Return a client that is logged in, by client credentials where nothing else is given."""
    given: dict[str, Any] = dict(how) or {
        "consumer_key": CONSUMER_KEY,
        "consumer_secret": CONSUMER_SECRET,
        "domain": "practice.my",
    }
    return Salesforce(session=plain_session(sandbox.url), version=version, **given)


def add(sandbox: SalesforceSandbox, name: str = "Lead", **values: object) -> str:
    """Put a record into the org, a lead where nothing else is said, and return its id."""
    given = {"LastName": "Meier", "Company": "ACME", **values} if name == "Lead" else values
    made = sandbox.org.create(sandbox.org.users[INTEGRATION], name, given)
    assert made.id is not None, made.errors
    return made.id


def said(caught: pytest.ExceptionInfo[SalesforceError]) -> Any:
    """Return what the body of a refusal was."""
    return caught.value.content
