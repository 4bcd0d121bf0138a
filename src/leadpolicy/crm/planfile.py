"""A plan as JSON-ready data, and back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from leadpolicy.crm.plan import Plan, PlanError

if TYPE_CHECKING:
    from pydantic import TypeAdapter

FORMAT: Final = 1


def to_dict(plan: Plan) -> dict[str, Any]:
    """Return a plan as JSON-ready data."""
    return {"format": FORMAT, **_adapter().dump_python(plan, mode="json")}


def from_dict(data: Mapping[str, Any]) -> Plan:
    """Return the plan that `to_dict` wrote; raises `PlanError` for anything else."""
    from pydantic import ValidationError

    body = dict(data)
    found = body.pop("format", None)
    if found != FORMAT:
        raise PlanError(
            f"this is not a plan of format {FORMAT} (format: {found!r:.40})", "make the plan again"
        )
    try:
        plan = _adapter().validate_python(body)
    except ValidationError as error:
        place = ".".join(str(step) for step in error.errors()[0]["loc"])
        message = error.errors()[0]["msg"]
        raise PlanError(f"the plan is damaged at `{place}`: {message}", _AGAIN) from None
    if to_dict(plan) != {"format": FORMAT, **body}:
        raise PlanError("the plan holds more than a plan has", _AGAIN)
    return plan


_AGAIN: Final = "it was edited by hand or cut; make the plan again"


@cache
def _adapter() -> TypeAdapter[Plan]:
    from pydantic import TypeAdapter

    return TypeAdapter(Plan)
