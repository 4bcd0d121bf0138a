"""What was applied to a CRM, as data that an earlier version can be brought back from."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from leadpolicy.crm.errors import CrmError
from leadpolicy.crm.state import DesiredState
from leadpolicy.crm.store.contract import Applied

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_FORMAT: Final = 1


def to_history(desired: DesiredState, state: str) -> dict[str, Any]:
    """Return a desired state and the digest of what came of it as JSON-ready data."""
    data = _adapter().dump_python(desired, mode="json")
    return {"format": _FORMAT, "state": state, "desired": data}


def desired_then(applied: Applied) -> DesiredState:
    """Return what was wanted when a version was applied; raises `CrmError` where nobody knows."""
    from pydantic import ValidationError

    data = applied.desired
    if data.get("format") != _FORMAT:
        message = f"what was applied as serial {applied.serial} was not kept in full"
        raise CrmError(message, "only versions that were applied since then can be returned to")
    try:
        return _adapter().validate_python(data.get("desired"))
    except ValidationError as error:
        place = ".".join(str(step) for step in error.errors()[0]["loc"])
        message = f"what was applied as serial {applied.serial} is damaged at `{place}`"
        raise CrmError(message, "restore the store from a backup") from None


def state_then(applied: Applied) -> str:
    """Return the digest of what people met in the CRM after a version was applied."""
    return str(applied.desired.get("state", ""))


@cache
def _adapter() -> TypeAdapter[DesiredState]:
    from pydantic import TypeAdapter

    return TypeAdapter(DesiredState)
