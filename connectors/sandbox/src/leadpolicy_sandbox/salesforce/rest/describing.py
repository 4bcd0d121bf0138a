"""What there is: versions of the API, objects, their fields, and what is left of the limits."""

from __future__ import annotations

from typing import Final

from werkzeug import Request, Response

from leadpolicy_sandbox.salesforce.org.results import OrgError
from leadpolicy_sandbox.salesforce.org.schema import User
from leadpolicy_sandbox.salesforce.rest.answers import answered
from leadpolicy_sandbox.salesforce.site import Route, Site, signed_in

FIRST, LAST = 31, 66
"""The versions that are served."""

_SEASONS: Final = ("Spring", "Summer", "Winter")
_BASE: Final = "/services/data/v<version>"
_RESOURCES: Final = ("tooling", "composite", "query", "queryAll", "sobjects", "limits", "jobs")
_DAILY: Final = ("DailyApiRequests", "DailyBulkApiBatches", "DailyBulkV2QueryJobs")
_BATCHES: Final = 15_000


def is_served(version: str) -> bool:
    """Tell whether there is a version of the API.

    >>> is_served("63.0"), is_served("20.0"), is_served("new")
    (True, False, False)
    """
    number, _, rest = version.partition(".")
    return number.isdigit() and rest == "0" and FIRST <= int(number) <= LAST


def versions(
    _site: Site, _request: Request, _user: User | None, _given: dict[str, str]
) -> Response:
    """List the versions of the API."""
    return answered([_version(number) for number in range(FIRST, LAST + 1)])


def _version(number: int) -> dict[str, str]:
    """Return a version; 63 is Spring '25, and there are three in a year."""
    season = _SEASONS[number % 3]
    year = 25 + (number - 63) // 3 + (season == "Winter")
    return {
        "label": f"{season} '{year}",
        "url": f"/services/data/v{number}.0",
        "version": f"{number}.0",
    }


def resources(
    _site: Site, _request: Request, _user: User | None, given: dict[str, str]
) -> Response:
    """List what a version offers."""
    base = f"/services/data/v{given['version']}"
    return answered({name: f"{base}/{name}" for name in _RESOURCES})


def objects(site: Site, _request: Request, user: User | None, given: dict[str, str]) -> Response:
    """Describe every object in short."""
    user = signed_in(user)
    return answered(_placed(site.org.describe_global(user), given["version"]))


def describe(site: Site, _request: Request, user: User | None, given: dict[str, str]) -> Response:
    """Describe one object with its fields."""
    user = signed_in(user)
    site.org.object(given["object"])
    return answered(_placed(site.org.describe(user, given["object"]), given["version"]))


def basics(site: Site, _request: Request, user: User | None, given: dict[str, str]) -> Response:
    """Describe one object in short."""
    user = signed_in(user)
    name = site.org.object(given["object"]).name
    every = site.org.describe_global(user)["sobjects"]
    found = next((one for one in every if one["name"] == name), None)
    if found is None:
        raise OrgError(404, "NOT_FOUND", "The requested resource does not exist")
    return answered({"objectDescribe": _placed(found, given["version"]), "recentItems": []})


def _placed(told: dict[str, object], version: str) -> dict[str, object]:
    """Return a description with URLs of the version that was asked for."""
    known = told.get("urls")
    if isinstance(known, dict):
        base = f"/services/data/v{version}/"
        urls = {
            name: base + "sobjects/" + url.partition("/sobjects/")[2]
            if "/sobjects/" in url
            else url
            for name, url in known.items()
        }
        told = {**told, "urls": urls}
    listed = told.get("sobjects")
    if isinstance(listed, list):
        told = {**told, "sobjects": [_placed(one, version) for one in listed]}
    return told


def limits(site: Site, _request: Request, _user: User | None, _given: dict[str, str]) -> Response:
    """Say what is left of the limits."""
    calls = {"Max": site.usage.limit, "Remaining": site.usage.left}
    batches = {"Max": _BATCHES, "Remaining": max(_BATCHES - site.jobs.made, 0)}
    return answered(dict(zip(_DAILY, (calls, batches, batches), strict=True)))


def record_count(
    site: Site, request: Request, user: User | None, _given: dict[str, str]
) -> Response:
    """Count the records of objects; objects without records are left out."""
    user = signed_in(user)
    names = [name for name in request.args.get("sObjects", "").split(",") if name]
    counts = {name: sum(1 for _ in site.org.rows(user, name)) for name in names}
    found = [{"count": count, "name": name} for name, count in counts.items() if count]
    return answered({"sObjects": found})


ROUTES = (
    Route(("GET",), "/services/data", versions, auth="none", metered=False),
    Route(("GET",), _BASE, resources),
    Route(("GET",), f"{_BASE}/limits", limits),
    Route(("GET",), f"{_BASE}/limits/recordCount", record_count),
    Route(("GET",), f"{_BASE}/sobjects", objects),
    Route(("GET",), f"{_BASE}/sobjects/<object>", basics),
    Route(("GET",), f"{_BASE}/sobjects/<object>/describe", describe),
)
