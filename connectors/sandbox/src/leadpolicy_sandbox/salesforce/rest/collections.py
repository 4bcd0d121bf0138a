"""Collections: up to 200 records in one call, each with its own result, in the order of asking."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from werkzeug import Request, Response

from leadpolicy_sandbox.salesforce.org import ids
from leadpolicy_sandbox.salesforce.org.results import (
    OrgError,
    SaveError,
    SaveResult,
    SeveralMatchError,
)
from leadpolicy_sandbox.salesforce.org.schema import User
from leadpolicy_sandbox.salesforce.rest.answers import answered, body, item, records
from leadpolicy_sandbox.salesforce.rest.saving import Saver
from leadpolicy_sandbox.salesforce.site import Route, Site, signed_in
from leadpolicy_sandbox.salesforce.soql.selection import whole

MOST: Final = 200
"""The most records of a call that writes."""

_MOST_READ: Final = 2000
_CHUNKS: Final = 10
_BASE: Final = "/services/data/v<version>/composite/sobjects"
_ROLLED_BACK: Final = SaveError(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using "
    "AllOrNone header",
)


def create(site: Site, request: Request, user: User | None, _given: dict[str, str]) -> Response:
    """Make records."""
    user = signed_in(user)
    data = body(request)
    saver = Saver(site, user)
    steps = [_creation(saver, one) for one in _chunked(records(data, MOST))]
    return answered([item(one) for one in together(site, steps, _whole_or_not(data))])


def _creation(saver: Saver, record: Mapping[str, Any]) -> Callable[[], SaveResult]:
    return lambda: saver.create(_type(record), values_of(record))


def update(site: Site, request: Request, user: User | None, _given: dict[str, str]) -> Response:
    """Change records by their ids."""
    user = signed_in(user)
    data = body(request)
    saver = Saver(site, user)
    steps = [_change(saver, one) for one in _chunked(records(data, MOST))]
    return answered([item(one) for one in together(site, steps, _whole_or_not(data))])


def _change(saver: Saver, record: Mapping[str, Any]) -> Callable[[], SaveResult]:
    def change() -> SaveResult:
        values = values_of(record)
        id = _taken(values, "id")
        if not id:
            message = "Id not specified in an update call"
            return SaveResult(None, False, (SaveError("MISSING_ARGUMENT", message),))
        return saver.update(_type(record), str(id), values)

    return change


def upsert(site: Site, request: Request, user: User | None, given: dict[str, str]) -> Response:
    """Change the records that external ids name, or make them."""
    user = signed_in(user)
    data = body(request)
    name, key = site.org.object(given["object"]).name, given["key"]
    found = records(data, MOST)
    if any(_type(one).lower() != name.lower() for one in found):
        message = f"All records must be of the type in the URL: {name}"
        raise OrgError(400, "INVALID_TYPE", message)
    steps = upserts(Saver(site, user), name, key, [values_of(one) for one in found])
    results = together(site, steps, _whole_or_not(data))
    return answered([item(one, created=True) for one in results])


def upserts(
    saver: Saver, name: str, key: str, rows: Sequence[dict[str, Any]]
) -> list[Callable[[], SaveResult]]:
    """Return what upserts each row; a key that comes again is refused."""
    seen: set[str] = set()

    def step(row: dict[str, Any]) -> Callable[[], SaveResult]:
        values = dict(row)
        value = _taken(values, key.lower())
        known = str(value).casefold()
        if value is not None and known in seen:
            message = f"Duplicate external id specified: {value}"
            return lambda: SaveResult(None, False, (SaveError("DUPLICATE_VALUE", message),))
        seen.add(known)
        return lambda: _upserted(saver, name, key, value, values)

    return [step(row) for row in rows]


def _upserted(
    saver: Saver, name: str, key: str, value: Any, values: Mapping[str, Any]
) -> SaveResult:
    try:
        return saver.upsert(name, key, value, values)
    except SeveralMatchError as several:
        message = f"{key}: more than one record found for external id field: {list(several.ids)}"
        return SaveResult(None, False, (SaveError("DUPLICATE_EXTERNAL_ID", message),))


def remove(site: Site, request: Request, user: User | None, _given: dict[str, str]) -> Response:
    """Put records into the bin."""
    user = signed_in(user)
    wanted = [one for one in request.args.get("ids", "").split(",") if one]
    if not 0 < len(wanted) <= MOST:
        message = f"The number of ids must be between 1 and {MOST}"
        raise OrgError(400, "INVALID_BATCH_SIZE", message)
    steps = [_removal(site, Saver(site, user), id) for id in wanted]
    whole_or_not = request.args.get("allOrNone", "false").lower() == "true"
    return answered([item(one) for one in together(site, steps, whole_or_not)])


def _removal(site: Site, saver: Saver, id: str) -> Callable[[], SaveResult]:
    def removal() -> SaveResult:
        definition = site.org.state.object_of(ids.full(id) or "")
        if definition is None:
            error = SaveError("MALFORMED_ID", f"malformed id {id}")
            return SaveResult(None, False, (error,))
        return saver.delete(definition.name, id)

    return removal


def read(site: Site, request: Request, user: User | None, given: dict[str, str]) -> Response:
    """Read records by their ids; null stands for those that are not there."""
    user = signed_in(user)
    wanted = request.args.get("ids", "").split(",")
    fields = request.args.get("fields", "").split(",")
    return _read(site, user, given, wanted, fields)


def read_posted(site: Site, request: Request, user: User | None, given: dict[str, str]) -> Response:
    """Read records by ids that stand in the body."""
    user = signed_in(user)
    data = body(request)
    return _read(site, user, given, data.get("ids") or [], data.get("fields") or [])


def _read(
    site: Site, user: User, given: dict[str, str], wanted: list[str], fields: list[str]
) -> Response:
    name = site.org.object(given["object"]).name
    if not any(wanted) or not any(fields):
        raise OrgError(400, "REQUIRED_FIELD_MISSING", "ids and fields must be specified")
    if len(wanted) > _MOST_READ:
        raise OrgError(400, "INVALID_BATCH_SIZE", f"at most {_MOST_READ} records can be read")
    shape = whole(site.org, user, name, f"/services/data/v{given['version']}", fields)
    rows = [site.org.get(user, name, id) for id in wanted]
    return answered([None if row is None else shape.record(row) for row in rows])


def together(
    site: Site, steps: Sequence[Callable[[], SaveResult]], all_or_none: bool
) -> list[SaveResult]:
    """Save records one after the other; with `all_or_none` one refusal takes all of them back."""
    with site.org.savepoint() as point:
        results = [step() for step in steps]
        if not all_or_none or all(one.success for one in results):
            return results
        point.rollback()
    undone = SaveResult(None, False, (_ROLLED_BACK,))
    return [undone if one.success else one for one in results]


def values_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a record."""
    return {name: value for name, value in record.items() if name != "attributes"}


