"""`leadpolicy graph`: the lifecycle as a picture."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from leadpolicy.cli.options import DEFAULT_POLICY, Lang, Language, Out, PolicyArgument
from leadpolicy.cli.terminal import put


class Picture(StrEnum):
    """The formats of the picture."""

    MERMAID = "mermaid"
    SVG = "svg"


def graph(
    path: PolicyArgument = DEFAULT_POLICY,
    format: Annotated[Picture, typer.Option(help="Format of the picture.")] = Picture.MERMAID,
    lang: Language = Lang.EN,
    out: Out = None,
) -> None:
    """Draw the lifecycle with its back edges."""
    from leadpolicy.engine.loading import read_policy
    from leadpolicy.report.mermaid import mermaid
    from leadpolicy.report.svg import svg

    draw = {Picture.MERMAID: mermaid, Picture.SVG: svg}[format]
    put(draw(read_policy(path).require().policy, lang.value), out)
