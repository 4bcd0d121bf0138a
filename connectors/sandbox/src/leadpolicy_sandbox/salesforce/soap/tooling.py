"""The Tooling API: queries for setup, and single components changed by their ids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug import Request, Response

from leadpolicy_sandbox.salesforce.org import Org, OrgError, SetupError, User
from leadpolicy_sandbox.salesforce.rest.answers import answered, body, nothing
from leadpolicy_sandbox.salesforce.site import Route, Site
from leadpolicy_sandbox.salesforce.soap import saving
from leadpolicy_sandbox.salesforce.soap.components import KINDS
from leadpolicy_sandbox.salesforce.soap.reading import ComponentError, in_order
from leadpolicy_sandbox.salesforce.soap.rights import may_customize
from leadpolicy_sandbox.salesforce.soap.shapes import SHAPES
from leadpolicy_sandbox.salesforce.soap.tooling_query import COLUMNS, find, rows_of
from leadpolicy_sandbox.salesforce.soap.tooling_values import metadata_json, values_of

_BASE = "/services/data/v<version>/tooling"


def query(site: Site, request: Request, user: User | None, args: dict[str, str]) -> Response:
    """Answer a query for components or other setup."""
    text = request.args.get("q")
    if not text:
        raise OrgError(400, "MALFORMED_QUERY", "A query string has to be specified")
    place = f"/services/data/v{args['version']}/tooling"
    return answered(find(site.org, _customizer(site.org, user), text, place))


def describe(site: Site, request: Request, user: User | None, args: dict[str, str]) -> Response:
    """List the types of components that this API has here."""
    place = f"/services/data/v{args['version']}/tooling/sobjects"
    listed = [
        {"name": name, "label": name, "queryable": True, "urls": {"sobject": f"{place}/{name}"}}
        for name in COLUMNS
    ]
    return answered({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": listed})


def create(site: Site, request: Request, user: User | None, args: dict[str, str]) -> Response:
    """Make a component from its full name and its metadata."""
    org, type_name = site.org, _type(args["type"])
    given = body(request)
    name = str(given.get("FullName") or "")
    values = values_of(type_name, _metadata(given))
    _save(org, user, saving.Item(type_name, name, values), saving.create)
    id = KINDS[type_name].ident(org, name)
    told = {"id": id, "success": True, "errors": [], "warnings": [], "infos": []}
    return answered(told, 201)


def read(site: Site, request: Request, user: User | None, args: dict[str, str]) -> Response:
    """Read a component by its id."""
    org, type_name = site.org, _type(args["type"])
    _customizer(org, user)
    row = _row(org, type_name, args["id"])
    place = f"/services/data/v{args['version']}/tooling/sobjects/{type_name}/{row['Id']}"
    flat = {name: value for name, value in row.items() if "." not in name}
    metadata = metadata_json(org, type_name, row["FullName"])
    return answered({"attributes": {"type": type_name, "url": place}, **flat, "Metadata": metadata})


def update(site: Site, request: Request, user: User | None, args: dict[str, str]) -> Response:
    """Replace the metadata of a component."""
    org, type_name = site.org, _type(args["type"])
    name = _row(org, type_name, args["id"])["FullName"]
    values = values_of(type_name, _metadata(body(request)))
    _save(
        org, user, saving.Item(type_name, name, in_order(values, SHAPES[type_name])), saving.update
    )
    return nothing()


def delete(site: Site, request: Request, user: User | None, args: dict[str, str]) -> Response:
    """Delete a component."""
    org, type_name = site.org, _type(args["type"])
    name = _row(org, type_name, args["id"])["FullName"]
    _save(org, user, saving.Item(type_name, name, {}), saving.delete)
    return nothing()


def _type(name: str) -> str:
    types = {known.lower(): known for known in COLUMNS}
    if name.lower() not in types:
        raise OrgError(404, "NOT_FOUND", "The requested resource does not exist")
    return types[name.lower()]


def _row(org: Org, type_name: str, id: str) -> dict[str, Any]:
    for row in rows_of(org, type_name):
        if id in (row["Id"], row["Id"][:15]):
            return row
    raise OrgError(404, "NOT_FOUND", "The requested resource does not exist")


def _metadata(given: dict[str, Any]) -> dict[str, Any]:
    metadata = given.get("Metadata")
    if not isinstance(metadata, dict):
        raise OrgError(
            400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Metadata]", ("Metadata",)
        )
    return metadata


def _customizer(org: Org, user: User | None) -> User:
    if user is None or not may_customize(org, user):
        raise OrgError(403, "INSUFFICIENT_ACCESS", "insufficient access rights on object id")
    return user


def _save(org: Org, user: User | None, item: saving.Item, saver: saving.Saver) -> None:
    somebody = _customizer(org, user)
    try:
        with org.savepoint():
            saver(org, somebody, item)
    except SetupError as refused:
        raise OrgError(400, refused.code, refused.problem) from None
    except ComponentError as refused:
        raise OrgError(400, refused.code, refused.message, refused.fields) from None


def _routes(path: str, *answers: tuple[str, Callable[..., Response]]) -> tuple[Route, ...]:
    return tuple(Route((method,), f"{_BASE}{path}", endpoint) for method, endpoint in answers)


ROUTES: tuple[Route, ...] = (
    *_routes("/query", ("GET", query)),
    *_routes("/describe", ("GET", describe)),
    *_routes("/sobjects", ("GET", describe)),
    *_routes("/sobjects/<type>", ("POST", create)),
    *_routes("/sobjects/<type>/<id>", ("GET", read), ("PATCH", update), ("DELETE", delete)),
)
