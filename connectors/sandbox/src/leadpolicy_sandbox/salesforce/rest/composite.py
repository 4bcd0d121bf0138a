"""Composite: up to 25 requests in one call, each of which may use the answers before it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from werkzeug import Request, Response
from werkzeug.test import EnvironBuilder

from leadpolicy_sandbox.salesforce.org.results import OrgError
from leadpolicy_sandbox.salesforce.org.schema import User
from leadpolicy_sandbox.salesforce.rest.answers import answered, body, error_of
from leadpolicy_sandbox.salesforce.site import Route, Site, signed_in

MOST: Final = 25
MOST_QUERIES: Final = 5
"""How many requests there may be, and how many of them queries and collections."""

_BASE: Final = "/services/data/v<version>/composite"
_REFERENCE: Final = re.compile(r"@\{(\w+)((?:\.\w+|\[\d+\])*)\}")
_STEP: Final = re.compile(r"\.(\w+)|\[(\d+)\]")
_NAME: Final = re.compile(r"[A-Za-z0-9]\w*")
_COUNTED: Final = re.compile(r"/services/data/v[\d.]+/(query|queryAll|composite/sobjects)\b")
_ALLOWED: Final = re.compile(
    r"/services/data/v[\d.]+/(sobjects|query|queryAll|composite/sobjects)\b"
)
_HALTED: Final = OrgError(
    400,
    "PROCESSING_HALTED",
    "The transaction was rolled back since another operation in the same transaction failed.",
)


class MissingReferenceError(Exception):
    """A request uses an answer that has no such part."""


def composite(site: Site, request: Request, user: User | None, _given: dict[str, str]) -> Response:
    """Answer several requests, which may use each other's answers."""
    user = signed_in(user)
    data = body(request)
    parts = _checked(data.get("compositeRequest"))
    run = _Run(site, request, user)
    if data.get("allOrNone") is not True:
        return answered({"compositeResponse": [run.part(one) for one in parts]})
    return answered({"compositeResponse": _whole(site, run, parts)})


