"""`leadpolicy apply`: make the columns and tables that the policy needs in the CRM."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from leadpolicy.cli.options import (
    DEFAULT_POLICY,
    Bind,
    ConnectorName,
    Crm,
    Json,
    PolicyOption,
    Prefix,
    StoreFile,
)
from leadpolicy.cli.terminal import show, show_json, tell


def apply(
    crm: Crm,
    policy: PolicyOption = DEFAULT_POLICY,
    bind: Bind = None,
    connector: ConnectorName = "generic",
    prefix: Prefix = "lp_",
    plan: Annotated[
        Path | None, typer.Option(help="A plan that `plan --out` kept; without it, a new one.")
    ] = None,
    store: StoreFile = None,
    json: Json = False,
) -> None:
    """Make the changes of a plan in the CRM; doing it again changes nothing."""
    from leadpolicy.cli.deployment import deployed, kept_plan, open_store
    from leadpolicy.crm.apply import apply as carry_out
    from leadpolicy.crm.plan import propose
    from leadpolicy.crm.render import render

    with deployed(policy, crm, bind, connector, prefix) as place, open_store(store, crm) as memory:
        proposed = propose(place.connector, place.desired)
        found = proposed if plan is None else kept_plan(plan, proposed)
        if not json:
            show(render(found))
        report = carry_out(found, place.connector, memory, at=datetime.now(UTC))
    if json:
        show_json({"changed": report.changed, "standing": report.standing})
    else:
        tell(f"{report.changed} changes made, {report.standing} parts stand as needed", "green")
