"""`leadpolicy check`: every problem of a policy at once, and its cases."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from leadpolicy.cli import codes
from leadpolicy.cli.options import DEFAULT_POLICY, Json, PolicyArgument, day
from leadpolicy.cli.terminal import show_diagnostics, show_json, tell


def check(
    path: PolicyArgument = DEFAULT_POLICY,
    today: Annotated[
        date | None,
        typer.Option(parser=day, metavar="DAY", help="Day to hold the next review against."),
    ] = None,
    warnings_as_errors: Annotated[
        bool, typer.Option("--warnings-as-errors", help="Fail on warnings too.")
    ] = False,
    json: Json = False,
) -> None:
    """Check a policy: its documents, expressions, meaning, and its cases.yaml if there is one."""
    from leadpolicy.cli.checking import examine

    found = examine(path, today or date.today())
    if json:
        show_json(found.to_dict())
    else:
        show_diagnostics(found.diagnostics, found.sources)
        for line in found.case_lines:
            typer.echo(line)
        tell(found.summary, "bold red" if found.failed else "bold green")
    if found.failed or (warnings_as_errors and found.warnings):
        raise typer.Exit(codes.PROBLEMS)
