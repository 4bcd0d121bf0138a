"""`leadpolicy decide`: leads of a file in, decisions and rejected rows out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadpolicy.cli import codes
from leadpolicy.cli.boundary import UsageError
from leadpolicy.cli.options import DEFAULT_POLICY, At, Bind, Enrich, Json, PolicyOption
from leadpolicy.cli.terminal import progress, show_json, tell

if TYPE_CHECKING:
    from leadpolicy.engine.lead_policy import LeadPolicy
    from leadpolicy.exchange.run import Report


def decide(
    leads: Annotated[Path, typer.Option(help="Leads: .csv, .jsonl or .parquet.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Decisions: .csv, .jsonl or .parquet.")],
    policy: PolicyOption = DEFAULT_POLICY,
    signals: Annotated[Path | None, typer.Option(help="Signals of the leads.")] = None,
    consents: Annotated[Path | None, typer.Option(help="Consent events of the leads.")] = None,
    bind: Bind = None,
    enrich: Enrich = None,
    rejects: Annotated[
        Path | None,
        typer.Option(help="Rows that cannot be used (.jsonl); without it, OUT.rejects.jsonl."),
    ] = None,
    at: At = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    json: Json = False,
) -> None:
    """Decide every lead of a file.

    Rows that cannot be used go to the rejects file with their number and the reasons; all others
    go through. A signal that cannot be used is left out of its lead's decision; a consent event
    that cannot be used might be a withdrawal, so its lead is not decided.
    """
    from leadpolicy.cli.registry import installed
    from leadpolicy.engine.loading import load
    from leadpolicy.exchange.enrichment_file import read_enrichment
    from leadpolicy.exchange.fitting import binding_for
    from leadpolicy.exchange.run import Inputs, decide_files

    rejects = rejects or out.parent / f"{out.name}.rejects.jsonl"
    inputs = Inputs(leads, signals, consents)
    _refuse_clashes(
        [path for path in (leads, signals, consents, bind, enrich) if path], [out, rejects]
    )
    _refuse_existing([out, rejects], force=force)
    loaded = load(policy)
    enrichment = read_enrichment(enrich, loaded, installed().enricher) if enrich else None
    with progress("deciding") as shown:
        report = decide_files(
            loaded,
            inputs,
            binding_for(bind, loaded.checked),
            out,
            rejects,
            at=at or datetime.now(UTC),
            progress=shown,
            enrichment=enrichment,
        )
    report.notes += [str(tally) for tally in enrichment.tallies] if enrichment else []
    _present(report, loaded, out, rejects, json=json)
    if report.rejected:
        raise typer.Exit(codes.REJECTED)


def _refuse_clashes(inputs: list[Path], outputs: list[Path]) -> None:
    places = [path.resolve() for path in (*inputs, *outputs)]
    for path in outputs:
        if places.count(path.resolve()) > 1:
            raise UsageError(f"`{path}` is named twice", "results go to files of their own")


def _refuse_existing(paths: list[Path], *, force: bool) -> None:
    for path in paths:
        if path.is_dir():
            raise UsageError(f"`{path}` is a folder", "name a file")
        if path.exists() and not force:
            raise UsageError(f"`{path}` is there already", "name another file, or add --force")


def _present(report: Report, policy: LeadPolicy, out: Path, rejects: Path, *, json: bool) -> None:
    from leadpolicy.cli.counts import show_counts

    files = {"out": str(out), "rejects": str(rejects) if report.rejected else None}
    if json:
        show_json({**report.to_dict(), **files})
        return
    show_counts(report, policy)
    for note in report.notes:
        tell(f"note: {note}")
    tell(f"decided {report.decided} of {report.leads} leads: {out}", "green")
    _present_rejects(report, rejects)


def _present_rejects(report: Report, rejects: Path) -> None:
    if not report.rejected:
        return
    for item in report.first_rejects:
        tell(f"  {item}")
    counts = ", ".join(f"{count} of {source}" for source, count in report.rejected.items())
    tell(f"rejected rows: {counts}; all of them stand in {rejects}", "yellow")
