"""Values on their way into Salesforce and back; what it would not keep exactly is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, TypeAlias

from leadpolicy.crm.connector import Column, DecisionRow, Outcome
from leadpolicy.crm.state import FieldKind, Value
from leadpolicy.crm.values import MAX_DIGITS, held
from leadpolicy_salesforce.binding import Binding
from leadpolicy_salesforce.client.wire import Record
from leadpolicy_salesforce.rows.soql import value_at

Plain: TypeAlias = str | int | float | bool | None
CLEARED: Final = "#N/A"
"""What clears a field in the CSV of a job, where an empty cell leaves it as it is."""


def plain(value: Value, column: Column) -> Plain:
    """Return a value as JSON has it: decimals as numbers, instants as UTC text.

    A number of 15 digits is exact as a float. A checkbox holds no null, so None is false there.
    """
    match value:
        case None:
            return False if column.kind is FieldKind.FLAG else None
        case Decimal():
            return float(value)
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return value


def cell(value: Value, column: Column) -> str:
    """Return a value as the CSV of a job has it."""
    given = plain(value, column)
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return CLEARED if given is None else str(given)


def not_kept(row: DecisionRow, columns: Sequence[Column], *, job: bool) -> Outcome | None:
    """Return the refusal of a row with a value that Salesforce would change, else None."""
    for column in columns:
        value = row.values[column.name]
        if isinstance(value, str) and value != value.strip():
            words = "Salesforce keeps no spaces around a text"
            return Outcome.failed(row.key, "spaces_around", words, column.name)
        if isinstance(value, str) and job and value == CLEARED:
            words = f"in a job the text `{CLEARED}` clears a field"
            return Outcome.failed(row.key, "clearing_text", words, column.name)
        if type(value) is int and abs(value) >= 10**MAX_DIGITS:
            words = f"Salesforce keeps {MAX_DIGITS} digits of a number exactly"
            return Outcome.failed(row.key, "too_many_digits", words, column.name)
    return None


def held_values(
    record: Record, binding: Binding, columns: Iterable[Column], above: str = ""
) -> Mapping[str, object]:
    """Return what columns hold in a record, or in the one that `above` leads to, in their form."""
    return {c.name: held(value_at(record, above + binding.api(c.name)), c) for c in columns}
