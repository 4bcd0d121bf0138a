"""`leadpolicy sync`: decisions into the CRM, feedback out of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadpolicy.cli import codes
from leadpolicy.cli.options import (
    DEFAULT_POLICY,
    At,
    Bind,
    Both,
    ConnectorName,
    Crm,
    Enrich,
    Json,
    Native,
    PolicyOption,
    Prefix,
    StoreFile,
    TakeOver,
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
    enrich: Enrich = None,
    connector: ConnectorName = "generic",
    prefix: Prefix = "lp_",
    store: StoreFile = None,
    at: At = None,
    rejects: Annotated[
        Path | None, typer.Option(help="File for rows that cannot be used (.jsonl).")
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Decide all leads, also those that did not change.")
    ] = False,
    require_consent: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PURPOSE[/CHANNEL]",
            help="Send only leads with this consent, asked once more right before; repeatable.",
        ),
    ] = None,
    member: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=TEAM",
            help="Who is in marketing or sales; feedback of others than sales has no effect.",
        ),
    ] = None,
    max_attempts: Annotated[
        int, typer.Option(min=1, help="Refusals for a passing reason that make a dead letter.")
    ] = 8,
    native: Native = False,
    both: Both = False,
    take_over: TakeOver = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing.")] = False,
    json: Json = False,
) -> None:
    """Take in what happened in the CRM, decide the leads concerned, and write what differs.

    Doing it again writes nothing. Rows that cannot be used are reported, and their leads keep what
    stands in the CRM. A sync that was broken off is finished by the next one.
    """
    from leadpolicy.cli.deployment import deployed, open_store
    from leadpolicy.cli.registry import installed
    from leadpolicy.cli.syncing import (
        copied_store,
        permits,
        rehearsed,
        rejects_to,
        synchronise,
        teams,
    )
    from leadpolicy.crm.sync import Settings
    from leadpolicy.exchange.enrichment_file import read_enrichment

    roles = teams(member or ())
    with ExitStack() as stack, _told():
        opening = deployed(policy, crm, bind, connector, prefix, native=native, both=both)
        place = stack.enter_context(opening)
        memory = stack.enter_context(
            copied_store(store, crm) if dry_run else open_store(store, crm)
        )
        place = rehearsed(place) if dry_run else place
        shown = stack.enter_context(progress("syncing"))
        report, done = synchronise(
            place,
            memory,
            at=at or datetime.now(UTC),
            observe=stack.enter_context(rejects_to(rejects)),
            enrichment=read_enrichment(enrich, place.policy, installed().enricher)
            if enrich
            else None,
            settings=Settings(
                full=full,
                max_attempts=max_attempts,
                permit=permits(require_consent or (), memory, place.connector.target),
                roles=roles,
                take_over=take_over or dry_run,
                progress=shown,
            ),
        )
    _present(report, done, place.policy, dry_run=dry_run, json=json)
    if report.rejected or done.failed:
        raise typer.Exit(codes.REJECTED)


@contextmanager
def _told() -> Iterator[None]:
    """Say what a run did that could not go on to its end."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        tell("interrupted; the next sync goes on where this one ended", "yellow")
        _tell_notes(interrupt)
        raise
    except Exception as error:
        _tell_notes(error)
        raise


def _tell_notes(error: BaseException) -> None:
    for note in getattr(error, "__notes__", ()):
        tell(note, "yellow")


def _present(
    report: Report, done: SyncReport, policy: LeadPolicy, *, dry_run: bool, json: bool
) -> None:
    from leadpolicy.cli.counts import show_counts
    from leadpolicy.cli.syncing import remarks

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
    for note in report.notes:
        tell(f"note: {note}")
    for remark in remarks(done):
        tell(remark, "yellow")
    for item in report.first_rejects:
        tell(f"  {item}", "yellow")
    if report.rejected:
        counts = ", ".join(f"{count} of {source}" for source, count in report.rejected.items())
        tell(f"rows that cannot be used: {counts}", "yellow")
