"""A practice Salesforce for each test, and the unmodified client that is logged in to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from connectors.sandbox.tests.rest.plain import connect

from leadpolicy_sandbox.salesforce.org import FieldDef, FieldPermission, PermissionSet
from leadpolicy_sandbox.salesforce.server import INTEGRATION, SalesforceSandbox

KEY = FieldDef(
    "lp_key__c",
    "string",
    "Key",
    custom=True,
    length=255,
    external_id=True,
    unique=True,
    case_sensitive=True,
)
TWIN = FieldDef("Twin__c", "string", "Twin", custom=True, length=20, external_id=True)
SCORE = FieldDef("lp_score__c", "double", "Score", custom=True, precision=18, scale=2)
FIELDS = (KEY, SCORE, TWIN)


def with_fields(sandbox: SalesforceSandbox) -> SalesforceSandbox:
    """Give leads two keys, one of which need not be unique, and a score, for our user to see."""
    for field in FIELDS:
        sandbox.org.upsert_field(None, "Lead", field)
    names = [f"Lead.{field.name}" for field in FIELDS]
    allowed = {name: FieldPermission(name, readable=True, editable=True) for name in names}
    sandbox.org.upsert_permission_set(None, PermissionSet("Ours", "Ours", fields=allowed))
    sandbox.org.assign(None, "Ours", INTEGRATION)
    return sandbox


@pytest.fixture
def sandbox() -> Iterator[SalesforceSandbox]:
    """Return a running practice Salesforce with a key and a score on leads."""
    with with_fields(SalesforceSandbox()) as running:
        yield running


@pytest.fixture
def sf(sandbox: SalesforceSandbox) -> Any:
    """Return a client that is logged in as the integration user."""
    return connect(sandbox)
