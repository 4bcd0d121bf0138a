"""`leadpolicy apply`: make what the policy needs in the CRM."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadpolicy.cli.boundary import UsageError
from leadpolicy.cli.options import (
    DEFAULT_POLICY,
    AllowDestroy,
    Bind,
    Both,
    ConnectorName,
    Crm,
    Json,
    Native,
    OverwriteDrift,
    PolicyOption,
    Prefix,
    StoreFile,
    TakeOver,
)
from leadpolicy.cli.terminal import show, show_json, tell

if TYPE_CHECKING:
    from leadpolicy.crm.apply import ApplyReport


def apply(
    crm: Crm,
    kept: Annotated[
        Path | None,
        typer.Argument(
            help="A plan that `plan --out` kept; without it, a new one.", metavar="[PLAN]"
        ),
    ] = None,
    policy: PolicyOption = DEFAULT_POLICY,
    bind: Bind = None,
    connector: ConnectorName = "generic",
    prefix: Prefix = "lp_",
    plan: Annotated[Path | None, typer.Option(help="The same as PLAN.")] = None,
    store: StoreFile = None,
    native: Native = False,
    both: Both = False,
    allow_destroy: AllowDestroy = False,
    overwrite_drift: OverwriteDrift = False,
    take_over: TakeOver = False,
    json: Json = False,
) -> None:
    """Make the changes of a plan in the CRM; doing it again changes nothing.

    A kept plan is applied once, and refused after the policy or the CRM has moved on.
    """
    from leadpolicy.cli.deployment import deployed, kept_plan, open_store
    from leadpolicy.crm.apply import apply as carry_out
    from leadpolicy.crm.locking import Unattended
    from leadpolicy.crm.plan import propose
    from leadpolicy.crm.render import render

    file = _one_file(kept, plan, allowed=allow_destroy or overwrite_drift)
    place = deployed(policy, crm, bind, connector, prefix, native=native, both=both)
    with place as opened, open_store(store, crm) as memory:
        if file is not None:
            found = kept_plan(file)
        else:
            found = propose(
                opened.connector,
                opened.desired,
                memory,
                allow_destroy=allow_destroy,
                overwrite_drift=overwrite_drift,
            )
        if not json:
            show(render(found))
        report = carry_out(
            found,
            opened.connector,
            memory,
            at=datetime.now(UTC),
            settings=Unattended(take_over=take_over),
            desired=opened.desired,
        )
    present(report, json=json)


def _one_file(kept: Path | None, plan: Path | None, *, allowed: bool) -> Path | None:
    if kept is not None and plan is not None:
        raise UsageError("two plans are named", "name one")
    file = kept or plan
    if file is not None and allowed:
        raise UsageError(
            "what a kept plan may destroy or overwrite was said when it was made",
            "leave out --allow-destroy and --overwrite-drift, or make the plan with them",
        )
    return file


def present(report: ApplyReport, *, json: bool) -> None:
    """Show what an apply did."""
    if json:
        show_json(asdict(report))
    else:
        tell(f"{report.changed} changes made, {report.standing} parts stand as needed", "green")
