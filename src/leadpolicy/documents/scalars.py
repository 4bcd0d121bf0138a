"""Scalars of a document: YAML 1.2 core values, and places inside a scalar's text."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, TypeAlias

from leadpolicy.diagnostics import Span

Value: TypeAlias = bool | int | Decimal | str | None

SPACE: Final = " \t\r\n"
CORE_TAG: Final = "tag:yaml.org,2002:"
MAX_NUMBER_LENGTH: Final = 64
MAX_EXPONENT: Final = 100

_LINE_BREAK: Final = re.compile(r"\r\n|\r|\n")
_PRINTABLE: Final = r"\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff"
_REFUSED: Final = re.compile(f"[^{_PRINTABLE}]|[\u2028\u2029\ufeff]")
_CONTROL: Final = re.compile(f"[^{_PRINTABLE}\x85]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_PAIR: Final = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_ESCAPES: Final = {"double": "\\", "single": "''"}
_FORMS: Final = {
    "null": re.compile(r"null|Null|NULL|~|"),
    "bool": re.compile(r"true|True|TRUE|false|False|FALSE"),
    "int": re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"),
    "float": re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE](?P<exponent>[-+]?[0-9]+))?"),
    "no number": re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"),
}


class BadScalarError(ValueError):
    """A scalar without a value: `code` and `hint` say why and what to write."""

    def __init__(self, message: str, *, code: str = "LP106", hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


@dataclass(frozen=True, slots=True)
class SourceText:
    """One file's text under the name shown to people; turns character offsets into spans."""

    name: str
    text: str
    _starts: list[int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        starts = [0, *(found.end() for found in _LINE_BREAK.finditer(self.text))]
        object.__setattr__(self, "_starts", starts)

    def span(self, start: int, end: int) -> Span:
        """Return the span of the characters from `start` up to, not including, `end`."""
        line, column = self._place(start)
        end_line, end_column = self._place(end)
        return Span(self.name, line, column, end_line, end_column)

    def offset(self, line: int, column: int) -> int:
        """Return the character offset of a line and column, both counted from 1."""
        return self._starts[line - 1] + column - 1

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


@dataclass(frozen=True, slots=True)
class ScalarText:
    """A scalar as text, its style (plain, single, double, literal, folded) and its raw place."""

    text: str
    style: str
    start: int
    end: int

    def positions(self, source: str) -> list[int] | None:
        """Return the place in `source` of every character; None when escapes hide them."""
        at, limit = self._content_start(source), self.end
        if _ESCAPES.get(self.style, "\0") in source[at : limit - 1]:
            return None
        found: list[int] = []
        for gap, word in _gaps_and_words(self.text):
            after = _skip_space(source, at, limit)
            found += _spread(gap, at, after)
            if source[after : after + len(word)] != word or after + len(word) > limit:
                return None
            at = after + len(word)
            found += range(after, at)
        return found

    def _content_start(self, source: str) -> int:
        if self.style in {"single", "double"}:
            return self.start + 1
        if self.style == "plain":
            return self.start
        header_end = _LINE_BREAK.search(source, self.start, self.end)
        return header_end.end() if header_end else self.end


def _gaps_and_words(text: str) -> list[tuple[str, str]]:
    return re.findall(r"([ \t\r\n]*)([^ \t\r\n]*)", text)


def _skip_space(source: str, at: int, limit: int) -> int:
    while at < limit and source[at] in SPACE:
        at += 1
    return at


def _spread(gap: str, start: int, end: int) -> list[int]:
    """Place white space: up to its last line break from the left, indentation from the right."""
    left = gap.rfind("\n") + 1 or len(gap)
    right = len(gap) - left
    from_left = [min(start + step, end) for step in range(left)]
    return from_left + [max(end - right + step, start) for step in range(right)]


def first_refused(text: str) -> tuple[int, str] | None:
    """Return place and description of the first character that a file may not hold."""
    found = _REFUSED.search(text)
    if found is None:
        return None
    return found.start(), _refusal(text, found[0])


def _refusal(text: str, character: str) -> str:
    if text.startswith(("\udcff\udcfe", "\udcfe\udcff")):
        return "the text is UTF-16, not UTF-8"
    if "\udc80" <= character <= "\udcff":
        return f"the byte 0x{ord(character) - 0xDC00:02X} is not UTF-8"
    kind = "line separator" if character in "\x85\u2028\u2029" else "control character"
    return f"{kind} U+{ord(character):04X}"


def printable(text: str) -> str:
    """Return the text with a replacement sign for every byte that could not be decoded."""
    return _SURROGATE.sub("\ufffd", text)


def whole_characters(text: str) -> str:
    """Return the text with the halves of characters joined, as JSON writes them by escapes."""
    return _PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), text)


