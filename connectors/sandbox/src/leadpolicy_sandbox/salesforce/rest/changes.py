"""What was changed and what was deleted in a span of time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from werkzeug import Request, Response

from leadpolicy_sandbox.salesforce.org.results import OrgError
from leadpolicy_sandbox.salesforce.org.schema import User
from leadpolicy_sandbox.salesforce.rest.answers import answered
from leadpolicy_sandbox.salesforce.site import Route, Site, signed_in
from leadpolicy_sandbox.salesforce.soql.values import moment

_BASE: Final = "/services/data/v<version>/sobjects/<object>"


def updated(site: Site, request: Request, user: User | None, given: dict[str, str]) -> Response:
    """List the ids of records that were made or changed."""
    user = signed_in(user)
    start, end = _span(request)
    ids, covered = site.org.updated(given["object"], start, end)
    return answered({"ids": ids, "latestDateCovered": moment(covered)})


def deleted(site: Site, request: Request, user: User | None, given: dict[str, str]) -> Response:
    """List the records that were deleted."""
    user = signed_in(user)
    start, end = _span(request)
    records, earliest, covered = site.org.deleted(given["object"], start, end)
    return answered(
        {
            "deletedRecords": [
                {"id": id, "deletedDate": moment(deleted)} for id, deleted in records
            ],
            "earliestDateAvailable": moment(earliest),
            "latestDateCovered": moment(covered),
        }
    )


def _span(request: Request) -> tuple[datetime, datetime]:
    """Return start and end, their seconds left away as Salesforce does."""
    return _moment(request, "start"), _moment(request, "end")


def _moment(request: Request, name: str) -> datetime:
    text = request.args.get(name, "")
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        message = f"Invalid datetime: {text}" if text else f"{name} parameter is required"
        raise OrgError(400, "INVALID_FIELD", message) from None
    known = found if found.tzinfo else found.replace(tzinfo=UTC)
    return known.astimezone(UTC).replace(second=0, microsecond=0)


ROUTES = (
    Route(("GET",), f"{_BASE}/updated", updated),
    Route(("GET",), f"{_BASE}/deleted", deleted),
)
