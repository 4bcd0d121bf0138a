"""What requests are for, in the words of the lab."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from leadpolicy.testing.lab.faults import Operation

_CLIENT: Final = re.compile(r"client=leadpolicy/(\w+)")
_DATA: Final = re.compile(r"/services/data/v[\d.]+/([^?]*)")
_HISTORY: Final = re.compile(r"\bfrom\W+\w*(History|SetupAuditTrail)\b", re.IGNORECASE)


def operation(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Operation | None:
    """Return what a request is for, or None for a log-in.

    A client may say it itself, in `Sforce-Call-Options: client=leadpolicy/lookup`; otherwise the
    address and the body tell.

    >>> operation("GET", "/services/data/v63.0/limits", {}, b"").value
    'read'
    """
    told = _CLIENT.search(next((v for k, v in headers.items() if k.lower() == _OPTIONS), ""))
    if told and told[1] in {one.value for one in Operation}:
        return Operation(told[1])
    if path.startswith("/services/Soap/m/") or "/tooling/" in path:
        return Operation.DEPLOY
    if path.startswith("/services/Soap/u/"):
        return None if b":login" in body or b"<login" in body else Operation.WRITE
    place = _DATA.match(path)
    return _of_data(method, place[1], path, body) if place else None


_OPTIONS: Final = "sforce-call-options"


def _of_data(method: str, place: str, path: str, body: bytes) -> Operation:
    if place.startswith("jobs/"):
        return Operation.POLL if method == "GET" else Operation.WRITE
    if place.rstrip("/") == "composite":
        return _of_parts(body)
    if method != "GET":
        return Operation.WRITE
    return _of_reading(place, path)


def _of_reading(place: str, path: str) -> Operation:
    changed = place.rstrip("/").endswith(("/updated", "/deleted"))
    return Operation.PULL if changed or _HISTORY.search(path) else Operation.READ


def composite_reads(path: str, body: bytes) -> bool:
    """Tell whether a request is a composite of which no part changes anything."""
    place = _DATA.match(path)
    is_composite = place is not None and place[1].rstrip("/") == "composite"
    return is_composite and _of_parts(body) is not Operation.WRITE


def _of_parts(body: bytes) -> Operation:
    """Return what a composite is for: to write if any part writes, else to pull if any does."""
    try:
        parts: list[Any] = json.loads(body)["compositeRequest"]
        places = [(str(one["method"]), str(one["url"])) for one in parts]
    except (ValueError, KeyError, TypeError):
        return Operation.READ
    if any(method != "GET" for method, _ in places):
        return Operation.WRITE
    read = {_of_reading(url.partition("?")[0], url) for _, url in places}
    return Operation.PULL if Operation.PULL in read else Operation.READ


def items(data: Any) -> list[Any] | None:
    """Return the list of an answer that has an item for each of what was asked for, or None.

    >>> items({"totalSize": 1, "done": True, "records": [{"Id": "00Q"}]})
    [{'Id': '00Q'}]
    """
    if isinstance(data, list):
        return data
    if not isinstance(data, dict):
        return None
    parts = data.get("compositeResponse")
    if isinstance(parts, list):
        found = [items(part.get("body")) or [] for part in parts]
        return max(found, key=len, default=None)
    lists = (data.get(name) for name in ("records", "ids", "deletedRecords"))
    return next((one for one in lists if isinstance(one, list)), None)
