"""What all commands about a CRM share: a policy, an opened CRM, and the store beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from leadpolicy.cli.boundary import UsageError
from leadpolicy.cli.registry import installed
from leadpolicy.crm.connector import Connector
from leadpolicy.crm.desired import desired_for, desired_state, feedback_columns
from leadpolicy.crm.plan import Plan, PlanError
from leadpolicy.crm.planfile import from_dict
from leadpolicy.crm.state import DesiredState
from leadpolicy.crm.store import SqliteStore, Store
from leadpolicy.crm.store import open_store as open_anywhere
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.engine.loading import load
from leadpolicy.exchange.binding import Binding
from leadpolicy.exchange.fitting import binding_for

STORE = "leadpolicy-store.db"

StorePlace: TypeAlias = Path | str | None
"""A file, a URL, or None for the file beside the CRM."""


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
    policy: str,
    crm: str,
    bind: Path | None,
    connector: str,
    prefix: str,
    *,
    native: bool = False,
    both: bool = False,
) -> Iterator[Deployment]:
    """Load a policy and open a CRM; feedback is read where sales fills it in."""
    loaded = load(policy)
    checked = loaded.checked
    desired_state(checked, prefix=prefix)
    written = binding_for(bind, checked)
    binding = written.with_attributes(feedback_columns(checked), checked)
    mode = computed(binding, native=native, both=both)
    options = binding.options.model_dump(exclude_unset=True) | ({"native": mode} if mode else {})
    factory = installed().connector(connector)
    with closing(factory.open(crm, binding.for_connector(checked), options)) as opened:
        desired = desired_for(
            opened,
            checked,
            prefix=prefix,
            lang=binding.options.lang,
            bound=written.named(),
            native=mode,
            permissions=tuple(binding.options.roles),
        )
        yield Deployment(loaded, binding, opened, desired, prefix)


def computed(binding: Binding, *, native: bool, both: bool) -> bool | Literal["both"]:
    """Return who computes: a sync, the CRM, or both; the command line is asked before the binding.

    Raises `UsageError` where the command line says two things.
    """
    if native and both:
        raise UsageError("`--native` and `--both` exclude each other", "leave one of them out")
    said = binding.options.native
    if both or (said == "both" and not native):
        return "both"
    return native or said in {True, "native"}


@contextmanager
def open_store(place: StorePlace, crm: str) -> Iterator[Store]:
    """Open the store; without a place the one beside a database file, or in this folder."""
    url = str(place)
    if "://" in url:
        scheme = url.partition("://")[0]
        opened = installed().stores.get(scheme, open_anywhere)(url)
    else:
        opened = SqliteStore(store_path(place, crm))
    with closing(opened) as store:
        yield store


@contextmanager
def known_store(place: StorePlace, crm: str) -> Iterator[Store]:
    """Open the store where there is one, and an empty one in memory otherwise; none is made."""
    is_file = "://" not in str(place)
    if is_file and not store_path(place, crm).exists():
        with closing(SqliteStore(":memory:")) as empty:
            yield empty
        return
    with open_store(place, crm) as store:
        yield store


def store_path(place: StorePlace, crm: str) -> Path:
    """Return where the file of a store lies."""
    if place is not None:
        return Path(place)
    name = crm.removeprefix("sqlite:///")
    return Path(name).with_name(STORE) if "://" not in name else Path(STORE)


def kept_plan(path: Path) -> Plan:
    """Read a plan that was kept; raises `PlanError` for anything else."""
    try:
        data = msgspec.json.decode(path.read_bytes())
    except ValueError as error:
        raise PlanError(f"`{path}` is not a plan: {error}", "make the plan again") from None
    if not isinstance(data, dict):
        raise PlanError(f"`{path}` is not a plan", "make the plan again")
    return from_dict(data)