def _whole(site: Site, run: _Run, parts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Answer all of the requests, or none once one is refused."""
    with site.org.savepoint() as point:
        told: list[dict[str, Any]] = []
        for part in parts:
            told.append(run.part(_strict(part)))
            if told[-1]["httpStatusCode"] >= 400 or _has_failed(told[-1]["body"]):
                point.rollback()
                break
        else:
            return told
    failed = told.pop()
    others = [*parts[: len(told)], *parts[len(told) + 1 :]]
    halted = [_told(one["referenceId"], [error_of(_HALTED)], 400) for one in others]
    return [*halted[: len(told)], failed, *halted[len(told) :]]


def _strict(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a request whose collection, if it has one, is all or none as well."""
    inner = part.get("body")
    if isinstance(inner, dict) and "records" in inner:
        return {**part, "body": {**inner, "allOrNone": True}}
    return part


def _has_failed(told: Any) -> bool:
    return isinstance(told, list) and any(
        isinstance(one, dict) and one.get("success") is False for one in told
    )


class _Run:
    """The requests of one call, and what was answered to those before."""

    def __init__(self, site: Site, outer: Request, user: User) -> None:
        self._site, self._outer, self._user = site, outer, user
        self._answers: dict[str, Any] = {}

    def part(self, part: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one request."""
        reference = part["referenceId"]
        try:
            request = self._request(_resolved(dict(part), self._answers))
        except MissingReferenceError as error:
            refused = OrgError(400, "PROCESSING_HALTED", str(error))
            return _told(reference, [error_of(refused)], 400)
        response = self._site.inner(request, self._user)
        told = json.loads(response.get_data()) if response.get_data() else None
        if response.status_code < 400:
            self._answers[reference] = told
        headers = {"Location": response.location} if response.location else {}
        return _told(reference, told, response.status_code, headers)

    def _request(self, part: Mapping[str, Any]) -> Request:
        given = part.get("httpHeaders")
        return inner_request(self._outer, part["method"], part["url"], part.get("body"), given)


def inner_request(
    outer: Request, method: str, url: str, data: Any, headers: Mapping[str, str] | None = None
) -> Request:
    """Return a request as it would have come by itself."""
    text = None if data is None else json.dumps(data, default=float)
    environ = EnvironBuilder(
        path=url,
        method=method,
        base_url=outer.host_url,
        data=text,
        content_type="application/json",
        headers=list((headers or {}).items()),
    ).get_environ()
    return Request(environ)


def _checked(parts: Any) -> list[dict[str, Any]]:
    """Return the requests; raises `OrgError` when there are too many or one has no name."""
    if not isinstance(parts, list) or not all(isinstance(one, dict) for one in parts):
        raise OrgError(400, "JSON_PARSER_ERROR", "compositeRequest must be a list")
    for part in parts:
        _check_part(part)
    _refuse_too_many(parts)
    names = [one["referenceId"] for one in parts]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise OrgError(400, "INVALID_REQUEST", f"Duplicate reference id specified: {twice}")
    return parts


def _check_part(part: Mapping[str, Any]) -> None:
    name = part.get("referenceId")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        message = (
            f"Provided referenceId ('{name}') must start with a letter or a number, and it can "
            "contain only letters, numbers and underscores ('_')."
        )
        raise OrgError(400, "JSON_PARSER_ERROR", message)
    url = part.get("url")
    if not isinstance(part.get("method"), str) or not isinstance(url, str):
        raise OrgError(400, "JSON_PARSER_ERROR", "method and url must be specified")
    if not _ALLOWED.match(url):
        message = f"The resource {url} can not be used in a composite request"
        raise OrgError(400, "INVALID_REQUEST", message)


def _refuse_too_many(parts: Sequence[Mapping[str, Any]]) -> None:
    if not 0 < len(parts) <= MOST:
        message = f"Composite requests must have between 1 and {MOST} subrequests"
        raise OrgError(400, "LIMIT_EXCEEDED", message)
    if sum(bool(_COUNTED.match(one["url"])) for one in parts) > MOST_QUERIES:
        message = (
            f"At most {MOST_QUERIES} subrequests of a composite request can be queries or "
            "sObject Collections operations"
        )
        raise OrgError(400, "LIMIT_EXCEEDED", message)


def _resolved(value: Any, answers: Mapping[str, Any]) -> Any:
    """Return a request in which references are replaced by what was answered."""
    if isinstance(value, dict):
        return {name: _resolved(one, answers) for name, one in value.items()}
    if isinstance(value, list):
        return [_resolved(one, answers) for one in value]
    if not isinstance(value, str) or "@{" not in value:
        return value
    alone = _REFERENCE.fullmatch(value)
    if alone:
        return _looked_up(alone, answers)
    return _REFERENCE.sub(lambda found: str(_looked_up(found, answers)), value)


def _looked_up(found: re.Match[str], answers: Mapping[str, Any]) -> Any:
    wrong = MissingReferenceError(f"Invalid reference specified. No value for {found[0][2:-1]}")
    if found[1] not in answers:
        raise wrong
    value = answers[found[1]]
    for name, place in _STEP.findall(found[2]):
        try:
            value = value[int(place)] if place else value[name]
        except (KeyError, IndexError, TypeError):
            raise wrong from None
    return value


def _told(
    reference: str, told: Any, status: int, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    return {
        "body": told,
        "httpHeaders": dict(headers or {}),
        "httpStatusCode": status,
        "referenceId": reference,
    }


def batch(site: Site, request: Request, user: User | None, _given: dict[str, str]) -> Response:
    """Answer independent requests, each of which is billed by itself."""
    user = signed_in(user)
    data = body(request)
    parts = data.get("batchRequests")
    if not isinstance(parts, list) or not 0 < len(parts) <= MOST:
        message = f"Batch requests must have between 1 and {MOST} subrequests"
        raise OrgError(400, "LIMIT_EXCEEDED", message)
    site.usage.take(len(parts) - 1)
    results: list[dict[str, Any]] = []
    for part in parts:
        halted = data.get("haltOnError") is True and _any_failed(results)
        results.append(_stopped() if halted else _single(site, request, user, part))
    return answered({"hasErrors": _any_failed(results), "results": results})


def _any_failed(results: Sequence[Mapping[str, Any]]) -> bool:
    return any(one["statusCode"] >= 400 for one in results)


def _stopped() -> dict[str, Any]:
    error = OrgError(412, "BATCH_PROCESSING_HALTED", "Batch processing halted per request")
    return {"statusCode": error.status, "result": [error_of(error)]}


def _single(site: Site, outer: Request, user: User, part: Mapping[str, Any]) -> dict[str, Any]:
    url = "/services/data/" + str(part["url"]).removeprefix("/services/data/").lstrip("/")
    request = inner_request(outer, str(part["method"]), url, part.get("richInput"))
    response = site.inner(request, user)
    told = json.loads(response.get_data()) if response.get_data() else None
    return {"statusCode": response.status_code, "result": told}


ROUTES = (
    Route(("POST",), _BASE, composite),
    Route(("POST",), f"{_BASE}/batch", batch),
)
