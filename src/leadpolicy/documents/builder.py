"""Nodes out of parser events: a stack of its own, so that depth and size are bounded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from leadpolicy.diagnostics import Diagnostic, Span, path_text
from leadpolicy.documents.nodes import Node, TreePath
from leadpolicy.documents.scalars import (
    CORE_TAG,
    SPACE,
    BadScalarError,
    ScalarText,
    SourceText,
    quoted,
    scalar_value,
    unknown_tag,
    whole_characters,
)

MAX_DEPTH: Final = 40
MAX_NODES: Final = 200_000
MAX_PROBLEMS: Final = 100

_STYLES: Final = {"'": "single", '"': "double", "|": "literal", ">": "folded"}
_KEY_HINT: Final = "a key is text: write it in quotes"


class StopReadingError(Exception):
    """Reading cannot go on; `diagnostic` says why."""

    def __init__(self, code: str, message: str, span: Span, hint: str | None = None) -> None:
        super().__init__(message)
        self.diagnostic = Diagnostic(code, message, span=span, hint=hint)


@dataclass(slots=True)
class _Key:
    """A key waiting for its value; `name` is None when the entry is left out."""

    name: str | None
    start: int
    end: int


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not been read; `in_key` when it stands as a key."""

    node: Node
    path: TreePath
    flow: bool
    in_key: bool
    pending: _Key | None = None


