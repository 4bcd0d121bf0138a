"""The application: every command under its name."""

from __future__ import annotations

from typing import Annotated

import typer

from leadpolicy.cli import codes
from leadpolicy.cli.adopt import adopt
from leadpolicy.cli.apply import apply
from leadpolicy.cli.boundary import Commands
from leadpolicy.cli.check import check
from leadpolicy.cli.connector import connector
from leadpolicy.cli.dead_letters import dead_letters
from leadpolicy.cli.decide import decide
from leadpolicy.cli.demo import demo
from leadpolicy.cli.drift import drift
from leadpolicy.cli.explain import explain
from leadpolicy.cli.export import export
from leadpolicy.cli.fmt import fmt
from leadpolicy.cli.glossary import glossary
from leadpolicy.cli.graph import graph
from leadpolicy.cli.plan import plan
from leadpolicy.cli.plugins import plugins
from leadpolicy.cli.rollback import rollback
from leadpolicy.cli.sandbox import sandbox
from leadpolicy.cli.schema import schema
from leadpolicy.cli.show import show
from leadpolicy.cli.sync import sync
from leadpolicy.cli.tell_consents import tell_consents
from leadpolicy.cli.unlock import unlock

_ABOUT = "Lead policies as code: decide leads, explain every decision, deploy to the CRM."

app = typer.Typer(
    name="leadpolicy",
    cls=Commands,
    help=_ABOUT,
    epilog=codes.HELP,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_CRM = "Bring it to the CRM"
for command, panel in (
    (check, "Write a policy"),
    (show, "Write a policy"),
    (fmt, "Write a policy"),
    (schema, "Write a policy"),
    (glossary, "Read a policy"),
    (graph, "Read a policy"),
    (decide, "Decide leads"),
    (explain, "Decide leads"),
    (plan, _CRM),
    (apply, _CRM),
    (drift, _CRM),
    (adopt, _CRM),
    (rollback, _CRM),
    (unlock, _CRM),
    (sync, _CRM),
    (tell_consents, _CRM),
    (export, _CRM),
    (sandbox, _CRM),
    (plugins, _CRM),
    (demo, "See it at work"),
):
    name = "import" if command is adopt else None
    app.command(name, epilog=codes.HELP, rich_help_panel=panel)(command)

for group in (dead_letters, connector):
    app.add_typer(group, rich_help_panel=_CRM)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"leadpolicy {version('leadpolicy')}")
        raise typer.Exit


@app.callback()
def leadpolicy(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Lead policies as code: decide leads, explain every decision, deploy to the CRM."""
