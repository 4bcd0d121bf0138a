"""`leadpolicy connector`: write a connector, and prove what it does."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadpolicy.cli import codes
from leadpolicy.cli.boundary import Commands
from leadpolicy.cli.options import Json
from leadpolicy.cli.terminal import progress, show_json, tell

if TYPE_CHECKING:
    from leadpolicy.testing.contract.running import Report


class TierName(StrEnum):
    """How much is asked of a connector."""

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"
    PLATINUM = "platinum"


connector = typer.Typer(
    name="connector",
    cls=Commands,
    help="Write a connector from the template, and prove what it does.",
    epilog=codes.HELP,
    no_args_is_help=True,
)


@connector.command(epilog=codes.HELP)
def new(
    name: Annotated[str, typer.Argument(help="Name of the CRM, such as `our-crm`.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder to make; without it, leadpolicy-NAME."),
    ] = None,
    json: Json = False,
) -> None:
    """Write a typed package with a connector, its tests and its CI, ready to be installed."""
    from leadpolicy.cli.template import read_name, write_connector

    names = read_name(name)
    folder = out or Path(f"leadpolicy-{names.distribution}")
    files = [path.relative_to(folder).as_posix() for path in write_connector(names, folder)]
    if json:
        show_json({"folder": str(folder), "connector": names.distribution, "files": files})
        return
    tell(f"wrote {len(files)} files into {folder}", "green")
    tell(
        f"next: cd {folder} && pip install -e '.[test]' && pytest\n"
        f"then put the calls of your CRM in place of those in src/leadpolicy_{names.module}/api.py"
    )


@connector.command(epilog=codes.HELP)
def test(
    harness: Annotated[
        str, typer.Argument(help="The harness, such as `tests.harness:OurCrmHarness`.")
    ],
    tier: Annotated[TierName, typer.Option(help="Ask no more than this tier.")] = TierName.PLATINUM,
    only: Annotated[
        list[str] | None, typer.Option(metavar="SLUG", help="Check this alone; repeatable.")
    ] = None,
    reasons: Annotated[
        Path | None, typer.Option(help="File with what is taken out, and why (connector.toml).")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder for report.json, report.md and badge.svg."),
    ] = None,
    json: Json = False,
) -> None:
    """Hold a connector to the contract kit; exit code 1 says that something failed."""
    from leadpolicy.testing.contract.behaviour import Tier
    from leadpolicy.testing.contract.proving import chosen, harness_at, prove, write_report
    from leadpolicy.testing.contract.report import to_dict

    which = chosen(Tier[tier.name], only or [])
    with progress("proving") as shown:
        numbers = iter(range(1, len(which) + 1))
        report = prove(
            harness_at(harness),
            which,
            reasons=reasons,
            done=lambda result: shown(result.behaviour.slug, next(numbers), len(which)),
        )
    if out is not None:
        write_report(report, out)
    show_json(to_dict(report)) if json else _present(report)
    if report.failures:
        raise typer.Exit(codes.PROBLEMS)


def _present(report: Report) -> None:
    from leadpolicy.testing.contract.running import Mark

    for result in report.failures:
        tell(f"{result.behaviour.slug}: {result.behaviour.statement}\n  {result.reason}", "red")
    counts = ", ".join(f"{report.count(mark)} {mark.value}" for mark in Mark)
    style = "bold red" if report.failures else "bold green"
    tell(f"{report.connector} {report.version}: {report.tier.label} ({counts})", style)
