"""Places: spans of values and keys, and places inside a scalar's text."""

from __future__ import annotations

import pytest
import yaml

from leadpolicy.diagnostics import Span
from leadpolicy.documents import tree as tree_module
from leadpolicy.documents.source import Tree, TreePath, read_text


@pytest.fixture(params=["C", "Python"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every test with both parsers of PyYAML: places have to agree."""
    if request.param == "C" and not yaml.__with_libyaml__:
        pytest.skip("PyYAML is installed without its C parser")
    loader = yaml.CSafeLoader if request.param == "C" else yaml.SafeLoader
    monkeypatch.setattr(tree_module, "_loader", lambda: loader)


def ends(span: Span) -> tuple[int, int, int, int]:
    return span.line, span.column, span.end_line, span.end_column


def sliced(tree: Tree, span: Span) -> str:
    """Return what stands in the source between the ends of a span, lines joined by a bar."""
    rows = tree.sources[span.source].split("\n")[span.line - 1 : span.end_line]
    rows[-1] = rows[-1][: span.end_column - 1]
    rows[0] = rows[0][span.column - 1 :]
    return "|".join(row.rstrip("\r") for row in rows)


TEXT = """\
# comment
näme: "b2b 😀" # comment
scores:
  fit:
    - when: employees >= 50
      points: 10

    - {when: 'x', points: -5}   # last
  empty:

# comment
after: [a, b]
"""


def test_spans_cover_values_without_what_surrounds_them() -> None:
    tree = read_text(TEXT, "p.yaml")
    assert tree.diagnostics == ()
    found = {path: sliced(tree, span) for path, span in tree.spans.items()}
    assert found["näme",] == '"b2b 😀"'
    assert found["scores", "fit", 0, "when"] == "employees >= 50"
    assert found["scores", "fit", 0] == "when: employees >= 50|      points: 10"
    assert found["scores", "fit", 1] == "{when: 'x', points: -5}"
    assert found["scores", "fit"].startswith("- when")
    assert found["scores", "fit"].endswith("points: -5}")
    assert found["scores", "empty"] == ""
    assert found["after",] == "[a, b]"
    assert found["after", 1] == "b"
    assert found[()].startswith("näme")
    assert found[()].endswith("[a, b]")
    assert ends(tree.spans["näme",]) == (2, 7, 2, 14)
    assert ends(tree.spans["scores", "empty"]) == (9, 9, 9, 9)


def test_every_key_has_a_span() -> None:
    tree = read_text(TEXT, "p.yaml")
    for path, span in tree.key_spans.items():
        assert sliced(tree, span) == path[-1]
    assert set(tree.key_spans) == {path for path in tree.spans if path and path[-1] not in (0, 1)}


def test_line_ends_of_windows_count_as_one_break() -> None:
    tree = read_text("a: 1\r\nb: 'x'\r\nc: |\r\n  hi\r\n")
    assert ends(tree.spans["b",]) == (2, 4, 2, 7)
    assert ends(tree.spans["c",]) == (3, 4, 4, 5)


def test_block_scalars_end_with_their_last_line() -> None:
    tree = read_text("a: |\n  hi\n  there\n\n# comment\nb: 1\n")
    assert ends(tree.spans["a",]) == (1, 4, 3, 8)


def within(text: str, word: str, path: TreePath = ("a",)) -> tuple[str, Span]:
    """Return what the span of a word inside the scalar at `path` covers, and the span."""
    tree = read_text(text)
    start = tree.scalars[path].text.index(word)
    span = tree.span_within(path, start, start + len(word))
    return sliced(tree, span), span


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: x >= emploees and y", (1, 9)),
        ("a: 'x >= emploees and y'", (1, 10)),
        ('a: "x >= emploees and y"', (1, 10)),
        ('äöü: 1\na: "😀 ü   emploees"', (2, 11)),
        ("a: |\n  x >= 1 and\n    emploees", (3, 5)),
        ("a: |-   # note\n  x and emploees\n", (2, 9)),
        ("a: |\n\n\n    y\n    emploees\n", (5, 5)),
        ("a: |2\n    x\n  emploees\n", (3, 3)),
        ("a: >\n  x and\n  y and\n  emploees\n", (4, 3)),
        ("a: >-\n  x\n\n  y emploees\n", (4, 5)),
        ("a: x and\n  y and\n  emploees or z", (3, 3)),
        ("a: 'x and\n\n  emploees or z'", (3, 3)),
        ('a: "x and\n  emploees or z"', (2, 3)),
        ("a: |\r\n  x\r\n  emploees\r\n", (3, 3)),
        ("- 1\n", None),
    ],
)
def test_words_inside_a_scalar_are_found_in_the_file(
    text: str, place: tuple[int, int] | None
) -> None:
    if place is None:
        assert read_text(text).span_at(("a",)) is None
        return
    word, span = within(text, "emploees")
    assert (word, (span.line, span.column)) == ("emploees", place)


def test_a_stretch_over_several_lines_keeps_its_ends() -> None:
    assert within("a: >\n  x and\n  yy or\n  z\n", "and yy")[0] == "and|  yy"
    assert within("a: |\n  x and\n  yy or\n  z\n", "and\nyy or")[0] == "and|  yy or"


def test_spaces_inside_a_line_are_found() -> None:
    assert within("a: 'x  y'", "  ")[0] == "  "
    assert within("a: |\n  x  y\n    z\n", "  z")[0] == "  z"
    assert within("a: '  x'", "  ")[0] == "  "


@pytest.mark.parametrize(
    "text", ['a: "x\\ty"', "a: 'it''s y'", 'a: "x \\\n  y"', "a: !!str x y", 'a: "\\u00fc y"']
)
def test_scalars_with_escapes_give_the_whole_scalar(text: str) -> None:
    tree = read_text(text)
    assert tree.span_within(("a",), 2, 3) == tree.spans["a",]


def test_offsets_are_moved_into_the_text() -> None:
    tree = read_text("a: 'xyz'")
    assert ends(tree.span_within(("a",), 3, 3)) == (1, 8, 1, 8)
    assert ends(tree.span_within(("a",), 1, 99)) == (1, 6, 1, 8)
    assert ends(tree.span_within(("a",), -5, 1)) == (1, 5, 1, 6)
    assert ends(tree.span_within(("a",), 9, 2)) == (1, 8, 1, 8)


@pytest.mark.parametrize("text", ["a: ''", "a:", "a: |\n", "a: [x, y]", "a: {x: y}"])
def test_values_without_text_give_the_whole_value(text: str) -> None:
    tree = read_text(text)
    assert tree.span_within(("a",), 0, 5) == tree.spans["a",]


def test_the_end_of_a_block_is_the_end_of_its_last_line() -> None:
    tree = read_text("a: |+\n  x and\n\nb: 1\n")
    assert tree.data["a"] == "x and\n\n"
    for offset in (5, 6, 7, 99):
        assert ends(tree.span_within(("a",), offset, offset)) == (2, 8, 2, 8)


def test_unknown_paths_have_the_place_of_what_is_around_them() -> None:
    tree = read_text("a:\n  b: {c: 1}\n")
    assert tree.span_at(("a", "b", "x", 0)) == tree.spans["a", "b"]
    assert tree.span_at(("z",)) == tree.spans[()]
    assert Tree().span_at(("a",)) is None
    with pytest.raises(KeyError):
        tree.span_within(("z",), 0, 1)
