"""`leadpolicy drift`: what others changed in the CRM on parts that were made from here."""

from __future__ import annotations

import typer

from leadpolicy.cli import codes
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
from leadpolicy.cli.terminal import show, show_json


def drift(
    crm: Crm,
    policy: PolicyOption = DEFAULT_POLICY,
    bind: Bind = None,
    connector: ConnectorName = "generic",
    prefix: Prefix = "lp_",
    store: StoreFile = None,
    json: Json = False,
) -> None:
    """Show what was edited, removed or added by hand among the parts that were made from here.

    Exit code 2 says that something was. Parts that were not made or imported from here are none of
    it.
    """
    from leadpolicy.cli.deployment import deployed, known_store
    from leadpolicy.crm.drift import drift as compare
    from leadpolicy.crm.drift import render_drift

    place = deployed(policy, crm, bind, connector, prefix)
    with place as opened, known_store(store, crm) as memory:
        found = compare(opened.connector, memory)
    show_json(found.to_dict()) if json else show(render_drift(found))
    if not found.is_empty:
        raise typer.Exit(codes.CHANGES)
