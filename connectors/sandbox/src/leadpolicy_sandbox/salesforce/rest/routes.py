"""Every route of the REST API."""

from __future__ import annotations

from leadpolicy_sandbox.salesforce.rest import (
    changes,
    collections,
    composite,
    describing,
    extract,
    ingest,
    login,
    querying,
    records,
)

ROUTES = (
    *login.ROUTES,
    *describing.ROUTES,
    *changes.ROUTES,
    *records.ROUTES,
    *querying.ROUTES,
    *composite.ROUTES,
    *collections.ROUTES,
    *ingest.ROUTES,
    *extract.ROUTES,
)