@dataclass(slots=True)
class NodeBuilder:
    """Builds nodes from parser events with a stack of its own, so that depth is bounded."""

    source: SourceText
    problems: list[Diagnostic] = field(default_factory=list)
    root: Node | None = None
    _open: list[_Open] = field(default_factory=list)
    _documents: int = 0
    _nodes: int = 0

    def add(self, event: Any) -> None:
        """Take the next parser event."""
        if isinstance(event, yaml.NodeEvent):
            self._node(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                message = "a file holds one document, here starts a second one"
                raise StopReadingError(
                    "LP102", message, self._span(event), "split the file at `---`"
                )

    def open_bracket(self) -> int | None:
        """Return where the innermost bracket stands that is not closed so far."""
        return next((item.node.start for item in reversed(self._open) if item.flow), None)

    def _node(self, event: Any) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            message = f"the document has more than {MAX_NODES:,} values"
            raise StopReadingError("LP105", message, self._span(event), "split it with `include`")
        if event.anchor is not None:
            self._refuse_anchor(event)
        parent = self._open[-1] if self._open else None
        as_key = parent is not None and parent.pending is None and _is_mapping(parent)
        if isinstance(event, yaml.CollectionStartEvent):
            self._open_collection(event, as_key)
        elif parent is not None and as_key:
            parent.pending = self._key(event, parent)
        else:
            self._attach(self._scalar(event, self._path()))

    def _refuse_anchor(self, event: Any) -> None:
        kind = "alias `*" if isinstance(event, yaml.AliasEvent) else "anchor `&"
        hint = "write the value out, or split it into a file and `include` it"
        span = self._span(event)
        if not isinstance(event, yaml.AliasEvent):
            start = event.start_mark.index
            end = start + len(event.anchor) + 1
            if self.source.text.startswith(f"&{event.anchor}", start):
                span = self.source.span(start, end)
        self._problem("LP104", f"{kind}{event.anchor}` is not allowed", span, hint)

    def _open_collection(self, event: Any, as_key: bool) -> None:
        if len(self._open) >= MAX_DEPTH:
            message = f"nesting is deeper than {MAX_DEPTH}"
            raise StopReadingError("LP105", message, self._span(event), "use fewer levels")
        mapping = isinstance(event, yaml.MappingStartEvent)
        self._check_collection_tag(event, "map" if mapping else "seq")
        start, end = event.start_mark.index, event.end_mark.index
        node = Node({} if mapping else [], self.source, start, end)
        path = self._path()
        if as_key:
            kind = "mapping" if mapping else "list"
            self._problem("LP106", f"a {kind} cannot be a key", self._span(event), _KEY_HINT)
        else:
            self._attach(node)
        self._open.append(_Open(node, path, bool(event.flow_style), as_key))

    def _check_collection_tag(self, event: Any, kind: str) -> None:
        if event.tag not in {None, "!", CORE_TAG + kind}:
            error = unknown_tag(event.tag)
            self._problem(error.code, str(error), self._span(event), error.hint)

    def _close(self, event: Any) -> None:
        closed = self._open.pop()
        node = closed.node
        if closed.flow:
            node.end = event.end_mark.index
        if not self._open:
            return
        parent = self._open[-1]
        parent.node.end = max(parent.node.end, node.end)
        if closed.in_key:
            parent.pending = _Key(None, node.start, node.end)

    def _attach(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        parent.node.end = max(parent.node.end, node.end)
        if isinstance(parent.node.value, list):
            parent.node.value.append(node)
        elif isinstance(parent.node.value, dict) and parent.pending is not None:
            key, parent.pending = parent.pending, None
            if key.name is not None:
                node.key = (key.start, key.end)
                parent.node.value[key.name] = node

    def _key(self, event: Any, parent: _Open) -> _Key:
        node = self._scalar(event, parent.path)
        parent.node.end = max(parent.node.end, node.end)
        if isinstance(event, yaml.AliasEvent):
            return _Key(None, node.start, node.end)
        name = self._key_name(event, node, parent)
        return _Key(name, node.start, node.end)

    def _key_name(self, event: Any, node: Node, parent: _Open) -> str | None:
        entries = parent.node.value
        text = whole_characters(event.value)
        if text == "<<" and not event.style:
            hint = "write the values out, or split them into a file and `include` it"
            self._problem("LP104", "merge key `<<` is not allowed", node.span, hint)
            return None
        if not isinstance(node.value, str):
            self._problem("LP106", f"the key {quoted(text)} is not text", node.span, _KEY_HINT)
        if isinstance(entries, dict) and text in entries:
            first = entries[text].key_span
            message = f"duplicate key {quoted(text)}, first written at {first}"
            path = (*parent.path, text)
            self._problem("LP103", message, node.span, "remove or rename one of them", path)
            return None
        return text

    def _scalar(self, event: Any, path: TreePath) -> Node:
        start, end = self._ends(event)
        if isinstance(event, yaml.AliasEvent):
            return Node(None, self.source, start, end)
        style = _STYLES.get(event.style or "", "plain")
        text = whole_characters(event.value)
        node = Node(text, self.source, start, end)
        node.scalar = ScalarText(text, style, start, end)
        try:
            node.value = scalar_value(text, plain=style == "plain", tag=event.tag)
        except BadScalarError as error:
            self._problem(error.code, str(error), node.span, error.hint, path)
        return node

    def _ends(self, event: Any) -> tuple[int, int]:
        """Return the ends of a value without the white space that the parser counts to it."""
        start, end = int(event.start_mark.index), int(event.end_mark.index)
        while end > 0 and self.source.text[end - 1] in SPACE:
            end -= 1
        return min(start, end), end

    def _path(self) -> TreePath:
        if not self._open:
            return ()
        parent = self._open[-1]
        if isinstance(parent.node.value, list):
            return (*parent.path, len(parent.node.value))
        name = parent.pending.name if parent.pending else None
        return parent.path if name is None else (*parent.path, name)

    def _span(self, event: Any) -> Span:
        return self.source.span(event.start_mark.index, event.end_mark.index)

    def _problem(
        self, code: str, message: str, span: Span, hint: str | None, path: TreePath | None = None
    ) -> None:
        shown = path_text(self._path() if path is None else path)
        self.problems.append(Diagnostic(code, message, span=span, path=shown, hint=hint))
        if len(self.problems) >= MAX_PROBLEMS:
            message = f"more than {MAX_PROBLEMS} problems, the rest of the document was not read"
            raise StopReadingError("LP105", message, span)


def _is_mapping(item: _Open) -> bool:
    return isinstance(item.node.value, dict)
