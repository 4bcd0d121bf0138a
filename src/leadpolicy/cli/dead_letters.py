"""`leadpolicy dead-letters`: what the CRM refused for good; repair it, send it again or drop it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from difflib import get_close_matches
from json import loads
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from leadpolicy.cli import codes
from leadpolicy.cli.boundary import Commands, UsageError
from leadpolicy.cli.options import (
    DEFAULT_POLICY,
    Bind,
    ConnectorName,
    Crm,
    Json,
    PolicyOption,
    Prefix,
    StoreFile,
    TakeOver,
)
from leadpolicy.cli.terminal import show, show_json, table, tell

if TYPE_CHECKING:
    from leadpolicy.cli.deployment import Deployment
    from leadpolicy.crm.state import Column
    from leadpolicy.crm.store.contract import DeadLetter, Lock, Store

Keys: TypeAlias = Annotated[list[str] | None, typer.Argument(help="Keys of leads.")]
Key: TypeAlias = Annotated[str, typer.Argument(help="Key of the lead.")]

dead_letters = typer.Typer(
    name="dead-letters",
    cls=Commands,
    help="See what the CRM refused for good, repair it, send it again or drop it.",
    epilog=codes.HELP,
    no_args_is_help=True,
)


@dead_letters.command("list", epilog=codes.HELP)
def list_letters(
    crm: Crm,
    policy: PolicyOption = DEFAULT_POLICY,
    bind: Bind = None,
    connector: ConnectorName = "generic",
    prefix: Prefix = "lp_",
    store: StoreFile = None,
    json: Json = False,
) -> None:
    """List the dead letters, oldest first."""
    from leadpolicy.cli.deployment import deployed, known_store

    with (
        deployed(policy, crm, bind, connector, prefix) as place,
        known_store(store, crm) as memory,
    ):
        letters = list(memory.dead_letters(place.connector.target))
    if json:
        show_json([_data(letter) for letter in letters])
    elif letters:
        columns = ("lead", "code", "field", "message", "attempts", "at")
        show(table(None, columns, [_row(letter) for letter in letters]))
    else:
        tell("there are no dead letters", "green")


@dead_letters.command("show", epilog=codes.HELP)
def show_letter(
    key: Key,
    crm: Crm,
    policy: PolicyOption = DEFAULT_POLICY,
    bind: Bind = None,
    connector: ConnectorName = "generic",
    prefix: Prefix = "lp_",
    store: StoreFile = None,
    json: Json = False,
) -> None:
    """Show one dead letter with the values that were to be written."""
    from leadpolicy.cli.deployment import deployed, known_store

    with (
        deployed(policy, crm, bind, connector, prefix) as place,
        known_store(store, crm) as memory,
    ):
        letter = _letter(memory, place.connector.target, key)
    data = _data(letter)
    if json:
        show_json(data)
        return
    values = data.pop("values")
    show(table(None, ("", ""), list(data.items())))
    if isinstance(values, dict):
        show(table(None, ("column", "value"), [(name, str(v)) for name, v in values.items()]))


@dead_letters.command(epilog=codes.HELP)
def replay(
    crm: Crm,
    keys: Keys = None,
    all_: Annotated[bool, typer.Option("--all", help="Send all of them again.")] = False,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="COLUMN=VALUE", help="Write another value; with one key, repeatable."
        ),
    ] = None,
    policy: PolicyOption = DEFAULT_POLICY,
    bind: Bind = None,
    connector: ConnectorName = "generic",
    prefix: Prefix = "lp_",
    store: StoreFile = None,
    take_over: TakeOver = False,
    json: Json = False,
) -> None:
    """Let dead letters wait again, repaired or as they are; the next sync sends them."""
    if bool(keys) == all_ or (set_ and len(keys or ()) != 1):
        raise UsageError("what to replay is not clear", "name leads or `--all`; for `--set` one")
    with _working(policy, crm, bind, connector, prefix, store, take_over) as (place, memory, lock):
        letters = [_letter(memory, lock.target, key) for key in keys or ()]
        payload = _amended(letters[0], set_, place.desired.written) if set_ else None
        count = memory.replay(lock, keys or None, datetime.now(UTC), payload)
    _tell("replayed", count, json=json)


@dead_letters.command(epilog=codes.HELP)
def discard(
    keys: Annotated[list[str], typer.Argument(help="Keys of leads.")],
    crm: Crm,
    policy: PolicyOption = DEFAULT_POLICY,
    bind: Bind = None,
    connector: ConnectorName = "generic",
    prefix: Prefix = "lp_",
    store: StoreFile = None,
    take_over: TakeOver = False,
    json: Json = False,
) -> None:
    """Drop dead letters for good; what stands in the CRM stays."""
    with _working(policy, crm, bind, connector, prefix, store, take_over) as (_, memory, lock):
        for key in keys:
            _letter(memory, lock.target, key)
        count = memory.discard(lock, keys, datetime.now(UTC))
    _tell("discarded", count, json=json)


@contextmanager
def _working(
    policy: str,
    crm: str,
    bind: Path | None,
    connector: str,
    prefix: str,
    store: str | None,
    take_over: bool,
) -> Iterator[tuple[Deployment, Store, Lock]]:
    """Open everything, and hold the lock of syncs."""
    from leadpolicy.cli.deployment import deployed, open_store
    from leadpolicy.crm.locking import Unattended, locked

    now, run = datetime.now(UTC), Unattended(take_over=take_over)
    with (
        deployed(policy, crm, bind, connector, prefix) as place,
        open_store(store, crm) as memory,
        locked(memory, place.connector.target, "sync", now, run) as lock,
    ):
        yield place, memory, lock


def _letter(store: Store, target: str, key: str) -> DeadLetter:
    """Return the dead letter of a lead; raises `UsageError` when there is none."""
    letters = {letter.key: letter for letter in store.dead_letters(target)}
    if key not in letters:
        near = get_close_matches(key, letters, n=1)
        hint = f"did you mean `{near[0]}`?" if near else "`leadpolicy dead-letters list` lists them"
        raise UsageError(f"there is no dead letter for lead `{key}`", hint)
    return letters[key]


def _amended(letter: DeadLetter, assignments: Sequence[str], columns: Sequence[Column]) -> str:
    """Return the payload of a dead letter with other values."""
    from leadpolicy.crm.sync.payload import amended

    changes = {}
    for assignment in assignments:
        name, found, value = assignment.partition("=")
        if not found:
            raise UsageError(f"`{assignment}` sets nothing", "write it like `lp_state=mql`")
        changes[name] = value
    try:
        return amended(letter.payload, changes, columns)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _row(letter: DeadLetter) -> tuple[object, ...]:
    at = f"{letter.at:%Y-%m-%d %H:%M} UTC"
    return letter.key, letter.code, letter.field, letter.message, letter.attempts, at


def _data(letter: DeadLetter) -> dict[str, object]:
    return {
        "key": letter.key,
        "code": letter.code,
        "field": letter.field,
        "message": letter.message,
        "attempts": letter.attempts,
        "at": letter.at.isoformat(),
        "values": loads(letter.payload),
    }


def _tell(what: str, count: int, *, json: bool) -> None:
    if json:
        show_json({what: count})
    else:
        tell(f"{count} dead letters {what}", "green")
