"""Functions on text."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from leadpolicy_sandbox.formula.model import Call, EvaluationError, Value
from leadpolicy_sandbox.formula.registry import Part, Site, expect, simple, special, strict


@simple("CONTAINS", "text", "text", result="boolean", blanks=True)
def contains(text: str | None, part: str | None) -> bool | None:
    if not part:
        return True
    return part in text if text else None


@simple("BEGINS", "text", "text", result="boolean", blanks=True)
def begins(text: str | None, part: str | None) -> bool | None:
    if not part:
        return True
    return text.startswith(part) if text else None


@simple("LEN", "text", result="number", blanks=True)
def length(text: str | None) -> Decimal:
    return Decimal(len((text or "").encode("utf-16-le")) // 2)


@simple("LEFT", "text", "number", result="text")
def left(text: str, count: Decimal) -> str:
    return text[: max(0, int(count))]


@simple("RIGHT", "text", "number", result="text")
def right(text: str, count: Decimal) -> str:
    return text[-int(count) :] if count >= 1 else ""


@simple("MID", "text", "number", "number", result="text")
def middle(text: str, start: Decimal, count: Decimal) -> str:
    begin = max(1, int(start)) - 1
    return text[begin : begin + max(0, int(count))]


@simple("LOWER", "text", "text", result="text", optional=1, blanks=True)
def lower(text: str | None, locale: str | None = None) -> str | None:
    if text and _is_turkic(locale):
        text = text.replace("I", "ı").replace("İ", "i")
    return text.lower() if text else None


@simple("UPPER", "text", "text", result="text", optional=1, blanks=True)
def upper(text: str | None, locale: str | None = None) -> str | None:
    if text and _is_turkic(locale):
        text = text.replace("i", "İ")
    return text.upper() if text else None


def _is_turkic(locale: str | None) -> bool:
    return (locale or "")[:2] in {"tr", "az"}


@simple("TRIM", "text", result="text")
def trim(text: str) -> str:
    return text.strip()


@simple("SUBSTITUTE", "text", "text", "text", result="text", blanks=True)
def substitute(text: str | None, old: str | None, new: str | None) -> str | None:
    return text.replace(old, new or "") if text and old else None


@simple("FIND", "text", "text", "number", result="number", optional=1, blanks=True)
def find(part: str | None, text: str | None, start: Decimal | None = Decimal(1)) -> Decimal:
    if not part or not text or start is None:
        return Decimal(0)
    return Decimal(text.find(part, max(1, int(start)) - 1) + 1)


@simple("LPAD", "text", "number", "text", result="text", optional=1, blanks=True)
def pad_left(text: str | None, width: Decimal | None, fill: str | None = " ") -> str | None:
    padding = _padding(text, width, fill)
    return None if text is None or padding is None else (padding + text)[: int(width or 0)]


@simple("RPAD", "text", "number", "text", result="text", optional=1, blanks=True)
def pad_right(text: str | None, width: Decimal | None, fill: str | None = " ") -> str | None:
    padding = _padding(text, width, fill)
    return None if text is None or padding is None else (text + padding)[: int(width or 0)]


def _padding(text: str | None, width: Decimal | None, fill: str | None) -> str | None:
    if not text or width is None or width < 1:
        return None
    room = max(0, int(width) - len(text))
    return (fill * room)[:room] if fill else ""


@simple("REVERSE", "text", result="text")
def reverse(text: str) -> str:
    return text[::-1]


@simple("INITCAP", "text", result="text")
def initial_capitals(text: str) -> str:
    return re.sub(r"[^\W_]+", lambda word: word[0][0].upper() + word[0][1:].lower(), text)


@simple("CASESAFEID", "text", result="text")
def case_safe_id(text: str) -> str:
    return text


@simple("REGEX", "text", "text", result="boolean", blanks=True, rules_only=True)
def matches(text: str | None, pattern: str | None) -> bool:
    return _compiled(pattern or "").fullmatch(text or "") is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise EvaluationError(f"Invalid regular expression: {error}") from None


@simple("VALUE", "text", result="number", blanks=True)
def to_number(text: str | None) -> Decimal | None:
    if not text or not text.strip():
        return None
    try:
        number = Decimal(text.strip()) if "_" not in text else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise EvaluationError(f"'{text}' is not a number")
    return number


@simple("ISNUMBER", "text", result="boolean", blanks=True)
def is_number(text: str | None) -> bool:
    try:
        return to_number(text) is not None
    except EvaluationError:
        return False


@special("TEXT", 1, 1, picklists=frozenset({"picklist"}))
def _text(call: Call, parts: list[Part], _site: Site) -> Part:
    expect(parts[0], "number", "date", "datetime", "picklist", function="TEXT")
    return Part("text", call, strict(_written, [parts[0].run], blanks=False))


def _written(value: Value) -> str:
    match value:
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
        case date():
            return value.isoformat()
        case Decimal():
            return _plain(value)
        case _:
            return str(value)


def _plain(value: Decimal) -> str:
    """Return a number without an exponent and without zeros at its end."""
    text = format(value, "f") if value else "0"
    return text.rstrip("0").rstrip(".") if "." in text else text
