"""A small agreement between marketing and sales whose points rest on columns of the lead alone."""

from __future__ import annotations

from typing import Any

from leadpolicy.crm.native import Native
from leadpolicy.policy.checked import CheckedPolicy
from small import small

_BOTH = {"marketing": "decides", "sales": "validates"}


def state(**more: Any) -> dict[str, Any]:
    """Return a state of the lifecycle."""
    return {"title": "State", "definition": "State", "responsible": _BOTH, **more}


def edge(sources: list[str], target: str, **more: Any) -> dict[str, Any]:
    """Return a transition of the lifecycle."""
    return {"title": "Edge", "from": sources, "to": target, **more}


def points(points: int, when: str) -> dict[str, Any]:
    """Return a rule of a score."""
    return {"points": points, "because": "because", "when": when}


ATTRIBUTES: dict[str, Any] = {
    "employees": {"type": "whole", "title": "Employees"},
    "revenue": {"type": "number", "title": "Revenue"},
    "industry": {
        "type": "choice",
        "title": "Industry",
        "codes": {"machinery": "Machinery", "software": "Software"},
    },
    "budget_confirmed": {"type": "flag", "title": "Budget", "owner": "sales"},
    "customer": {"type": "flag", "title": "Customer", "missing": "false"},
    "sales_feedback": {
        "type": "choice",
        "title": "Feedback",
        "owner": "sales",
        "codes": {"accepted": "Accepted", "rejected": "Rejected"},
    },
    "rejection_reason": {
        "type": "choice",
        "title": "Reason",
        "owner": "sales",
        "codes": {"timing": "Timing", "no_need": "No need"},
    },
}
SECTIONS: dict[str, Any] = {
    "record": {"attributes": ATTRIBUTES},
    "lists": {},
    "scores": {
        "fit": {
            "title": "Fit",
            "floor": -20,
            "ceiling": 100,
            "rules": {
                "large": points(60, "employees >= 50"),
                "small": points(-30, "employees < 10"),
                "machinery": points(50, "industry == 'machinery'"),
                "odd": points(5, "industry == 'software'"),
                "rich": points(7, "revenue >= 0.3 and not customer"),
            },
        },
        "engagement": {
            "title": "Engagement",
            "floor": 0,
            "ceiling": 50,
            "rules": {"download": {"points": 10, "because": "x", "per": "count('download')"}},
        },
    },
    "grades": {
        "fit_grade": {
            "title": "Fit",
            "of": "fit",
            "bands": {
                "A": {"from": 50, "title": "A"},
                "B": {"below": 50, "title": "B"},
            },
        }
    },
    "initial": "lead",
    "states": {
        "lead": state(),
        "mql": state(entry="employees >= 10"),
        "sal": state(entry="sales_feedback == 'accepted'"),
        "customer": state(entry="customer", demands=["customer"]),
        "rejected": state(
            entry="sales_feedback == 'rejected' and known(rejection_reason)",
            demands=["sales_feedback", "rejection_reason"],
        ),
    },
    "transitions": {
        "qualify": edge(["lead"], "mql", when="employees >= 10"),
        "accept": edge(["lead", "mql"], "sal", by=["sales"], demands=["sales_feedback"]),
        "reject": edge(["mql", "sal"], "rejected", by=["sales"]),
        "recycle": edge(["rejected"], "lead", wait="90 days"),
        "win": edge(["sal"], "customer", by=["sales"], when="any('download')"),
    },
    "feedback": {
        "verdict": "sales_feedback",
        "reason": "rejection_reason",
        "within": "24 hours",
        "state": "mql",
    },
}


def agreement(**sections: Any) -> CheckedPolicy:
    """Return the agreement with other sections."""
    return small(**{**SECTIONS, **sections})


def why_not(native: Native) -> dict[str, str]:
    """Return what a database cannot do itself, with reasons."""
    return {refusal.part: refusal.reason for refusal in native.refusals}
