"""`leadpolicy glossary`: what MQL, SQL and everything else mean, for both teams."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from leadpolicy.cli.options import DEFAULT_POLICY, Lang, Language, Out, PolicyArgument
from leadpolicy.cli.terminal import put


class Page(StrEnum):
    """The formats of the glossary."""

    MARKDOWN = "md"
    HTML = "html"


def glossary(
    path: PolicyArgument = DEFAULT_POLICY,
    lang: Language = Lang.EN,
    format: Annotated[Page, typer.Option(help="Format of the text.")] = Page.MARKDOWN,
    out: Out = None,
) -> None:
    """Write the shared glossary: every definition, rule, number and its source."""
    from leadpolicy.engine.loading import read_policy
    from leadpolicy.report.glossary import glossary as markdown
    from leadpolicy.report.glossary import glossary_html

    write = {Page.MARKDOWN: markdown, Page.HTML: glossary_html}[format]
    put(write(read_policy(path).require(), lang.value), out)
