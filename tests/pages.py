"""The pages of the documentation as data: fenced blocks, links, headings and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[1]
FOLDERS = ("docs", "policies", "connectors")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its kind, what else its info string says, its text and first line."""

    page: Path
    kind: str
    words: tuple[str, ...]
    text: str
    line: int

    @property
    def file(self) -> str | None:
        """The file that the block is written to, from `file=…`."""
        return next((w.removeprefix("file=") for w in self.words if w.startswith("file=")), None)

    @property
    def place(self) -> str:
        """Where the block stands."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def pages() -> list[Path]:
    """Return every Markdown page of the repository, without what tools have put there."""
    found = [*ROOT.glob("*.md")]
    for folder in FOLDERS:
        found += (ROOT / folder).rglob("*.md")
    return sorted(found)


@cache
def _tokens(page: Path) -> tuple[Token, ...]:
    markdown = MarkdownIt("commonmark").enable("table")
    return tuple(markdown.parse(page.read_text(encoding="utf-8")))


def blocks(page: Path) -> Iterator[Block]:
    """Yield the blocks of a page in their order; a block that is only indented has no kind."""
    for token in _tokens(page):
        if token.type in {"fence", "code_block"}:
            kind, *words = token.info.split() or [""]
            first = (token.map or [0])[0] + 1
            yield Block(page, kind, tuple(words), token.content, first)


def _inline(page: Path) -> Iterator[Token]:
    for token in _tokens(page):
        yield from token.children or ([token] if token.type == "html_block" else [])


def links(page: Path) -> Iterator[str]:
    """Yield the targets of all links and pictures."""
    for token in _inline(page):
        if token.type in {"link_open", "image"}:
            yield str(token.attrs.get("href") or token.attrs.get("src") or "")
        elif token.type in {"html_block", "html_inline"}:
            yield from re.findall(r'(?:href|src|srcset)="([^"]*)"', token.content)


def anchors(page: Path) -> set[str]:
    """Return what a link behind `#` can name: the headings, as code hosts write them."""
    tokens = _tokens(page)
    titles = [text.content for mark, text in pairwise(tokens) if mark.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def tables(page: Path) -> Iterator[list[list[str]]]:
    """Yield every table as rows of cells, the head among them; backticks are kept."""
    rows: list[list[str]] = []
    tokens = _tokens(page)
    for index, token in enumerate(tokens):
        match token.type:
            case "table_open":
                rows = []
            case "tr_open":
                rows.append([])
            case "th_open" | "td_open":
                rows[-1].append(tokens[index + 1].content.replace(r"\|", "|"))
            case "table_close":
                yield rows


def code_words(page: Path) -> dict[str, set[str]]:
    """Return what a page writes in backticks outside its blocks, by heading."""
    found: dict[str, set[str]] = {}
    title = ""
    for index, token in enumerate(_tokens(page)):
        if token.type == "heading_open":
            title = _tokens(page)[index + 1].content
        words = (item.content for item in token.children or () if item.type == "code_inline")
        found.setdefault(title, set()).update(words)
    return found