def _taken(values: dict[str, Any], low: str) -> Any:
    """Take a field out of the values, in whatever case it is written."""
    found = next((name for name in values if name.lower() == low), None)
    return None if found is None else values.pop(found)


def _type(record: Mapping[str, Any]) -> str:
    told = record.get("attributes")
    kind = told.get("type") if isinstance(told, dict) else None
    if not isinstance(kind, str):
        message = "Each record must have attributes with a type"
        raise OrgError(400, "INVALID_TYPE", message)
    return kind


def _chunked(found: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    """Return records whose types do not alternate too often."""
    kinds = [_type(one) for one in found]
    changes = sum(one != other for one, other in pairwise(kinds))
    if changes >= _CHUNKS:
        message = f"Cannot have more than {_CHUNKS} chunks in a single operation."
        raise OrgError(400, "INVALID_BATCH_SIZE", message)
    return found


def _whole_or_not(data: Mapping[str, Any]) -> bool:
    return data.get("allOrNone") is True


ROUTES = (
    Route(("POST",), _BASE, create),
    Route(("PATCH",), _BASE, update),
    Route(("DELETE",), _BASE, remove),
    Route(("GET",), f"{_BASE}/<object>", read),
    Route(("POST",), f"{_BASE}/<object>", read_posted),
    Route(("PATCH",), f"{_BASE}/<object>/<key>", upsert),
)
