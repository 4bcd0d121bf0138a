"""orjson parses, jsonschema checks against a JSON Schema."""

from typing import Any

import orjson
from jsonschema import Draft202012Validator

from benchmarks.seed_policy import ATTRIBUTES, COUNTRIES, INDUSTRIES
from benchmarks.validating import Read

_WHOLE = {"type": ["integer", "null"], "minimum": 0}
_TEXT = {"type": ["string", "null"]}
_FLAG = {"type": ["boolean", "null"]}
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": list(ATTRIBUTES),
    "properties": {
        "employees": _WHOLE,
        "industry": {"enum": [None, *INDUSTRIES]},
        "country": {"enum": [None, *COUNTRIES]},
        "job_title": _TEXT,
        "email": _TEXT,
        "revenue_meur": _WHOLE,
        "downloads": _WHOLE,
        "webinars": _WHOLE,
        "demo_requests": _WHOLE,
        "days_since_visit": _WHOLE,
        "budget_confirmed": _FLAG,
        "newsletter_consent": _FLAG,
        "sales_opt_in": _FLAG,
        "unsubscribed": _FLAG,
    },
}


def validators() -> dict[str, Read]:
    """Return the reader into a dict checked by a compiled schema."""
    check = Draft202012Validator(_SCHEMA).validate

    def read(data: bytes) -> object:
        lead = orjson.loads(data)
        check(lead)
        return lead

    return {"orjson, then jsonschema": read}
