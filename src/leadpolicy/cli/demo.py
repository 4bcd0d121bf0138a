"""`leadpolicy demo`: the whole way once, on a generated German B2B world."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadpolicy.cli.options import Lang, Language


def demo(
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for everything that the demo makes.")
    ] = Path("demo-output"),
    leads: Annotated[int, typer.Option(min=1, max=100_000, help="How many leads.")] = 3000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same world.")] = 2026,
    lang: Language = Lang.EN,
) -> None:
    """See it at work: a CRM full of leads, the policy b2b-de, plan, apply, decide, sync, explain.

    Everything is generated, the CRM is an SQLite file. Doing it again starts afresh.
    """
    from leadpolicy.cli.showcase import Showcase

    Showcase(out, leads=leads, seed=seed, lang=lang.value).run()
