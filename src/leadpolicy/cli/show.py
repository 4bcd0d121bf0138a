"""`leadpolicy show`: every part of a policy with its meaning, and where it comes from."""

from __future__ import annotations

from typing import Annotated

import typer

from leadpolicy.cli.options import DEFAULT_POLICY, Json, Lang, Language, PolicyArgument
from leadpolicy.cli.terminal import show as print_result
from leadpolicy.cli.terminal import show_json, table


def show(
    path: PolicyArgument = DEFAULT_POLICY,
    origin: Annotated[
        bool, typer.Option("--origin", help="Add the file and line, and what it overrides.")
    ] = False,
    lang: Language = Lang.EN,
    json: Json = False,
) -> None:
    """Show every part of a policy as a sentence, with packs and files merged in."""
    from leadpolicy.engine.loading import read_policy
    from leadpolicy.report.show import show as parts_of

    rows = parts_of(read_policy(path), lang.value)
    if json:
        show_json([row.to_dict() for row in rows])
        return
    # The sentences are long: last in the row, they push nothing out of sight.
    columns = ("part", *(("from", "instead of") if origin else ()), "says")
    cells = [(r.part, *((r.origin, r.overrides) if origin else ()), r.says) for r in rows]
    print_result(table(None, columns, cells))
