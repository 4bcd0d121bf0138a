"""Whatever a policy says stays text, in Markdown and in Mermaid."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from effort import examples
from leadpolicy.backends.prose.values import one_line
from leadpolicy.report.markdown import bullets, escaped, heading, labelled, table

READER = MarkdownIt("gfm-like", {"html": True, "linkify": False})

marks = st.text(st.sampled_from("\\`*_{}[]()#+-.!|<>~&;=:'\"$ \t\n19ab/"), min_size=1, max_size=25)
anything = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
texts = st.one_of(marks, anything).filter(lambda text: bool(one_line(text)))


class Seen(HTMLParser):
    """Collects the tags and the text of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def seen(markdown: str) -> Seen:
    return Seen(READER.render(markdown))


@settings(max_examples=examples(150))
@given(texts)
@example("1. one")
@example("- - -")
@example("# h")
@example("+")
@example("<script>alert(1)</script>")
@example("[a](javascript:x)")
@example("&copy; a\\b")
@example("~~a~~ $x$ |")
def test_a_text_is_shown_as_it_is(text: str) -> None:
    shown = seen(escaped(text))
    assert (shown.tags, shown.text.strip()) == (["p"], one_line(text))


@settings(max_examples=examples(80))
@given(texts, texts)
def test_a_text_is_shown_as_it_is_in_lists_and_tables(one: str, other: str) -> None:
    listed = seen(bullets([escaped(one), escaped(other)]))
    assert listed.tags == ["ul", "li", "li"]
    items = [line for line in listed.text.split("\n") if line]
    assert items == [one_line(one), one_line(other)]
    rows = seen(table(["A", "B"], [(one, other)]))
    assert rows.tags == ["table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td"]
    cells = [line for line in rows.text.split("\n") if line]
    assert cells == ["A", "B", one_line(one), one_line(other)]


@settings(max_examples=examples(80))
@given(texts)
def test_a_text_is_shown_as_it_is_in_headings(text: str) -> None:
    shown = seen(heading(2, text))
    assert (shown.tags, shown.text.strip()) == (["h2"], one_line(text))


def test_a_heading_can_show_the_name_in_the_files() -> None:
    assert heading(3, "Zustand *neu*", "new_state") == "### Zustand \\*neu\\* (`new_state`)"


def test_a_label_stands_in_front() -> None:
    assert seen(labelled("Quelle", "§ 7 (UWG)")).text.strip() == "Quelle: § 7 (UWG)"


@pytest.mark.parametrize(("depth", "mark"), [(0, "- "), (1, "  - "), (2, "    - ")])
def test_lists_nest_by_two_blanks(depth: int, mark: str) -> None:
    assert bullets(["a", "b"], depth) == f"{mark}a\n{mark}b"


def test_columns_without_text_are_left_out() -> None:
    assert table(["A", "B", "C"], [("1", "", "2"), ("", " ", "3")]) == (
        "| A | C |\n| --- | --- |\n| 1 | 2 |\n|  | 3 |"
    )
