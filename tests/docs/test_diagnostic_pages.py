"""Every diagnostic code has a page and is listed, and no page is left without its code."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "reference" / "diagnostics"
SOURCES = [ROOT / "src", *(ROOT / "connectors").glob("*/src")]


def codes_in_the_source() -> set[str]:
    texts = (path.read_text(encoding="utf-8") for root in SOURCES for path in root.rglob("*.py"))
    return {code for text in texts for code in re.findall(r"\bLP\d{3}\b", text)}


def pages() -> dict[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in PAGES.glob("LP*.md")}


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert set(pages()) == codes_in_the_source()


def test_every_page_says_what_to_avoid_what_to_prefer_and_why() -> None:
    for code, text in pages().items():
        assert text.startswith(f"# {code}: "), code
        assert all(f"**{word}" in text for word in ("Avoid", "Prefer", "Why")), code


def test_the_index_lists_every_page_with_its_title() -> None:
    index = (PAGES / "README.md").read_text(encoding="utf-8")
    for code, text in pages().items():
        title = text.splitlines()[0].removeprefix(f"# {code}: ")
        assert f"| [{code}]({code}.md) | {title} |" in index
