"""`leadpolicy tell-consents`: consents and withdrawals from elsewhere, told to a CRM."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
)
from leadpolicy.cli.terminal import progress, show_json, tell

if TYPE_CHECKING:
    from leadpolicy.crm.sync import Told
    from leadpolicy.exchange.rejects import Reject


def tell_consents(
    crm: Crm,
    consents: Annotated[
        Path, typer.Option(help="Consent events: .csv, .jsonl or .parquet, by their usual names.")
    ],
    policy: PolicyOption = DEFAULT_POLICY,
    bind: Bind = None,
    connector: ConnectorName = "generic",
    prefix: Prefix = "lp_",
    json: Json = False,
) -> None:
    """Tell a CRM about consents and withdrawals that were given elsewhere, denials first.

    Telling them again changes nothing, so that what was not confirmed is simply told again.
    """
    from leadpolicy.cli.deployment import deployed
    from leadpolicy.crm.rows import ConsentRow
    from leadpolicy.crm.sync import Settings
    from leadpolicy.crm.sync import tell_consents as tell_all
    from leadpolicy.exchange.binding import default_binding
    from leadpolicy.exchange.consents import read_consents
    from leadpolicy.exchange.rejects import Reject

    with deployed(policy, crm, bind, connector, prefix) as place, progress("telling") as shown:
        read = [*read_consents(place.policy, default_binding(), consents)]
        rejects = [item for item in read if isinstance(item, Reject)]
        rows = [
            ConsentRow(key, e.purpose, e.channel, e.status, e.at, e.source or "")
            for key, e in (item for item in read if not isinstance(item, Reject))
        ]
        shown("consents", 0, len(rows))
        told = tell_all(place.connector, rows, settings=Settings(progress=shown))
    _present(told, rejects, json=json)
    if rejects or told.failures:
        raise typer.Exit(codes.REJECTED)


def _present(told: Told, rejects: list[Reject], *, json: bool) -> None:
    if json:
        failures = [{"key": o.key, "code": o.code, "message": o.message} for o in told.failures]
        rows = [reject.to_row() for reject in rejects]
        show_json({"told": told.told, "failures": failures, "rejects": rows})
        return
    tell(f"{told.told} consents stand in the CRM, {len(told.failures)} refused", "green")
    for failure in told.failures:
        tell(f"  {failure.key}: {failure.message}", "yellow")
    for reject in rejects:
        tell(f"  {reject}", "yellow")
