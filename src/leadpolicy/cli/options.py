"""Arguments and options that several commands share."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer


class Lang(StrEnum):
    """The languages of texts."""

    DE = "de"
    EN = "en"


def moment(text: str) -> datetime:
    """Read an instant that has an offset, in UTC."""
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise typer.BadParameter(f"`{text}` is not a moment such as 2026-11-01T09:00:00Z")


def day(text: str) -> date:
    """Read a calendar day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"`{text}` is not a day such as 2026-11-01") from None


_POLICY = "Folder or file of the policy, or the name of a pack that comes with leadpolicy."

PolicyArgument: TypeAlias = Annotated[str, typer.Argument(help=_POLICY, metavar="[PATH]")]
PolicyOption: TypeAlias = Annotated[str, typer.Option("--policy", "-p", help=_POLICY)]
DEFAULT_POLICY = "policy.yaml"

Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Language: TypeAlias = Annotated[Lang, typer.Option("--lang", help="Language of the texts.")]
Out: TypeAlias = Annotated[
    Path | None, typer.Option("--out", "-o", help="File to write; without it, stdout.")
]
At: TypeAlias = Annotated[
    datetime | None,
    typer.Option(
        parser=moment,
        metavar="MOMENT",
        help="Instant of the decision, such as 2026-11-01T09:00:00Z; without it, now.",
    ),
]
Bind: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        help="Binding (YAML): which column holds which attribute; or the name of one that comes "
        "with the pack; without it, by equal names."
    ),
]
Enrich: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        help="Enrichers to ask before deciding (YAML); `leadpolicy plugins` lists what there is."
    ),
]
Crm: TypeAlias = Annotated[
    str,
    typer.Option(
        "--crm", help="Address of the CRM, such as crm.db or postgresql://user@host/database."
    ),
]
ConnectorName: TypeAlias = Annotated[
    str, typer.Option("--connector", help="Connector to use; `leadpolicy plugins` lists them.")
]
Prefix: TypeAlias = Annotated[
    str, typer.Option(help="What the columns that the policy adds begin with.")
]
StoreFile: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--store",
        help="What is remembered between runs: a file, or postgresql://user@host/database; "
        "without it, leadpolicy-store.db beside the CRM.",
    ),
]
Native: TypeAlias = Annotated[
    bool, typer.Option("--native", help="Let the CRM itself compute and enforce what it can.")
]
Both: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--both", help="Let the CRM compute beside the sync, and show where the two differ."
    ),
]
AllowDestroy: TypeAlias = Annotated[
    bool,
    typer.Option("--allow-destroy", help="Remove columns and tables that are no longer wanted."),
]
OverwriteDrift: TypeAlias = Annotated[
    bool, typer.Option("--overwrite-drift", help="Undo what others changed on parts of ours.")
]
TakeOver: TypeAlias = Annotated[
    bool, typer.Option("--take-over", help="Take the lock from whoever holds it.")
]
