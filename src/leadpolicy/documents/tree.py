"""One YAML text as a tree of nodes with places: no objects, no aliases, bounded everywhere."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

from leadpolicy.diagnostics import Diagnostic
from leadpolicy.documents.builder import NodeBuilder, StopReadingError
from leadpolicy.documents.nodes import Node
from leadpolicy.documents.scalars import SourceText, first_refused

MAX_BYTES: Final = 1024 * 1024

_TAG_DIRECTIVE: Final = re.compile(r"^%TAG\b[^\r\n]*", re.MULTILINE)
# The C parser refuses the two escapes by which JSON writes one character beyond U+FFFF.
_ESCAPED_PAIR: Final = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F]")
_FOUND: Final = re.compile(r", but (?:found|got) .*")
_CHECK_INDENT: Final = "keys of one mapping and items of one list start in the same column"
_IN_OTHER_WORDS: Final = (
    ("mapping values", "`:` is not expected here", "quote a value with `: `, or check the indent"),
    ("expected ':'", "a key without `:`", "each line of a mapping is `key: value`"),
    ("expected ',' or", "`,` or a closing bracket is missing", None),
    ("node content", "a value or a closing bracket is missing", None),
    ("'-' indicator", "the indentation does not fit the lines above", _CHECK_INDENT),
    ("expected key", "the indentation does not fit the lines above", _CHECK_INDENT),
    ("<block end>", "the indentation does not fit the lines above", _CHECK_INDENT),
    ("unexpected end of stream", "the quote is not closed", None),
    ("escape", "unknown escape", "write the character itself, or use single quotes"),
    ("tag handle", "unknown tag", "remove the tag"),
)


def parse(source: SourceText) -> tuple[Node | None, list[Diagnostic]]:
    """Read one document whose root is a mapping; None and the reasons when it cannot be read."""
    builder = NodeBuilder(source)
    try:
        _check_text(source)
        _build(builder)
        root = _mapping_root(builder)
    except StopReadingError as stop:
        return None, [*builder.problems, stop.diagnostic]
    return root, builder.problems


def _check_text(source: SourceText) -> None:
    text = source.text
    if len(text) > MAX_BYTES:
        message = f"the document has more than {MAX_BYTES:,} characters"
        raise StopReadingError("LP105", message, source.span(0, 0), "split it with `include`")
    if refused := first_refused(text):
        at, what = refused
        hint = "save the file as UTF-8" if "UTF-8" in what else "remove it"
        raise StopReadingError("LP101", f"not YAML: {what}", source.span(at, at + 1), hint)
    if directive := _TAG_DIRECTIVE.search(text):
        span = source.span(*directive.span())
        raise StopReadingError("LP106", "a document cannot define tags", span, "remove the line")


def _build(builder: NodeBuilder) -> None:
    text = builder.source.text
    loader = yaml.SafeLoader if _ESCAPED_PAIR.search(text) else _loader()
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.add(event)
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(error, builder) from None
    except (yaml.YAMLError, ValueError, OverflowError):
        message = "not YAML: an escape, a tag or a version cannot be read"
        raise StopReadingError("LP101", message, builder.source.span(0, 0)) from None


def _loader() -> Any:
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _mapping_root(builder: NodeBuilder) -> Node:
    root, hint = builder.root, "a document is a mapping: lines of `key: value`"
    if root is None or root.value is None:
        span = builder.source.span(0, 0)
        raise StopReadingError("LP102", "the document is empty", span, hint)
    if not isinstance(root.value, dict):
        kind = "a list" if isinstance(root.value, list) else "a single value"
        span = builder.source.span(root.start, root.start + 1)
        raise StopReadingError("LP102", f"the document is {kind}, not a mapping", span, hint)
    return root


def _not_yaml(error: yaml.MarkedYAMLError, builder: NodeBuilder) -> StopReadingError:
    source, at = builder.source, _place(error, builder)
    span = source.span(at, min(at + 1, len(source.text)))
    message, hint = _words(error, source.text[at : at + 1])
    if message == "unknown tag":
        return StopReadingError("LP106", message, span, hint)
    opened = builder.open_bracket()
    if "closing bracket" in message and opened is not None and opened != at:
        hint = f"the bracket opened at {source.span(opened, opened)} is not closed"
    return StopReadingError("LP101", f"not YAML: {message}", span, hint)


def _place(error: yaml.MarkedYAMLError, builder: NodeBuilder) -> int:
    """Return where the problem is; what is still open when the problem is the end of the text."""
    text, mark = builder.source.text, error.problem_mark
    at = min(mark.index, len(text)) if mark is not None else 0
    if text[at:].strip():
        return at
    opened = builder.open_bracket()
    if opened is not None:
        return opened
    began = error.context_mark
    return began.index if began is not None else max(len(text.rstrip()) - 1, 0)


def _words(error: yaml.MarkedYAMLError, character: str) -> tuple[str, str | None]:
    problem = str(error.problem)
    if "cannot start any token" in problem:
        if character == "\t":
            return "a tab is not an indentation", "indent with spaces"
        shown = "a backtick" if character == "`" else f"`{character}`"
        return f"a value cannot start with {shown}", "write the value in quotes"
    for part, message, hint in _IN_OTHER_WORDS:
        if part in problem:
            return message, hint
    context = f" {error.context}" if error.context else ""
    return _FOUND.sub("", problem).strip() + context, None
