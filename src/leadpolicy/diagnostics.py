"""Problems as data: a code, a place, a sentence and a hint, shown as text or as JSON.

Every problem that a policy, a document or an input row can have is a `Diagnostic`.
Diagnostics are collected, sorted by place and reported together; `PolicyError` carries them
when work cannot go on.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    """How much a problem matters: errors stop, warnings are shown, notes inform."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a text: lines and columns count characters from 1, the end is exclusive."""

    source: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem: `span` is None for policies written in Python, where `path` says the place."""

    code: str
    message: str
    severity: Severity = Severity.ERROR
    span: Span | None = None
    path: str = "$"
    hint: str | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the problem as JSON-ready data."""
        span = self.span
        return {
            "code": self.code,
            "severity": self.severity.value,
            "message": self.message,
            "file": span.source if span else None,
            "line": span.line if span else None,
            "column": span.column if span else None,
            "end_line": span.end_line if span else None,
            "end_column": span.end_column if span else None,
            "path": self.path,
            "hint": self.hint,
            "docs": docs_page(self.code),
        }


class PolicyError(ValueError):
    """Work cannot go on; `diagnostics` holds every problem found, in source order."""

    def __init__(
        self, diagnostics: Iterable[Diagnostic], sources: Mapping[str, str] | None = None
    ) -> None:
        self.diagnostics: Final = in_source_order(diagnostics)
        self.sources: Final = dict(sources or {})
        super().__init__(render_text(self.diagnostics, self.sources))


def docs_page(code: str) -> str:
    """Return the path of the page that explains a code.

    >>> docs_page("LP201")
    'docs/reference/diagnostics/LP201.md'
    """
    return f"docs/reference/diagnostics/{code}.md"


def in_source_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sort by file, line and column; problems without a place come last, by path."""
    return tuple(sorted(set(diagnostics), key=_place))


def _place(item: Diagnostic) -> tuple[bool, str, int, int, str, str, str]:
    span = item.span
    if span is None:
        return (True, "", 0, 0, item.path, item.code, item.message)
    return (False, span.source, span.line, span.column, item.path, item.code, item.message)


def path_text(path: Sequence[str | int]) -> str:
    """Write a path into nested data as text.

    >>> path_text(("scores", "fit", "rules", 2, "a b"))
    "$.scores.fit.rules[2]['a b']"
    """
    return "$" + "".join(
        f".{step}" if isinstance(step, str) and _WORD.fullmatch(step) else f"[{step!r}]"
        for step in path
    )


_WORD: Final = re.compile(r"[^\W\d][\w-]*")


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Tell whether any of the problems is an error."""
    return any(item.severity is Severity.ERROR for item in diagnostics)


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """Return a hint that names the nearest known word, or the known words if there are few.

    >>> did_you_mean("emploees", ["employees", "industry"])
    'did you mean `employees`?'
    >>> did_you_mean("zzz", ["a", "b"])
    'known: `a`, `b`'
    """
    words = sorted(set(known))
    near = difflib.get_close_matches(name[:80], words, n=1, cutoff=0.6)
    if near:
        return f"did you mean `{near[0]}`?"
    if words and len(words) <= 8:
        return "known: " + ", ".join(f"`{word}`" for word in words)
    return None


def render_text(diagnostics: Sequence[Diagnostic], sources: Mapping[str, str]) -> str:
    """Render problems for people: a headline, the source line, a caret and the hint."""
    return "\n".join(_render_one(item, sources) for item in diagnostics)


def _render_one(item: Diagnostic, sources: Mapping[str, str]) -> str:
    place = str(item.span) if item.span else item.path
    lines = [f"{place}: {item.severity.value}[{item.code}]: {item.message}"]
    if item.span:
        lines += _excerpt(item.span, sources.get(item.span.source))
    if item.hint:
        lines.append(f"    hint: {item.hint}")
    return "\n".join(lines)


def _excerpt(span: Span, text: str | None, width: int = 120) -> list[str]:
    rows = text.splitlines() if text else []
    if not 1 <= span.line <= len(rows):
        return []
    row, start = rows[span.line - 1], max(span.column - 1, 0)
    one_line = span.end_line == span.line
    end = max(span.end_column - 1 if one_line else len(row), start + 1)
    cut = max(0, start - width // 2)
    shown = row[cut : cut + width].replace("\t", " ")
    caret = " " * (start - cut) + "^" * max(1, min(end, cut + width, len(row) + 1) - start)
    number = f"{span.line:>5}"
    return [f"{number} | {shown}", f"{' ' * len(number)} | {caret}"]
