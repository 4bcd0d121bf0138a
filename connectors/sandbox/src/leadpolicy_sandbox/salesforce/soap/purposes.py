"""Which requests to these APIs look and change nothing."""

from __future__ import annotations

import re
from typing import Final

_OPERATION: Final = re.compile(rb"<(?:[\w-]+:)?Body\b[^>]*>\s*<(?:[\w-]+:)?(\w+)")
_CHECKS: Final = re.compile(rb"<(?:[\w-]+:)?checkOnly\s*>\s*(?:true|1)\s*<", re.IGNORECASE)
_LOOKS: Final = frozenset(
    {
        *("readMetadata", "listMetadata", "describeMetadata", "checkDeployStatus"),
        *("retrieve", "checkRetrieveStatus", "getUserInfo", "login"),
    }
)


def looks_only(method: str, path: str, body: bytes) -> bool:
    """Return whether a request reads, asks for a status, or deploys to check and no more.

    >>> looks_only("GET", "/services/data/v63.0/tooling/query", b"")
    True
    >>> looks_only("POST", "/services/Soap/m/63.0", b"<Body><readMetadata/></Body>")
    True
    """
    if "/tooling/" in path:
        return method == "GET"
    found = _OPERATION.search(body) if path.startswith("/services/Soap/") else None
    if found is None:
        return False
    operation = found[1].decode()
    return operation in _LOOKS or (operation == "deploy" and bool(_CHECKS.search(body)))
