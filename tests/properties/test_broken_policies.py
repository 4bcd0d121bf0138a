"""Broken policies give diagnostics, never a traceback: text and data mutated at random."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from leadpolicy.diagnostics import has_errors, in_source_order, render_text
from leadpolicy.documents.read import Document, read_policy_text
from leadpolicy.documents.schema import against_schema
from medium import FOLDER, data

TEXT = (FOLDER / "policy.yaml").read_text(encoding="utf-8")
WORDS = st.sampled_from(
    ["", "x", "employees", "fit", "mql", "true", "null", "-1", "1e400", "[", "{", "}", ": ", "'",
     '"', "count('demo_request')", "not", ">=", "and and", "90 days", "0 days", "&a", "*a", "!!x",
     "ß", "\u202e", "in", "in_list(", "days(9999999999)", "consent('a', 'b')", "A: {from: 1}"]
)  # fmt: skip
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(WORDS | st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def paths(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every value."""
    inner = node.items() if isinstance(node, dict) else enumerate(node)
    found = [path] if path else []
    if isinstance(node, dict | list):
        for key, value in inner:
            found += (
                paths(value, (*path, key)) if isinstance(value, dict | list) else [(*path, key)]
            )
    return found


PATHS = paths(data())


@st.composite
def mutated_data(draw: st.DrawFn) -> dict[str, Any]:
    found = deepcopy(data())
    for path in draw(st.lists(st.sampled_from(PATHS), min_size=1, max_size=3)):
        try:
            _mutate(draw, found, path)
        except (KeyError, IndexError, TypeError):
            continue
    return found


def _mutate(draw: st.DrawFn, found: Any, path: tuple[Any, ...]) -> None:
    target = found
    for step in path[:-1]:
        target = target[step]
    match draw(st.sampled_from(["replace", "delete", "rename", "word"])):
        case "delete":
            del target[path[-1]]
        case "rename" if isinstance(target, dict):
            target[draw(WORDS)] = target.pop(path[-1])
        case "word":
            target[path[-1]] = f"{target[path[-1]]}{draw(WORDS)}"
        case _:
            target[path[-1]] = draw(JUNK)


@st.composite
def mutated_text(draw: st.DrawFn) -> str:
    lines = TEXT.splitlines(keepends=True)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        cut = draw(st.integers(0, len(lines[at])))
        end = draw(st.integers(cut, len(lines[at])))
        lines[at] = lines[at][:cut] + draw(WORDS) + lines[at][end:]
    return "".join(lines)


def assert_told(found: Document) -> None:
    """A document without a checked policy says why, in order, each with a code."""
    assert (found.checked is None) == has_errors(found.diagnostics)
    assert found.diagnostics == in_source_order(found.diagnostics)
    rendered = render_text(found.diagnostics, found.tree.sources)
    assert all(f"[{item.code}]" in rendered for item in found.diagnostics)
    if found.policy is not None:
        assert [x for x in against_schema(found.tree) if x.severity == "error"] == []


@settings(max_examples=examples(300))
@given(mutated_text())
def test_mutated_texts_never_give_a_traceback(text: str) -> None:
    assert_told(read_policy_text(text))


@settings(max_examples=examples(400))
@given(mutated_data())
def test_mutated_policies_never_give_a_traceback(broken: dict[str, Any]) -> None:
    assert_told(read_policy_text(yaml.safe_dump(broken, sort_keys=False, allow_unicode=True)))
