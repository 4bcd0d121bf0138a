"""A plan as JSON-ready data, and back; what was edited by hand is noticed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from leadpolicy.crm.parts import digest
from leadpolicy.crm.plan import Plan, PlanError

if TYPE_CHECKING:
    from pydantic import TypeAdapter

FORMAT: Final = 2
_AGAIN: Final = "make the plan again"


def to_dict(plan: Plan) -> dict[str, Any]:
    """Return a plan as JSON-ready data, with a digest of all of it."""
    body = {"format": FORMAT, **_adapter().dump_python(plan, mode="json")}
    return {**body, "digest": digest(body)}


def from_dict(data: Mapping[str, Any]) -> Plan:
    """Return the plan that `to_dict` wrote; raises `PlanError` for anything else."""
    body = dict(data)
    found = body.pop("format", None)
    if found != FORMAT:
        raise PlanError(f"this is not a plan of format {FORMAT} (format: {found!r:.40})", _AGAIN)
    seal = body.pop("digest", None)
    plan = _read(body)
    if to_dict(plan) != {"format": FORMAT, **body, "digest": seal}:
        raise PlanError("the plan was edited by hand", _AGAIN)
    return plan


def _read(body: Mapping[str, Any]) -> Plan:
    from pydantic import ValidationError

    try:
        return _adapter().validate_python(body)
    except ValidationError as error:
        place = ".".join(str(step) for step in error.errors()[0]["loc"])
        message = f"the plan is damaged at `{place}`: {error.errors()[0]['msg']}"
        raise PlanError(message, f"it was edited by hand or cut; {_AGAIN}") from None


@cache
def _adapter() -> TypeAdapter[Plan]:
    from pydantic import TypeAdapter

    return TypeAdapter(Plan)
