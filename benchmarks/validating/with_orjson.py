"""orjson parses, plain Python checks: one table from attribute to accepted type."""

import orjson

from benchmarks.seed_policy import COUNTRIES, INDUSTRIES
from benchmarks.validating import Read

_WHOLES = (
    "employees",
    "revenue_meur",
    "downloads",
    "webinars",
    "demo_requests",
    "days_since_visit",
)
_TEXTS = ("job_title", "email")
_FLAGS = ("budget_confirmed", "newsletter_consent", "sales_opt_in", "unsubscribed")
_CODES = {"industry": frozenset({None, *INDUSTRIES}), "country": frozenset({None, *COUNTRIES})}


def validators() -> dict[str, Read]:
    """Return the reader into a dict with checks by hand."""
    return {"orjson, then checks by hand": _read}


def _read(data: bytes) -> object:
    lead = orjson.loads(data)
    for attribute in _WHOLES:
        value = lead[attribute]
        if value is not None and (type(value) is not int or value < 0):
            raise ValueError(f"`{attribute}` is not a whole number from 0")
    for attribute in _TEXTS:
        value = lead[attribute]
        if value is not None and type(value) is not str:
            raise ValueError(f"`{attribute}` is not text")
    for attribute in _FLAGS:
        value = lead[attribute]
        if value is not None and type(value) is not bool:
            raise ValueError(f"`{attribute}` is not a flag")
    for attribute, codes in _CODES.items():
        if lead[attribute] not in codes:
            raise ValueError(f"`{attribute}` is not a known code")
    return lead
