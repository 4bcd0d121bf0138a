"""SOQL over HTTP, page by page."""

from __future__ import annotations

import re
from typing import Any, Final

from werkzeug import Request, Response

from leadpolicy_sandbox.salesforce.org.results import OrgError
from leadpolicy_sandbox.salesforce.org.schema import User
from leadpolicy_sandbox.salesforce.rest.answers import answered
from leadpolicy_sandbox.salesforce.service.cursors import Cursor
from leadpolicy_sandbox.salesforce.site import Route, Site, signed_in
from leadpolicy_sandbox.salesforce.soql.answering import answer

PAGE: Final = 2000
"""The most records of a page, and their number where nobody asks for less."""

_LEAST: Final = 200
_BASE: Final = "/services/data/v<version>"


def query(site: Site, request: Request, user: User | None, given: dict[str, str]) -> Response:
    """Answer a query."""
    return _answered(site, request, user, given, "query")


def query_all(site: Site, request: Request, user: User | None, given: dict[str, str]) -> Response:
    """Answer a query that finds deleted records too."""
    return _answered(site, request, user, given, "queryAll")


def _answered(
    site: Site, request: Request, user: User | None, given: dict[str, str], way: str
) -> Response:
    user = signed_in(user)
    text = request.args.get("q")
    if not text:
        raise OrgError(400, "MALFORMED_QUERY", "A query string has to be specified")
    place = f"/services/data/v{given['version']}"
    found = answer(site.org, user, text, place=place, deleted=way == "queryAll")
    size = page_size(request)
    told: dict[str, Any] = {"totalSize": found.total, "done": len(found.rows) <= size}
    if not told["done"]:
        cursor = site.cursors.open(user.id, found, size)
        told["nextRecordsUrl"] = f"{place}/{way}/{cursor.name}-{size}"
    return answered({**told, "records": found.records(0, size)})


def more(site: Site, _request: Request, user: User | None, given: dict[str, str]) -> Response:
    """Return the next page of an answer."""
    user = signed_in(user)
    cursor, start = site.cursors.get(user.id, given["locator"])
    end = start + cursor.size
    told: dict[str, Any] = {"totalSize": cursor.answer.total, "done": cursor.answer.total <= end}
    if not told["done"]:
        told["nextRecordsUrl"] = _next(given, cursor, end)
    return answered({**told, "records": cursor.answer.records(start, end)})


def _next(given: dict[str, str], cursor: Cursor, start: int) -> str:
    return f"/services/data/v{given['version']}/{given['way']}/{cursor.name}-{start}"


def page_size(request: Request) -> int:
    """Return how many records a page has, by `Sforce-Query-Options: batchSize=500`."""
    asked = re.search(r"batchSize\s*=\s*(\d+)", request.headers.get("Sforce-Query-Options", ""))
    return PAGE if asked is None else min(max(int(asked[1]), _LEAST), PAGE)


ROUTES = (
    Route(("GET",), f"{_BASE}/query", query),
    Route(("GET",), f"{_BASE}/queryAll", query_all),
    Route(("GET",), f"{_BASE}/<any(query, queryAll):way>/<locator>", more),
)
