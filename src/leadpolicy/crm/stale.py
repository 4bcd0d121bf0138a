"""Whether a plan still holds: what has moved since it was made, in words."""

from __future__ import annotations

from leadpolicy.crm.plan import Basis, Plan, PlanError
from leadpolicy.crm.state import DesiredState

_AGAIN = "make the plan again and read it"


def basis(plan: Plan) -> Basis:
    """Return what a plan was made from; raises `PlanError` where it does not say."""
    if plan.basis is None:
        raise PlanError("the plan does not say what it was made from", _AGAIN)
    return plan.basis


def refuse_foreign(plan: Plan, now: Plan, desired: DesiredState | None) -> None:
    """Refuse a plan that was made for something else than what would be planned now.

    `desired` is what the policy needs now; None where the caller knows of no policy. Raises
    `PlanError`.
    """
    _refuse_other_place(basis(plan), basis(now))
    if desired is not None and plan.rollback_to is None:
        _refuse_other_policy(plan.desired, desired)


def _refuse_other_place(made: Basis, now: Basis) -> None:
    if made.target != now.target:
        raise PlanError(f"the plan was made for `{made.target}`, not for `{now.target}`", _AGAIN)
    if made.connector != now.connector:
        message = f"the plan was made by the connector `{made.connector}`, not by `{now.connector}`"
        raise PlanError(message, _AGAIN)
    if made.version != now.version:
        message = (
            f"the plan was made by version {made.version} of the connector `{made.connector}`, "
            f"and this is version {now.version}"
        )
        raise PlanError(message, _AGAIN)


def _refuse_other_policy(planned: DesiredState, desired: DesiredState) -> None:
    if planned == desired:
        return
    if planned.policy != desired.policy:
        message = f"the plan was made for the policy `{planned.policy}`, not for `{desired.policy}`"
    elif planned.content_hash != desired.content_hash:
        message = "the policy has changed since the plan was made"
    else:
        message = "the prefix, the binding or the options have changed since the plan was made"
    raise PlanError(message, _AGAIN)


def refuse_moved(plan: Plan, now: Plan) -> None:
    """Refuse a plan after another apply, or after the CRM was changed; raises `PlanError`."""
    _refuse_moved(basis(plan), basis(now))
    if plan.changes != now.changes or plan.conflicts != now.conflicts:
        message = "the plan is not what would be planned now: rights or abilities have changed"
        raise PlanError(message, _AGAIN)


def _refuse_moved(made: Basis, now: Basis) -> None:
    if made.lineage != now.lineage:
        message = "the plan belongs to another deployment: the store is not the one it was made by"
        raise PlanError(message, _AGAIN)
    if made.serial != now.serial:
        message = (
            f"another apply came in between: the plan was made after {made.serial} of them, "
            f"and now there are {now.serial}"
        )
        raise PlanError(message, _AGAIN)
    if made.remote != now.remote:
        raise PlanError("the CRM has changed since the plan was made", _AGAIN)