def scalar_value(text: str, *, plain: bool, tag: str | None) -> Value:
    """Return the value of a scalar by the YAML 1.2 core schema; decimals are never binary.

    Raises `BadScalarError` for unknown tags, values that do not fit their tag, numbers that are
    not finite or too big, and control characters made by escapes.

    >>> scalar_value("1.50", plain=True, tag=None)
    Decimal('1.50')
    >>> [scalar_value(word, plain=True, tag=None) for word in ("no", "12:30", "0x10", "~")]
    ['no', '12:30', 16, None]
    """
    kind = _kind(text, plain=plain, tag=tag)
    if kind == "no number":
        raise BadScalarError(f"`{text}` is not a finite number", hint="write a finite number")
    if kind == "str":
        return _text(text)
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    return _number(text, kind)


def _kind(text: str, *, plain: bool, tag: str | None) -> str:
    if tag is None and plain:
        return next((kind for kind, form in _FORMS.items() if form.fullmatch(text)), "str")
    if tag in {None, "!", f"{CORE_TAG}str"}:
        return "str"
    kind = str(tag).removeprefix(CORE_TAG)
    if kind == tag or kind not in {"null", "bool", "int", "float"}:
        raise unknown_tag(str(tag))
    if _FORMS["no number"].fullmatch(text) and kind == "float":
        return "no number"
    if not _FORMS[kind].fullmatch(text):
        raise BadScalarError(f"{quoted(text)} is not of type `!!{kind}`")
    return kind


def unknown_tag(tag: str) -> BadScalarError:
    """Return the error for a tag that is none of the core ones."""
    shown = "!!" + tag.removeprefix(CORE_TAG) if tag.startswith(CORE_TAG) else tag
    hint = "remove the tag: documents hold text, numbers, true/false, lists and mappings"
    return BadScalarError(f"unknown tag {quoted(shown)}", hint=hint)


def _text(text: str) -> str:
    found = _CONTROL.search(text)
    if found is None:
        return text
    half = "\ud800" <= found[0] <= "\udfff"
    kind = "half of a character" if half else "control character"
    raise BadScalarError(
        f"escapes in text make a {kind}: U+{ord(found[0]):04X}",
        code="LP101",
        hint="write the character itself, not an escape" if half else "remove it",
    )


def _number(text: str, kind: str) -> int | Decimal:
    found = _FORMS["float"].fullmatch(text)
    too_long = len(text) > MAX_NUMBER_LENGTH
    if too_long or abs(int((found and found["exponent"]) or 0)) > MAX_EXPONENT:
        raise BadScalarError(
            f"the number {quoted(text)} is too big",
            hint=f"at most {MAX_NUMBER_LENGTH} characters and an exponent of {MAX_EXPONENT}; "
            "if it is text, write it in quotes",
        )
    if kind == "float":
        return Decimal(text)
    return int(text, 0) if text.startswith(("0o", "0x")) else int(text)


def quoted(text: str, width: int = 60) -> str:
    """Return a name in backticks, on one line, cut when long."""
    line = " ".join(text.split())
    return f"`{line}`" if len(line) <= width else f"`{line[: width - 1]}…`"
