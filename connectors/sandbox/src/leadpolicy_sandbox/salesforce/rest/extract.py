"""Bulk API 2.0 query: the answer to a query as CSV, in parts."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Final

from werkzeug import Request, Response

from leadpolicy_sandbox.salesforce.org.results import OrgError
from leadpolicy_sandbox.salesforce.org.schema import User
from leadpolicy_sandbox.salesforce.rest.answers import answered, body
from leadpolicy_sandbox.salesforce.rest.bulk import CSV, common_routes, found, made, release, table
from leadpolicy_sandbox.salesforce.service.jobs import Job
from leadpolicy_sandbox.salesforce.site import Route, Site, signed_in
from leadpolicy_sandbox.salesforce.soql.answering import answer
from leadpolicy_sandbox.salesforce.soql.nodes import Query
from leadpolicy_sandbox.salesforce.soql.parsing import parse

PART: Final = 50_000
"""How many records a part has where nobody asks for less."""

_BASE: Final = "/services/data/v<version>/jobs/query"


def create(site: Site, request: Request, user: User | None, given: dict[str, str]) -> Response:
    """Make a job, which is ready at once."""
    user = signed_in(user)
    data = body(request)
    job = made(site, user, given, "query", data)
    job.query = str(data.get("query", ""))
    query = parse(job.query)
    _refuse_what_bulk_cannot(query)
    answer(site.org, user, job.query, place="")
    job.object = site.org.object(query.source.path).name
    site.jobs.all[job.id] = job
    release(site, job)
    return answered(job.info())


def _refuse_what_bulk_cannot(query: Query) -> None:
    """Refuse groups, offsets and queries within the query, which bulk jobs do not take."""
    if query.group or query.offset or any(isinstance(one.what, Query) for one in query.items):
        message = "Aggregate queries, OFFSET and nested queries are not supported in bulk queries"
        raise OrgError(400, "API_ERROR", message)


def work(site: Site, job: Job) -> None:
    """Answer the query of a job."""
    user = signed_in(site.org.user(job.user))
    deleted = job.operation == "queryAll"
    found = answer(site.org, user, job.query, place="", deleted=deleted)
    records = [_flat(record) for record in found.records(0, found.total)]
    job.header = list(found.header)
    job.succeeded = [[record.get(name, "") for name in job.header] for record in records]
    job.processed = len(records)
    job.state = "JobComplete"


def _flat(record: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return a record as one line; fields of other records have their way before them."""
    line: dict[str, str] = {}
    for name, value in record.items():
        if name == "attributes":
            continue
        if isinstance(value, dict):
            line |= _flat(value, f"{prefix}{name}.")
        else:
            line[prefix + name] = _text(value)
    return line


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).replace("+0000", "Z") if isinstance(value, str) else str(value)


def results(site: Site, request: Request, _user: User | None, given: dict[str, str]) -> Response:
    """Return a part of the answer; `Sforce-Locator` names the next one, or is `null`."""
    job = found(site, given, "query", work)
    if job.state != "JobComplete":
        raise OrgError(400, "INVALIDJOBSTATE", f"Job is in state {job.state}, not JobComplete")
    start = _start(request.args.get("locator"))
    size = max(request.args.get("maxRecords", PART, type=int), 1)
    rows: Sequence[Sequence[str]] = job.succeeded[start : start + size]
    end = start + len(rows)
    locator = _locator(end) if end < len(job.succeeded) else "null"
    headers = {"Sforce-Locator": locator, "Sforce-NumberOfRecords": str(len(rows))}
    return Response(table(job, job.header, rows), headers=headers, content_type=CSV)


def _locator(start: int) -> str:
    return base64.urlsafe_b64encode(str(start).encode()).decode().rstrip("=")


def _start(locator: str | None) -> int:
    if not locator:
        return 0
    try:
        return int(base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)))
    except ValueError:
        message = f"Invalid query locator: {locator}"
        raise OrgError(400, "INVALID_QUERY_LOCATOR", message) from None


ROUTES = (
    Route(("POST",), _BASE, create),
    Route(("GET",), f"{_BASE}/<job>/results", results),
    *common_routes("query", work),
)
