"""Single records: made, read, changed and deleted, by their id or by an external id."""

from __future__ import annotations

from typing import Any, Final

from werkzeug import Request, Response

from leadpolicy_sandbox.salesforce.org import ids
from leadpolicy_sandbox.salesforce.org.results import OrgError, SaveResult, SeveralMatchError
from leadpolicy_sandbox.salesforce.org.schema import User
from leadpolicy_sandbox.salesforce.rest.answers import answered, body, nothing, saved, unsaved
from leadpolicy_sandbox.salesforce.rest.saving import Saver
from leadpolicy_sandbox.salesforce.site import Route, Site, signed_in
from leadpolicy_sandbox.salesforce.soql.selection import whole

_BASE: Final = "/services/data/v<version>/sobjects/<object>"
_SAYS_UPDATED: Final = 46


def create(site: Site, request: Request, user: User | None, given: dict[str, str]) -> Response:
    """Make a record."""
    user = signed_in(user)
    name = site.org.object(given["object"]).name
    result = Saver(site, user).create(name, _values(body(request)))
    if not result.success:
        return unsaved(result)
    place = f"/services/data/v{given['version']}/sobjects/{name}/{result.id}"
    return answered(saved(result), 201, {"Location": place})


def read(site: Site, request: Request, user: User | None, given: dict[str, str]) -> Response:
    """Read a record by its id."""
    user = signed_in(user)
    name = site.org.object(given["object"]).name
    return _shown(site, request, user, given, name, _id(given["id"]))


def read_by_key(site: Site, request: Request, user: User | None, given: dict[str, str]) -> Response:
    """Read a record by an external id."""
    user = signed_in(user)
    name = site.org.object(given["object"]).name
    found = _found(site, name, given["key"], given["value"])
    if len(found) > 1:
        return _several(given, name, found)
    if not found:
        raise _missing()
    return _shown(site, request, user, given, name, found[0])


def _shown(
    site: Site, request: Request, user: User, given: dict[str, str], name: str, id: str
) -> Response:
    row = site.org.get(user, name, id)
    if row is None:
        if site.org.get(user, name, id, deleted=True) is not None:
            raise OrgError(404, "ENTITY_IS_DELETED", "entity is deleted")
        raise _missing()
    fields = [field for field in request.args.get("fields", "").split(",") if field]
    shape = whole(site.org, user, name, f"/services/data/v{given['version']}", fields)
    return answered(shape.record(row))


def change(site: Site, request: Request, user: User | None, given: dict[str, str]) -> Response:
    """Change a record by its id."""
    user = signed_in(user)
    name = site.org.object(given["object"]).name
    result = Saver(site, user).update(name, _id(given["id"]), _values(body(request)))
    return nothing() if result.success else unsaved(result)


def upsert(site: Site, request: Request, user: User | None, given: dict[str, str]) -> Response:
    """Change the record that an external id names, or make it."""
    user = signed_in(user)
    definition = site.org.object(given["object"])
    values = _values(body(request))
    if any(field.lower() == given["key"].lower() for field in values):
        message = f"The {given['key']} field should not be specified in the sobject data."
        raise OrgError(400, "INVALID_FIELD", message)
    try:
        result = Saver(site, user, "json").upsert(
            definition.name, given["key"], given["value"], values
        )
    except SeveralMatchError as several:
        return _several(given, definition.name, several.ids)
    return _upserted(result, given["version"])


def _upserted(result: SaveResult, version: str) -> Response:
    if not result.success:
        return unsaved(result)
    if not result.created and float(version) < _SAYS_UPDATED:
        return nothing()
    return answered({**saved(result), "created": result.created}, 201 if result.created else 200)


def remove(site: Site, _request: Request, user: User | None, given: dict[str, str]) -> Response:
    """Put a record into the bin."""
    user = signed_in(user)
    name = site.org.object(given["object"]).name
    return _removed(Saver(site, user).delete(name, _id(given["id"])))


def remove_by_key(
    site: Site, _request: Request, user: User | None, given: dict[str, str]
) -> Response:
    """Put the record that an external id names into the bin."""
    user = signed_in(user)
    name = site.org.object(given["object"]).name
    found = _found(site, name, given["key"], given["value"])
    if len(found) > 1:
        return _several(given, name, found)
    if not found:
        raise _missing()
    return _removed(Saver(site, user).delete(name, found[0]))


def _removed(result: SaveResult) -> Response:
    return nothing() if result.success else unsaved(result)


def _found(site: Site, name: str, key: str, value: str) -> list[str]:
    field = site.org.object(name).field(key)
    if field is None or not (field.external_id or field.type == "id"):
        message = f"Provided external ID field does not exist or is not accessible: {key}"
        raise OrgError(404, "NOT_FOUND", message)
    return site.org.find(name, field.name, ids.full(value) if field.type == "id" else value)


def _several(given: dict[str, str], name: str, found: list[str] | tuple[str, ...]) -> Response:
    place = f"/services/data/v{given['version']}/sobjects/{name}"
    return answered([f"{place}/{id}" for id in found], 300)


def _id(text: str) -> str:
    found = ids.full(text)
    if found is None:
        message = f"Provided external ID field does not exist or is not accessible: {text}"
        raise OrgError(404, "NOT_FOUND", message)
    return found


def _missing() -> OrgError:
    return OrgError(404, "NOT_FOUND", "The requested resource does not exist")


def _values(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name != "attributes"}


ROUTES = (
    Route(("POST",), _BASE, create),
    Route(("GET",), f"{_BASE}/<id>", read),
    Route(("PATCH",), f"{_BASE}/<id>", change),
    Route(("DELETE",), f"{_BASE}/<id>", remove),
    Route(("GET",), f"{_BASE}/<key>/<value>", read_by_key),
    Route(("PATCH",), f"{_BASE}/<key>/<value>", upsert),
    Route(("DELETE",), f"{_BASE}/<key>/<value>", remove_by_key),
)
