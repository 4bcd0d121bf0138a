"""`leadpolicy rollback`: bring back what was applied earlier."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from leadpolicy.cli import codes
from leadpolicy.cli.boundary import UsageError
from leadpolicy.cli.options import (
    DEFAULT_POLICY,
    AllowDestroy,
    Bind,
    ConnectorName,
    Crm,
    Json,
    OverwriteDrift,
    PolicyOption,
    Prefix,
    StoreFile,
    TakeOver,
)
from leadpolicy.cli.terminal import show, show_json, table, tell

if TYPE_CHECKING:
    from leadpolicy.crm.apply import ApplyReport
    from leadpolicy.crm.plan import Plan
    from leadpolicy.crm.store import Applied


def rollback(
    crm: Crm,
    to: Annotated[
        int | None, typer.Option("--to", help="Serial of the version to go back to.")
    ] = None,
    listed: Annotated[
        bool, typer.Option("--list", help="List what was applied, oldest first.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Go on without asking.")] = False,
    policy: PolicyOption = DEFAULT_POLICY,
    bind: Bind = None,
    connector: ConnectorName = "generic",
    prefix: Prefix = "lp_",
    store: StoreFile = None,
    allow_destroy: AllowDestroy = False,
    overwrite_drift: OverwriteDrift = False,
    take_over: TakeOver = False,
    json: Json = False,
) -> None:
    """Bring back what was applied earlier, after saying what cannot be undone.

    With --json and without --yes the plan is printed and nothing is done; exit code 2 says that
    there are changes.
    """
    from leadpolicy.cli.deployment import deployed, known_store
    from leadpolicy.crm.apply import apply as carry_out
    from leadpolicy.crm.locking import Unattended
    from leadpolicy.crm.rollback import applied_as, rollback_plan

    if listed == (to is not None):
        raise UsageError("say where to go back to", "--list shows it, --to SERIAL goes there")
    place = deployed(policy, crm, bind, connector, prefix)
    with place as opened, known_store(store, crm) as memory:
        if to is None:
            _list(list(memory.history(opened.connector.target)), json=json)
            return
        found = rollback_plan(
            opened.connector,
            memory,
            serial=to,
            allow_destroy=allow_destroy,
            overwrite_drift=overwrite_drift,
        )
        _confirm(found, yes=yes, json=json)
        report = carry_out(
            found,
            opened.connector,
            memory,
            at=datetime.now(UTC),
            settings=Unattended(take_over=take_over),
        )
        then = applied_as(to, opened.connector.target, memory)
    _present(report, then, json=json)


def _list(history: list[Applied], *, json: bool) -> None:
    rows = [
        (item.serial, f"{item.at:%Y-%m-%d %H:%M}", item.policy, item.version, item.changes)
        for item in history
    ]
    names = ("serial", "at", "policy", "version", "changes")
    if json:
        show_json([dict(zip(names, row, strict=True)) for row in rows])
    elif rows:
        show(table(None, names, rows))
    else:
        tell("nothing was applied yet")


def _confirm(found: Plan, *, yes: bool, json: bool) -> None:
    from leadpolicy.crm.planfile import to_dict
    from leadpolicy.crm.render import render

    if json and not yes:
        show_json(to_dict(found))
        raise typer.Exit(0 if found.is_empty else codes.CHANGES)
    if not json:
        show(render(found))
    if yes or found.conflicts:
        return
    if not _can_ask():
        raise UsageError("nothing was changed, because nobody can be asked", "say --yes to go on")
    typer.confirm("go back?", abort=True, err=True)


def _can_ask() -> bool:
    return sys.stdin.isatty()


def _present(report: ApplyReport, then: Applied, *, json: bool) -> None:
    from leadpolicy.crm.history import state_then

    same = report.state == state_then(then)
    if json:
        show_json({**asdict(report), "same": same})
        return
    tell(f"{report.changed} changes made, {report.standing} parts stand as needed", "green")
    if same:
        tell(f"the CRM stands as after {then.serial}", "green")
    else:
        tell(f"the CRM differs from how it stood after {then.serial}; see above", "yellow")
