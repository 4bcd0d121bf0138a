"""`leadpolicy plan`: what the policy needs in the CRM, against what the CRM has."""

from __future__ import annotations

import json as _json

import typer

from leadpolicy.cli import codes
from leadpolicy.cli.options import (
    DEFAULT_POLICY,
    Bind,
    ConnectorName,
    Crm,
    Json,
    Out,
    PolicyOption,
    Prefix,
)
from leadpolicy.cli.terminal import put, show, show_json


def plan(
    crm: Crm,
    policy: PolicyOption = DEFAULT_POLICY,
    bind: Bind = None,
    connector: ConnectorName = "generic",
    prefix: Prefix = "lp_",
    out: Out = None,
    json: Json = False,
) -> None:
    """Show what would be changed in the CRM; with --out the plan is kept for `apply --plan`.

    Exit code 2 says that there are changes.
    """
    from leadpolicy.cli.deployment import deployed
    from leadpolicy.crm.plan import propose
    from leadpolicy.crm.planfile import to_dict
    from leadpolicy.crm.render import render

    with deployed(policy, crm, bind, connector, prefix) as place:
        found = propose(place.connector, place.desired)
    if out is not None:
        put(_json.dumps(to_dict(found), ensure_ascii=False, indent=2), out)
    show_json(to_dict(found)) if json else show(render(found))
    if not found.is_empty:
        raise typer.Exit(codes.CHANGES)
