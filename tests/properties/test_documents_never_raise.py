"""Whatever a document holds, reading gives a tree with problems and never an exception."""

from __future__ import annotations

import tempfile
from pathlib import Path
from unittest.mock import patch

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.diagnostics import render_text
from leadpolicy.documents import tree as tree_module
from leadpolicy.documents.source import (
    CODES,
    Tree,
    origins,
    read_list_file,
    read_text,
    read_tree,
)

POLICY = """\
# a lead policy
extends: base
include: [scores.yaml]
name: "B2B – Größe \\u00fc"
version: 1.50
owner: {marketing: 'it''s ours', sales: ~}
record:
  employees: {type: number, unit: people, missing: unknown}
  budget:
    type: choice
    choices: [confirmed, released, "no: not yet"]
criteria:
  mql: >-
    employees >= 10 and
    count('content_download', within=days(90)) >= 3

  sql: |
    employees >= 50
      and budget == 'released'   # in the target segment
states:
- id: new
- id: mql
  when: [mql]
  after: 12:30
- {id: sql, when: [sql], until: 2024-01-31}
"""
SCORES = """\
scores:
  fit:
    - when: employees >= 50
      points: 10
    - when: "industry == 'intern'"
      points: -5.5
"""
NASTY = st.sampled_from(
    [
        *":-?[]{},#&*!|>'\"%@`\\\t\r\n \0~<=",
        "\n  ",
        "\n\t",
        ": ",
        "- ",
        "? ",
        "<<: ",
        "&a ",
        "*a",
        "!!python/object:os.system ",
        "!t ",
        "%TAG ! x\n",
        "---\n",
        "...\n",
        "|2\n",
        ">+\n",
        "[" * 50,
        "{a: " * 50,
        "- " * 50,
        '"\\ud800"',
        '"\\UFFFFFFFF"',
        "9" * 5000,
        "1e999999999",
        ".nan",
        "-.inf",
        "null",
        "\ufeff",
        "\u2028",
        "\x85",
        "\ud800",
        "\udcff",
        "😀",
        "../../etc/passwd",
        "policy.yaml",
        "own",
        "é" * 2000,
    ]
)
ANY_TEXT = st.text(st.characters(), max_size=200)
YAML_LIKE = st.lists(st.one_of(NASTY, st.text(max_size=6)), max_size=40).map("".join)
LOADERS = st.sampled_from(
    [yaml.SafeLoader, yaml.CSafeLoader] if yaml.__with_libyaml__ else [yaml.SafeLoader]
)


@st.composite
def mutated(draw: st.DrawFn, text: str) -> str:
    """Return a valid document with some characters and lines changed."""
    for _ in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(["delete", "insert", "replace", "swap", "indent", "double"]))
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        lines = text.splitlines(keepends=True) or [""]
        one, two = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        if kind == "swap":
            lines[one], lines[two] = lines[two], lines[one]
        elif kind == "indent":
            lines[one] = draw(st.sampled_from(["", " ", "  ", "\t", "   "])) + lines[one].lstrip()
        elif kind == "double":
            lines.insert(two, lines[one])
        if kind in {"swap", "indent", "double"}:
            text = "".join(lines)
        else:
            middle = "" if kind == "delete" else draw(st.one_of(NASTY, st.text(max_size=3)))
            text = text[:start] + middle + text[start if kind == "insert" else end :]
    return text


def assert_sound(tree: Tree) -> None:
    """Everything about the tree can be looked at, printed and written."""
    assert {problem.code for problem in tree.diagnostics} <= set(CODES)
    assert isinstance(tree.data, dict)
    assert all(problem.span is not None for problem in tree.diagnostics)
    for path, span in [*tree.spans.items(), *tree.key_spans.items()]:
        rows = tree.sources[span.source].replace("\r\n", "\n").replace("\r", "\n").split("\n")
        assert 1 <= span.line <= span.end_line <= len(rows)
        assert 1 <= span.column <= len(rows[span.line - 1]) + 1
        assert 1 <= span.end_column <= len(rows[span.end_line - 1]) + 1
        assert path in tree.spans
        assert tree.span_within(path, 0, 3).source == span.source
    assert len(origins(tree)) <= len(tree.spans)
    render_text(tree.diagnostics, tree.sources).encode("utf-8")


@given(text=st.one_of(ANY_TEXT, YAML_LIKE), loader=LOADERS)
@settings(max_examples=examples(300), deadline=None)
def test_random_text_never_raises(text: str, loader: type) -> None:
    with patch.object(tree_module, "_loader", lambda: loader):
        assert_sound(read_text(text))


@given(text=mutated(POLICY), loader=LOADERS)
@settings(max_examples=examples(300), deadline=None)
def test_broken_policies_never_raise(text: str, loader: type) -> None:
    with patch.object(tree_module, "_loader", lambda: loader):
        tree = read_text(text)
    assert_sound(tree)
    assert tree.data or tree.diagnostics


@given(text=mutated(POLICY))
@settings(max_examples=examples(200), deadline=None)
@pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML is installed without its C parser")
def test_both_parsers_agree_on_what_both_accept(text: str) -> None:
    with patch.object(tree_module, "_loader", lambda: yaml.CSafeLoader):
        one = read_text(text)
    with patch.object(tree_module, "_loader", lambda: yaml.SafeLoader):
        two = read_text(text)
    if not one.diagnostics and not two.diagnostics:
        assert (one.data, one.spans, one.key_spans) == (two.data, two.spans, two.key_spans)


@given(
    policy=mutated(POLICY),
    scores=st.one_of(mutated(SCORES), st.binary(max_size=60)),
    base=st.one_of(mutated(POLICY.replace("extends: base\n", "")), YAML_LIKE),
)
@settings(max_examples=examples(100), deadline=None)
def test_broken_packs_never_raise(policy: str, scores: str | bytes, base: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        for path, content in [
            ("own/policy.yaml", policy),
            ("own/scores.yaml", scores),
            ("base/policy.yaml", base),
            ("base/scores.yaml", SCORES),
        ]:
            (home / path).parent.mkdir(exist_ok=True)
            raw = content if isinstance(content, bytes) else content.encode("utf-8", "replace")
            (home / path).write_bytes(raw)
        assert_sound(read_tree(home / "own"))


@given(content=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
@settings(max_examples=examples(100), deadline=None)
def test_list_files_never_raise(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "list.txt").write_bytes(content)
        entries, problems = read_list_file(name, "list.txt")
    assert not (entries and problems)
    assert all(entry and entry == entry.strip() for entry in entries)


@given(name=st.text(max_size=30))
@settings(max_examples=examples(200), deadline=None)
def test_names_of_files_never_raise(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        entries, problems = read_list_file(folder, name)
        assert (entries, len(problems)) == ((), 1)
        assert_sound(read_tree(Path(folder) / "pack" / name))
