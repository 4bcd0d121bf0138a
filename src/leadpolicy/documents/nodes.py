"""Nodes of a document: plain values that know their place in a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from leadpolicy.diagnostics import Span
from leadpolicy.documents.scalars import ScalarText, SourceText, Value

TreePath: TypeAlias = tuple[str | int, ...]


@dataclass(slots=True)
class Node:
    """A value with its place; `replaces` is the node of a parent pack that it took over from."""

    value: dict[str, Node] | list[Node] | Value
    source: SourceText
    start: int
    end: int
    key: tuple[int, int] | None = None
    scalar: ScalarText | None = None
    replaces: Node | None = None

    @property
    def span(self) -> Span:
        """Return the place of the value."""
        return self.source.span(self.start, self.end)

    @property
    def is_mapping(self) -> bool:
        """Tell whether the value is a mapping."""
        return isinstance(self.value, dict)

    @property
    def mapping(self) -> dict[str, Node]:
        """Return the entries of a mapping; nothing for other values."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def key_span(self) -> Span:
        """Return the place of the key; of the value where there is no key."""
        return self.source.span(*self.key) if self.key else self.span
