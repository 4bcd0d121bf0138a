"""`leadpolicy sync`: decisions into the CRM, feedback out of it."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadpolicy.cli import codes
from leadpolicy.cli.options import (
    DEFAULT_POLICY,
    At,
    Bind,
    ConnectorName,
    Crm,
    Json,
    PolicyOption,
    Prefix,
    StoreFile,
)
from leadpolicy.cli.terminal import progress, show_json, tell

if TYPE_CHECKING:
    from leadpolicy.crm.sync import SyncReport
    from leadpolicy.engine.lead_policy import LeadPolicy
    from leadpolicy.exchange.run import Report


def sync(
    crm: Crm,
    policy: PolicyOption = DEFAULT_POLICY,
    bind: Bind = None,
    connector: ConnectorName = "generic",
    prefix: Prefix = "lp_",
    store: StoreFile = None,
    at: At = None,
    rejects: Annotated[
        Path | None, typer.Option(help="File for rows that cannot be used (.jsonl).")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing.")] = False,
    json: Json = False,
) -> None:
    """Decide the leads of the CRM, write what differs, and take in the feedback of sales.

    Doing it again writes nothing. Rows that cannot be used are reported, and their leads keep what
    stands in the CRM.
    """
    from leadpolicy.cli.deployment import deployed, open_store
    from leadpolicy.cli.syncing import copied_store, rehearsed, rejects_to, synchronise

    with ExitStack() as stack:
        place = stack.enter_context(deployed(policy, crm, bind, connector, prefix))
        opened = copied_store(store, crm) if dry_run else open_store(store, crm)
        memory = stack.enter_context(opened)
        place = rehearsed(place) if dry_run else place
        report, done = synchronise(
            place,
            memory,
            at=at or datetime.now(UTC),
            progress=stack.enter_context(progress("syncing")),
            observe=stack.enter_context(rejects_to(rejects)),
        )
    _present(report, done, place.policy, dry_run=dry_run, json=json)
    if report.rejected or done.failed:
        raise typer.Exit(codes.REJECTED)


def _present(
    report: Report, done: SyncReport, policy: LeadPolicy, *, dry_run: bool, json: bool
) -> None:
    from leadpolicy.cli.counts import show_counts

    if json:
        show_json({**report.to_dict(), "dry_run": dry_run, "sync": done.to_dict()})
        return
    show_counts(report, policy)
    would = "would be " if dry_run else ""
    written = f"{done.written} leads {would}written" if done.written else "nothing to write"
    tell(f"{written}, {done.unchanged} unchanged, {done.failed} failed", "green")
    tell(
        f"feedback: {done.feedback_new} new, {done.feedback_unchanged} known, "
        f"{done.feedback_withdrawn} withdrawn"
    )
    for failure in done.failures[:5]:
        tell(f"  {failure.key}: {failure.message}", "yellow")
    for item in report.first_rejects:
        tell(f"  {item}", "yellow")
    if report.rejected:
        counts = ", ".join(f"{count} of {source}" for source, count in report.rejected.items())
        tell(f"rows that cannot be used: {counts}", "yellow")
