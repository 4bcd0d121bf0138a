"""Decisions on their way, as data that the next version of the library can still read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Final

from leadpolicy.crm.rows import DecisionRow
from leadpolicy.crm.state import Column, FieldKind, Value
from leadpolicy.crm.store.contract import Message
from leadpolicy.crm.values import held, normalise

_KEY: Final = Column("key", FieldKind.TEXT)


def normalised(row: DecisionRow, columns: Sequence[Column]) -> DecisionRow:
    """Return a decision with each value in its one form; raises ValueError where one has none."""
    if normalise(row.key, _KEY) is None:
        raise ValueError("the lead has no key")
    names = {column.name for column in columns}
    if names != row.values.keys():
        odd = ", ".join(f"`{name}`" for name in sorted(names ^ row.values.keys()))
        raise ValueError(f"the decision and the policy's columns differ by {odd}")
    values = {column.name: normalise(row.values[column.name], column) for column in columns}
    return DecisionRow(row.key, values, row.holds_until)


def message(row: DecisionRow, columns: Sequence[Column]) -> Message:
    """Return a normalised decision as it is kept until it has arrived."""
    import msgspec.json

    kept = msgspec.json.encode(row.values).decode()
    return Message(row.key, digest(row.values, columns), kept)


def digest(values: Mapping[str, Value], columns: Sequence[Column]) -> str:
    """Return what tells apart decisions that differ in a compared column."""
    import msgspec.json

    compared = [(column.name, values[column.name]) for column in columns if column.compared]
    return hashlib.blake2b(msgspec.json.encode(compared), digest_size=16).hexdigest()


def values_of(payload: str, columns: Sequence[Column]) -> dict[str, Value]:
    """Return what a payload has for the columns; raises ValueError where it does not fit them."""
    import msgspec.json

    data = msgspec.json.decode(payload, type=dict[str, object])
    found = {c.name: normalise(_plain(data[c.name], c), c) for c in columns if c.name in data}
    if not found:
        raise ValueError("the decision has none of the policy's columns")
    return found


def _plain(value: object, column: Column) -> object:
    if column.kind is FieldKind.NUMBER and isinstance(value, str) and value:
        return Decimal(value)
    return value


def amended(payload: str, changes: Mapping[str, str], columns: Sequence[Column]) -> str:
    """Return a payload with other values, given as text; empty text clears a column.

    Raises ValueError for a column that no decision writes and for a value that does not fit.
    """
    import msgspec.json

    written = {column.name: column for column in columns}
    values: dict[str, Value] = msgspec.json.decode(payload, type=dict)
    for name, text in changes.items():
        if name not in written:
            near = get_close_matches(name, written, n=1)
            raise ValueError(
                f"the policy writes no column `{name}`"
                + (f"; did you mean `{near[0]}`?" if near else "")
            )
        values[name] = normalise(_read(text, written[name]), written[name])
    return msgspec.json.encode(values).decode()


_FLAGS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def _read(text: str, column: Column) -> object:
    """Return what a text says for a column, or the text itself where it says nothing."""
    match column.kind:
        case FieldKind.WHOLE | FieldKind.NUMBER:
            try:
                return Decimal(text) if text else None
            except InvalidOperation:
                return text
        case FieldKind.FLAG:
            return _FLAGS.get(text.casefold(), text)
    return text


def differs(
    values: Mapping[str, Value], standing: Mapping[str, object], columns: Sequence[Column]
) -> bool:
    """Tell whether what stands in the CRM has to be written anew."""
    return any(
        held(standing.get(column.name), column) != values[column.name]
        for column in columns
        if column.compared and column.name in values
    )
