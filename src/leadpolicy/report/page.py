"""One HTML page from Markdown and a picture: self-contained, light, and safe to open."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from leadpolicy.policy.fields import Lang

if TYPE_CHECKING:
    from markdown_it.token import Token

_STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.55 system-ui, sans-serif; color: #0f172a; background: #ffffff;
  max-width: 70rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; }
h2 { margin-top: 2.6rem; padding-bottom: .25rem; border-bottom: 2px solid #cbd5e1; }
h3 { margin-top: 1.8rem; }
nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .3rem 1rem; }
a { color: #1d4ed8; }
code { font-size: .85em; color: #475569; }
figure { margin: 1rem 0; overflow-x: auto; }
figure svg { max-width: 100%; min-width: 45rem; height: auto; }
.table { overflow-x: auto; }
table { border-collapse: collapse; font-size: .92rem; margin: .8rem 0; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem;
  border: 1px solid #e2e8f0; }
th { background: #f1f5f9; }
@media print { nav { display: none; } body { max-width: none; } }
"""


def page(title: str, lang: Lang, head: str, picture: str, body: str) -> str:
    """Return a page: Markdown, an SVG picture, and Markdown again, with links to its sections.

    HTML inside the Markdown is shown as text, never run.
    """
    above, _ = _rendered(head, "a")
    below, sections = _rendered(body, "s")
    links = "".join(f'<li><a href="#{name}">{escape(text)}</a></li>' for name, text in sections)
    return (
        f'<!doctype html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"{above}<figure>\n{picture}</figure>\n<nav><ul>{links}</ul></nav>\n{below}"
        "</body>\n</html>\n"
    )


def _rendered(markdown: str, prefix: str) -> tuple[str, list[tuple[str, str]]]:
    """Return Markdown as HTML, with the ids and texts of its second-level headings."""
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(markdown)
    sections = list(_named(tokens, prefix))
    text = reader.renderer.render(tokens, reader.options, {})
    wide = text.replace("<table>", '<div class="table"><table>')
    return wide.replace("</table>", "</table></div>"), sections


def _named(tokens: list[Token], prefix: str) -> Iterator[tuple[str, str]]:
    for token, inside in pairwise(tokens):
        if token.type == "heading_open" and token.tag == "h2":
            name = f"{prefix}{token.map[0] if token.map else 0}"
            token.attrSet("id", name)
            yield name, "".join(child.content for child in inside.children or ())
