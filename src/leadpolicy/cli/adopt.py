"""`leadpolicy import`: take over parts that stand in the CRM already."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from leadpolicy.cli import codes
from leadpolicy.cli.options import (
    DEFAULT_POLICY,
    Bind,
    Both,
    ConnectorName,
    Crm,
    Json,
    Native,
    PolicyOption,
    Prefix,
    StoreFile,
    TakeOver,
)
from leadpolicy.cli.terminal import show_json, tell

if TYPE_CHECKING:
    from leadpolicy.crm.adopt import AdoptReport


def adopt(
    crm: Crm,
    parts: Annotated[
        list[str] | None,
        typer.Argument(help="Parts such as `lp_fit` or `lp_reasons`; without any, all that stand."),
    ] = None,
    policy: PolicyOption = DEFAULT_POLICY,
    bind: Bind = None,
    connector: ConnectorName = "generic",
    prefix: Prefix = "lp_",
    store: StoreFile = None,
    native: Native = False,
    both: Both = False,
    take_over: TakeOver = False,
    json: Json = False,
) -> None:
    """Take over parts that stand in the CRM and fit; nothing is changed there.

    What others edited on parts of ours counts as left so; `plan` then shows how it differs.
    """
    from leadpolicy.cli.deployment import deployed, open_store
    from leadpolicy.crm.adopt import adopt as take_over_parts
    from leadpolicy.crm.locking import Unattended

    place = deployed(policy, crm, bind, connector, prefix, native=native, both=both)
    with place as opened, open_store(store, crm) as memory:
        report = take_over_parts(
            opened.connector,
            opened.desired,
            memory,
            parts=parts or None,
            at=datetime.now(UTC),
            settings=Unattended(take_over=take_over),
        )
    show_json(report.to_dict()) if json else _present(report)
    if report.unfit and parts:
        raise typer.Exit(codes.PROBLEMS)


def _present(report: AdoptReport) -> None:
    for verb, names in (
        ("taken over", report.adopted),
        ("accepted as it stands", report.accepted),
        ("forgotten, it is gone", report.forgotten),
    ):
        for name in names:
            tell(f"{name}: {verb}", "green")
    for name, why in report.unfit:
        tell(f"{name}: not taken over, it {why}", "yellow")
    changed = len(report.adopted) + len(report.accepted) + len(report.forgotten)
    tell(f"{changed} parts settled; `leadpolicy plan` shows what differs")
