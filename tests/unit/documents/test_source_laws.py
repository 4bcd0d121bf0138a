"""Laws of places and of merging, on random trees."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.diagnostics import Span
from leadpolicy.documents.merge import overlay, union
from leadpolicy.documents.nodes import Node
from leadpolicy.documents.scalars import SourceText
from leadpolicy.documents.source import Tree, read_text, read_tree
from leadpolicy.documents.tree import parse

PRINTED = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc", "Cn"],
        exclude_characters="\u2028\u2029\ufeff",
    ),
    max_size=12,
)
WORDS = st.lists(st.from_regex(r"[b-mä-ü]{2,9}", fullmatch=True), min_size=1, max_size=12)
KEYS = st.sampled_from("abcdef")
STYLES = st.sampled_from([None, "'", '"', "|", ">"])


def trees(leaves: st.SearchStrategy[Any], keys: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Return mappings of leaves, lists and mappings."""
    inner = st.recursive(
        leaves,
        lambda part: st.one_of(st.lists(part, max_size=3), st.dictionaries(keys, part, max_size=3)),
        max_leaves=8,
    )
    return st.dictionaries(keys, inner, min_size=1, max_size=4)


VALUES = trees(st.one_of(st.integers(-99, 99), st.booleans(), PRINTED), KEYS)
LEAVES = st.dictionaries(
    st.sampled_from("abc"), st.one_of(st.integers(-99, 99), PRINTED), max_size=3
)
SHAPED = st.builds(
    lambda leaves, inner: {**leaves, **inner},
    LEAVES,
    st.dictionaries(st.sampled_from("xyz"), LEAVES, max_size=3),
)
NULLABLE = trees(st.one_of(st.integers(-99, 99), st.none()), KEYS)


def sliced(tree: Tree, span: Span) -> str:
    """Return the text between the ends of a span that stays on one line."""
    row = tree.sources[span.source].split("\n")[span.line - 1]
    return row[span.column - 1 : span.end_column - 1]


@given(
    data=trees(PRINTED, PRINTED), style=st.sampled_from(["'", '"', "|", ">"]), flow=st.booleans()
)
@settings(max_examples=examples(150), deadline=None)
def test_written_text_reads_back(data: dict[str, Any], style: str, flow: bool) -> None:
    text = yaml.safe_dump(data, default_style=style, default_flow_style=flow, allow_unicode=True)
    tree = read_text(text)
    assert (tree.diagnostics, tree.data) == ((), data)


@given(data=VALUES, indent=st.sampled_from([None, 2]))
@settings(max_examples=examples(100), deadline=None)
def test_json_reads_back(data: dict[str, Any], indent: int | None) -> None:
    tree = read_text(json.dumps(data, ensure_ascii=False, indent=indent))
    assert (tree.diagnostics, tree.data) == ((), data)


@given(words=WORDS, style=STYLES, width=st.sampled_from([10, 30, 500]), data=st.data())
@settings(max_examples=examples(300), deadline=None)
def test_every_word_of_every_scalar_slices_back(
    words: list[str], style: str | None, width: int, data: st.DataObject
) -> None:
    content = {"k": [{"when": " ".join(words)}, words[0]], "after": words[-1]}
    text = yaml.safe_dump(content, default_style=style, width=width, allow_unicode=True)
    tree = read_text(text)
    assert (tree.diagnostics, tree.data) == ((), content)
    for path, scalar in tree.scalars.items():
        if "\\" in text and style == '"':
            continue
        spoken = scalar.text.split(" ")
        pick = data.draw(st.integers(0, len(spoken) - 1))
        start = len(" ".join(spoken[:pick])) + (pick > 0)
        span = tree.span_within(path, start, start + len(spoken[pick]))
        assert sliced(tree, span) == spoken[pick]


