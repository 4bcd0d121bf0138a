"""A decision as a note on the opportunity: people read it, and it is read back line by line.

Notes are only ever added. A column's value is its line in the latest note that has one, so that
decisions of several policies, and of policies that gained a column, stand beside each other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from leadpolicy.crm.state import Column, FieldKind, Value
from leadpolicy.crm.values import held

TITLE: Final = "leadpolicy decision"
_FLAGS: Final = {"yes": True, "no": False}


def write_note(values: Mapping[str, Value]) -> str:
    """Return a note with one line for each value by name.

    >>> print(write_note({"state": "mql", "score": 40, "grade": None}))
    leadpolicy decision
    state: mql
    score: 40
    grade:
    """
    lines = (f"{name}: {_text(value)}".rstrip() for name, value in values.items())
    return "\n".join([TITLE, *lines])


def read_note(message: str) -> dict[str, str]:
    """Return the lines of a note by name, or nothing when it is no note of a decision."""
    title, *lines = message.splitlines() or [""]
    if title != TITLE:
        return {}
    parts = (line.partition(":") for line in lines)
    return {name: text.strip(" ") for name, colon, text in parts if colon}


def line_value(text: str, column: Column) -> object:
    """Return what a line says in the form that decisions are compared in."""
    if not text:
        return None
    if text.startswith('"'):
        return held(_unquoted(text), column)
    match column.kind:
        case FieldKind.WHOLE | FieldKind.NUMBER:
            return held(_number(text), column)
        case FieldKind.FLAG:
            return held(_FLAGS.get(text, text), column)
        case _:
            return held(text, column)


def _text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat()
    text = str(value)
    plain = text.isprintable() and text.strip() == text and not text.startswith('"')
    return text if plain and text else json.dumps(text)


def _unquoted(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _number(text: str) -> object:
    try:
        return Decimal(text)
    except InvalidOperation:
        return text
