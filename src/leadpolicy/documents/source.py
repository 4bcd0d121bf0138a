"""Documents as plain data that knows its places: files, `include` and `extends` already merged.

Nothing here knows what a policy is. A document becomes text, numbers, true/false, null, lists
and mappings; every value and key keeps its `Span`. Whatever is wrong becomes a `Diagnostic`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import Final, TypeAlias

from leadpolicy.diagnostics import Diagnostic, Span, in_source_order, path_text
from leadpolicy.documents.files import is_folder, read_list_file
from leadpolicy.documents.nodes import Node, TreePath
from leadpolicy.documents.packs import POLICY_FILE, Reading, Stack, search_path
from leadpolicy.documents.scalars import ScalarText, SourceText, Value, printable
from leadpolicy.documents.tree import MAX_BYTES, parse

__all__ = [
    "CODES",
    "Origin",
    "Plain",
    "Tree",
    "TreePath",
    "origins",
    "path_text",
    "read_file",
    "read_list_file",
    "read_text",
    "read_tree",
]

Plain: TypeAlias = "Value | list[Plain] | dict[str, Plain]"

CODES: Final[dict[str, str]] = {
    "LP101": "not YAML",
    "LP102": "empty, not a mapping, or several documents",
    "LP103": "duplicate name",
    "LP104": "alias, anchor or merge key",
    "LP105": "too deep, too large or too many",
    "LP106": "unknown tag, number that is not finite, or key that is not text",
    "LP107": "file not found or not readable",
    "LP108": "file outside the folder",
    "LP109": "cyclic `extends` or `include`",
    "LP110": "unknown pack",
    "LP111": "deleting what is not there",
}


@dataclass(frozen=True, slots=True)
class Tree:
    """Plain data with the place of every value and key, and all problems found on the way.

    `overrides` says for a part which place of a parent pack it took over from. With errors among
    the `diagnostics`, `data` holds what could be read, at worst nothing.
    """

    data: dict[str, Plain] = field(default_factory=dict)
    spans: dict[TreePath, Span] = field(default_factory=dict)
    key_spans: dict[TreePath, Span] = field(default_factory=dict)
    scalars: dict[TreePath, ScalarText] = field(default_factory=dict)
    overrides: dict[TreePath, Span] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()
    files: tuple[Path, ...] = ()
    extends: tuple[str, ...] = ()

    def span_at(self, path: TreePath) -> Span | None:
        """Return the place of a value, or of the nearest value around it; None without data."""
        for length in range(len(path), -1, -1):
            if span := self.spans.get(path[:length]):
                return span
        return None

    def span_within(self, path: TreePath, start: int, end: int) -> Span:
        """Return the place of the characters `start` to `end` (exclusive) of a scalar's text.

        Exact in plain, quoted, literal and folded scalars; the whole value when the scalar has
        escapes or is no scalar. Offsets outside the text are moved to its ends. Raises `KeyError`
        for a path that the tree does not have.
        """
        span, scalar = self.spans[path], self.scalars.get(path)
        text = self.sources[span.source]
        found = scalar.positions(text) if scalar else None
        if scalar is None or not found:
            return span
        size = len(scalar.text.rstrip("\n"))
        first = min(max(start, 0), size)
        last = min(max(end, first), size)
        begin = found[first] if first < size else found[size - 1] + 1
        stop = found[last - 1] + 1 if last > first else begin
        return SourceText(span.source, text).span(begin, stop)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a part comes from; `overrides` is the place in a parent pack that it replaces."""

    path: TreePath
    span: Span
    overrides: Span | None = None


def origins(tree: Tree) -> list[Origin]:
    """Return the origin of every named part and of every leaf, in the order of the tree."""
    return [
        Origin(path, tree.key_spans.get(path, span), tree.overrides.get(path))
        for path, span in tree.spans.items()
        if path and (path in tree.key_spans or path in tree.scalars)
    ]


def read_tree(
    path_or_folder: str | PathLike[str], *, packs: Iterable[str | PathLike[str]] = ()
) -> Tree:
    """Read a policy: its document, what that includes, and the packs that it extends.

    A folder means the `policy.yaml` in it. `packs` are folders of packs, searched before the
    folder that holds the policy's own folder. Never raises for what files hold or lack: see
    `Tree.diagnostics`.
    """
    path = Path(path_or_folder)
    path = path / POLICY_FILE if is_folder(path) else path
    reading = Reading()
    stack = Stack(reading, search_path(path, map(Path, packs)))
    root, extends = stack.read(path)
    return _tree(root, reading, extends)


def read_file(path: str | PathLike[str]) -> Tree:
    """Read one file as it is: `include` and `extends` are keys like any other."""
    reading = Reading()
    return _tree(reading.document(Path(path)), reading)


def read_text(text: str, name: str = "<text>") -> Tree:
    """Read one document from text: `include` and `extends` are keys like any other.

    >>> read_text("employees: [10, 49.5]").data
    {'employees': [10, Decimal('49.5')]}
    """
    source = SourceText(name, text.removeprefix("\ufeff")[: MAX_BYTES + 1])
    root, problems = parse(source)
    return _tree(root, Reading({name: printable(source.text)}, [], problems))


def _tree(root: Node | None, reading: Reading, extends: tuple[str, ...] = ()) -> Tree:
    tree = Tree(
        sources=reading.sources,
        diagnostics=in_source_order(reading.problems),
        files=tuple(reading.files),
        extends=extends,
    )
    data = _plain(tree, root, ()) if root is not None else None
    return replace(tree, data=data) if isinstance(data, dict) else tree


def _plain(tree: Tree, node: Node, path: TreePath) -> Plain:
    """Return the plain value of a node and note the places of everything in it."""
    tree.spans[path] = node.span
    if node.key is not None:
        tree.key_spans[path] = node.key_span
    if node.scalar is not None:
        tree.scalars[path] = node.scalar
    if node.replaces is not None:
        tree.overrides[path] = node.replaces.key_span
    if isinstance(node.value, dict):
        return {name: _plain(tree, part, (*path, name)) for name, part in node.value.items()}
    if isinstance(node.value, list):
        return [_plain(tree, part, (*path, index)) for index, part in enumerate(node.value)]
    return node.value
