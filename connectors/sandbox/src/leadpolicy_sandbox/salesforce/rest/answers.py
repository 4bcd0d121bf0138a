"""Answers in JSON, and the errors in them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from werkzeug import Request, Response

from leadpolicy_sandbox.salesforce.org.results import OrgError, SaveError, SaveResult

JSON: Final = "application/json;charset=UTF-8"
_STATUS: Final[Mapping[str, int]] = {
    "NOT_FOUND": 404,
    "ENTITY_IS_DELETED": 404,
    "INVALID_CROSS_REFERENCE_KEY": 404,
    "INSUFFICIENT_ACCESS_OR_READONLY": 403,
    "INSUFFICIENT_ACCESS": 403,
}


def answered(data: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer in JSON."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return Response(text, status, headers, content_type=JSON)


def nothing() -> Response:
    """Return the answer that has no content."""
    return Response(status=204)


def error_of(error: OrgError) -> dict[str, Any]:
    """Return an error as the REST API lists it."""
    told: dict[str, Any] = {"message": error.message, "errorCode": error.code}
    return {**told, "fields": list(error.fields)} if error.fields else told


def refusal(error: OrgError) -> Response:
    """Return the answer to a request that is refused as a whole."""
    return answered([error_of(error)], error.status)


def unsaved(result: SaveResult) -> Response:
    """Return the answer to a single record that was not saved."""
    errors = [_error_alone(one) for one in result.errors]
    return answered(errors, _STATUS.get(result.errors[0].code, 400))


def _error_alone(error: SaveError) -> dict[str, Any]:
    """Return an error of a single record; one in the request itself names no fields."""
    told: dict[str, Any] = {"message": error.message, "errorCode": error.code}
    return told if error.code == "INVALID_FIELD" else {**told, "fields": list(error.fields)}


def saved(result: SaveResult) -> dict[str, Any]:
    """Return the answer to a single record that was created."""
    return {"id": result.id, "success": True, "errors": []}


def item(result: SaveResult, *, created: bool = False) -> dict[str, Any]:
    """Return what a collection says of one record; `created` says whether to tell if it is new."""
    told: dict[str, Any] = {}
    if result.success:
        told["id"] = result.id
    told |= {"success": result.success, "errors": [_error(one) for one in result.errors]}
    return {**told, "created": result.created} if created else told


def _error(error: SaveError) -> dict[str, Any]:
    return {
        "statusCode": error.code,
        "message": error.message,
        "fields": list(error.fields),
    }


def body(request: Request) -> dict[str, Any]:
    """Return the JSON object that a request carries; raises `OrgError` for anything else."""
    text = request.get_data(as_text=True)
    try:
        data = json.loads(text, parse_float=Decimal) if text.strip() else {}
    except ValueError as error:
        place = getattr(error, "lineno", 1), getattr(error, "colno", 1)
        message = f"Unexpected character at [line:{place[0]}, column:{place[1]}]"
        raise OrgError(400, "JSON_PARSER_ERROR", message) from None
    if not isinstance(data, dict):
        raise OrgError(400, "JSON_PARSER_ERROR", "The request body must be a JSON object")
    return data


def records(data: Mapping[str, Any], most: int = 200) -> Sequence[dict[str, Any]]:
    """Return the records of a collection; raises `OrgError` when they are none, or too many."""
    found = data.get("records")
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        message = "The request must have a list of `records`"
        raise OrgError(400, "REQUIRED_FIELD_MISSING", message)
    if len(found) > most:
        message = f"The number of records in the request exceeds the limit of {most}"
        raise OrgError(400, "INVALID_BATCH_SIZE", message)
    return found
