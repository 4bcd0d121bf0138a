"""`leadpolicy plan`: what the policy needs in the CRM, against what the CRM has."""

from __future__ import annotations

import json as _json

import typer

from leadpolicy.cli import codes
from leadpolicy.cli.options import (
    DEFAULT_POLICY,
    AllowDestroy,
    Bind,
    Both,
    ConnectorName,
    Crm,
    Json,
    Native,
    Out,
    OverwriteDrift,
    PolicyOption,
    Prefix,
    StoreFile,
)
from leadpolicy.cli.terminal import put, show, show_json


def plan(
    crm: Crm,
    policy: PolicyOption = DEFAULT_POLICY,
    bind: Bind = None,
    connector: ConnectorName = "generic",
    prefix: Prefix = "lp_",
    store: StoreFile = None,
    native: Native = False,
    both: Both = False,
    allow_destroy: AllowDestroy = False,
    overwrite_drift: OverwriteDrift = False,
    out: Out = None,
    json: Json = False,
) -> None:
    """Show what would be changed in the CRM; with --out the plan is kept for `apply`.

    + add, ~ change, - deactivate, x destroy, ! in the way. Exit code 2 says that there are changes.
    """
    from leadpolicy.cli.deployment import deployed, known_store
    from leadpolicy.crm.plan import propose
    from leadpolicy.crm.planfile import to_dict
    from leadpolicy.crm.render import render

    place = deployed(policy, crm, bind, connector, prefix, native=native, both=both)
    with place as opened, known_store(store, crm) as memory:
        found = propose(
            opened.connector,
            opened.desired,
            memory,
            allow_destroy=allow_destroy,
            overwrite_drift=overwrite_drift,
        )
    if out is not None:
        put(_json.dumps(to_dict(found), ensure_ascii=False, indent=2), out)
    show_json(to_dict(found)) if json else show(render(found))
    if not found.is_empty:
        raise typer.Exit(codes.CHANGES)