@given(
    text=PRINTED, start=st.integers(0, 12), size=st.integers(1, 12), quote=st.sampled_from("'\"")
)
@settings(max_examples=examples(300), deadline=None)
def test_every_slice_of_a_quoted_line_is_exact(
    text: str, start: int, size: int, quote: str
) -> None:
    text = text.replace(quote, "").replace("\\", "")
    tree = read_text(f"key: {quote}{text}{quote} # comment")
    part = text[start : start + size]
    assert tree.data == {"key": text}
    assert sliced(tree, tree.spans["key",]) == quote + text + quote
    if part:
        assert sliced(tree, tree.span_within(("key",), start, start + size)) == part


def node(data: dict[str, Any]) -> Node:
    """Return data as a node."""
    root, problems = parse(SourceText("<data>", json.dumps(data, ensure_ascii=False)))
    assert root is not None
    assert problems == []
    return root


def plain(part: Node) -> Any:
    """Return a node as data."""
    if isinstance(part.value, dict):
        return {name: plain(inner) for name, inner in part.value.items()}
    if isinstance(part.value, list):
        return [plain(inner) for inner in part.value]
    return part.value


def over(base: dict[str, Any], *children: dict[str, Any]) -> Any:
    """Return the data of children laid over a base, one after the other."""
    root = node(base)
    for child in children:
        root = overlay(root, node(child), [], strict=False)
    return plain(root)


@given(base=VALUES)
def test_an_empty_child_changes_nothing(base: dict[str, Any]) -> None:
    assert over(base, {}) == base
    assert list(over(base, {})) == list(base)


@given(child=VALUES)
def test_over_nothing_a_child_is_itself(child: dict[str, Any]) -> None:
    assert over({}, child) == child


@given(base=VALUES, child=VALUES)
def test_laying_a_child_over_twice_is_laying_it_over_once(
    base: dict[str, Any], child: dict[str, Any]
) -> None:
    assert over(base, child, child) == over(base, child)


@given(one=SHAPED, two=SHAPED, three=SHAPED)
def test_children_of_one_shape_without_null_can_be_grouped_either_way(
    one: dict[str, Any], two: dict[str, Any], three: dict[str, Any]
) -> None:
    assert over(over(one, two), three) == over(one, over(two, three))


@given(base=VALUES)
def test_a_null_for_every_name_leaves_nothing(base: dict[str, Any]) -> None:
    assert over(base, dict.fromkeys(base)) == {}


@given(base=NULLABLE, child=NULLABLE)
def test_strict_merging_differs_only_by_reported_nulls(
    base: dict[str, Any], child: dict[str, Any]
) -> None:
    problems: list[Any] = []
    strict = plain(overlay(node(base), node(child), problems, strict=True))
    assert {problem.code for problem in problems} <= {"LP111"}
    if not problems:
        assert strict == over(base, child)


@given(one=VALUES, two=VALUES)
def test_files_of_a_pack_merge_in_any_order_when_no_name_repeats(
    one: dict[str, Any], two: dict[str, Any]
) -> None:
    problems: list[Any] = []
    first = plain(union(node(one), node(two), problems))
    other: list[Any] = []
    second = plain(union(node(two), node(one), other))
    assert len(problems) == len(other)
    if not problems:
        assert first == second == over(one, two)


@given(base=VALUES)
@settings(max_examples=examples(40), deadline=None)
def test_extending_without_own_parts_is_the_pack_itself(base: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as name:
        for pack, text in (("base", json.dumps(base)), ("own", "extends: base\n")):
            (Path(name) / pack).mkdir()
            (Path(name) / pack / "policy.yaml").write_text(text, encoding="utf-8")
        own, pack_tree = read_tree(Path(name) / "own"), read_tree(Path(name) / "base")
    assert own.diagnostics == ()
    assert own.data == pack_tree.data == base
    assert own.scalars == pack_tree.scalars
    assert {path: span for path, span in own.spans.items() if path} == {
        path: span for path, span in pack_tree.spans.items() if path
    }
    assert set(own.overrides) == {()}
