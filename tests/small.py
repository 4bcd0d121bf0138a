"""The smallest policy with every kind of value, as data that tests change."""

from __future__ import annotations

from typing import Any

from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy.policy.pipeline import check
from leadpolicy.policy.policy import Policy

STATE = {"title": "State", "definition": "State", "responsible": {"marketing": "decides"}}

_CODES = {
    "industry": ("machinery", "software", "other"),
    "interests": ("crm", "erp"),
}
_TYPES = {
    "employees": "whole",
    "revenue": "number",
    "job_title": "text",
    "email": "text",
    "industry": "choice",
    "interests": "choices",
    "founded_on": "day",
    "last_login": "moment",
    "budget_confirmed": "flag",
    "customer": "flag",
}
_SIGNAL = {
    "title": "Signal",
    "evidence": "behavioural",
    "weight": "exploratory",
    "origin": "form",
}
_DATA: dict[str, Any] = {
    "policy": "small",
    "version": "1",
    "title": "Small",
    "governance": {
        "owner": "marketing",
        "sales_ready_decided_by": ["sales"],
        "may_change": ["marketing"],
        "review_by": "2100-01-01",
    },
    "signals": {
        "download": {
            **_SIGNAL,
            "properties": {
                "asset": {"type": "text", "title": "Asset"},
                "pages": {"type": "whole", "title": "Pages"},
                "gated": {"type": "flag", "title": "Gated", "missing": "false"},
            },
        },
        "click": {**_SIGNAL, "origin": "terminal_tracking", "gate": "may_track"},
    },
    "purposes": {
        "tracking": {"title": "Tracking", "channels": ["web"]},
        "newsletter": {"title": "Newsletter", "channels": ["email", "phone"]},
    },
    "gates": {
        "may_track": {"title": "Track", "purpose": "tracking", "channel": "web"},
        "may_mail": {"title": "Mail", "purpose": "newsletter", "channel": "email"},
    },
    "lists": {"freemail": {"title": "Freemail", "entries": ["gmx.de", "web.de"]}},
    "initial": "lead",
    "states": {"lead": STATE},
}


def small(**sections: Any) -> CheckedPolicy:
    """Return the policy with other sections; `customer` is false where it is missing."""
    attributes: dict[str, dict[str, Any]] = {
        name: {"type": kind, "title": name} for name, kind in _TYPES.items()
    }
    for name, codes in _CODES.items():
        attributes[name]["codes"] = {code: code for code in codes}
    attributes["customer"]["missing"] = "false"
    attributes["email"]["personal"] = "contact"
    record = {"record": {"attributes": attributes}}
    return check(Policy.model_validate({**_DATA, **record, **sections}))


UNKNOWN: dict[str, object] = dict.fromkeys(_TYPES) | {"customer": False}
"""The row of a lead of which nothing is known."""
