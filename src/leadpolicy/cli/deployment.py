"""What `plan`, `apply` and `sync` share: a policy, an opened CRM, and the store beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from leadpolicy.crm.connector import Connector
from leadpolicy.crm.desired import desired_state, feedback_columns
from leadpolicy.crm.plan import Plan, PlanError
from leadpolicy.crm.planfile import from_dict
from leadpolicy.crm.state import DesiredState
from leadpolicy.crm.store import SqliteStore
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.engine.loading import load
from leadpolicy.exchange.binding import Binding
from leadpolicy.exchange.fitting import binding_for
from leadpolicy.plugins.registry import Registry

STORE = "leadpolicy-store.db"


@dataclass(frozen=True, slots=True)
class Deployment:
    """A policy and the CRM it is brought to."""

    policy: LeadPolicy
    binding: Binding
    connector: Connector
    desired: DesiredState
    prefix: str


@contextmanager
def deployed(
    policy: str, crm: str, bind: Path | None, connector: str, prefix: str
) -> Iterator[Deployment]:
    """Load a policy and open a CRM; feedback is read where sales fills it in."""
    loaded = load(policy)
    checked = loaded.checked
    desired = desired_state(checked, prefix=prefix)
    binding = binding_for(bind, checked).with_attributes(feedback_columns(checked), checked)
    factory = Registry().connector(connector)
    with closing(factory.open(crm, binding.for_connector(checked), {})) as opened:
        yield Deployment(loaded, binding, opened, desired, prefix)


@contextmanager
def open_store(path: Path | None, crm: str) -> Iterator[SqliteStore]:
    """Open the store; without a path the one beside a database file, or in this folder."""
    with closing(SqliteStore(store_path(path, crm))) as store:
        yield store


def store_path(path: Path | None, crm: str) -> Path:
    """Return where the store lies."""
    if path is not None:
        return path
    name = crm.removeprefix("sqlite:///")
    return Path(name).with_name(STORE) if "://" not in name else Path(STORE)


def kept_plan(path: Path, proposed: Plan) -> Plan:
    """Read a plan that was kept; raises `PlanError` where the policy or the CRM has moved on.

    Where everything stands already, there is nothing left of it to do.
    """
    try:
        data = msgspec.json.decode(path.read_bytes())
    except ValueError as error:
        raise PlanError(f"`{path}` is not a plan: {error}", "make the plan again") from None
    if not isinstance(data, dict):
        raise PlanError(f"`{path}` is not a plan", "make the plan again")
    plan = from_dict(data)
    if plan.desired == proposed.desired and proposed.is_empty:
        return proposed
    if plan != proposed:
        raise PlanError(
            f"`{path}` is not what would be planned now: the policy or the CRM has changed since",
            "make the plan again and read it",
        )
    return plan
