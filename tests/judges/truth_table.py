"""Reads the recorded truth table of Salesforce's formula language.

Each case is a formula with typed fields; each record has inputs and what the engine answered, with
blanks read as zeros and as blanks. A field that is itself a formula stands for the fields in it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final, Literal
from xml.etree import ElementTree

import pytest

Kind = Literal["text", "number", "percent", "checkbox", "date", "datetime", "time"]
Value = bool | str | Decimal | date | datetime | None
Path_ = Literal["formula", "formulaNullAsNull"]

ERROR: Final = "an error"
"""What a record expects where the engine raised one."""
PATHS: Final[tuple[Path_, Path_]] = ("formula", "formulaNullAsNull")
_KINDS: Final[Mapping[str, Kind]] = {
    "Double": "number",
    "Currency": "number",
    "Percent": "percent",
    "Text": "text",
    "textarea": "text",
    "phone": "text",
    "email": "text",
    "url": "text",
    "Boolean": "checkbox",
    "DateOnly": "date",
    "DateTime": "datetime",
    "TimeOnly": "time",
}
_GREGORIAN: Final = date(1582, 10, 15)


@dataclass(frozen=True)
class TableField:
    """A field that a case refers to; one with a formula is computed from other fields."""

    name: str
    kind: Kind
    formula: str | None = None


@dataclass(frozen=True)
class Record:
    """Inputs by field, and the expected text of each path, None for null."""

    values: Mapping[str, Value]
    expected: Mapping[Path_, str | None]


@dataclass(frozen=True)
class Case:
    """One formula of the table."""

    name: str
    formula: str
    kind: Kind
    fields: tuple[TableField, ...]
    records: tuple[Record, ...]


def require_contract_data() -> Path:
    """Return the folder of the contract data, or skip the test."""
    folder = os.environ.get("LEADPOLICY_CONTRACT_DATA")
    if not folder:
        pytest.skip("set LEADPOLICY_CONTRACT_DATA to a folder with Salesforce's recorded formulas")
    return Path(folder)


@cache
def cases() -> tuple[Case, ...]:
    """Return every case of the table; skip the test where there is none."""
    path = require_contract_data() / "salesforce" / "formula" / "formulaTestV2.xml"
    root = ElementTree.parse(path).getroot()
    return tuple(_case(element) for element in root)


def _case(element: ElementTree.Element) -> Case:
    fields = tuple(
        TableField(
            f"{item.attrib['fieldName']}__c", _KINDS[item.attrib["dataType"]], item.get("formula")
        )
        for item in element.iter("referenceField")
    )
    inputs = tuple(field for field in fields if field.formula is None)
    records = tuple(_record(item, inputs) for item in element.iter("testData"))
    name, formula = element.attrib["testName"], element.attrib["formula"]
    kind = _KINDS[element.attrib["dataType"]]
    return Case(name, formula, kind, fields, records)


def _record(element: ElementTree.Element, inputs: tuple[TableField, ...]) -> Record:
    given = _split(element.get("input", ""))
    given += [""] * (len(inputs) - len(given))
    values = {
        field.name: _value(text, field.kind) for field, text in zip(inputs, given, strict=False)
    }
    outputs = [text.strip() for text in _split(element.attrib["expectedOutput"])]
    expected = {path: outputs[at] for path, at in zip(PATHS, (0, 4), strict=True)}
    return Record(values, {path: _expected(text) for path, text in expected.items()})


def _split(text: str) -> list[str]:
    """Return the values between commas; a backslash makes a comma or a backslash plain."""
    parts = re.findall(r"((?:\\.|[^\\,])*)(?:,|$)", text, re.DOTALL)[: text.count(",") + 1]
    return [re.sub(r"\\([\\,])", r"\1", part) for part in parts]


def _expected(text: str) -> str | None:
    if text.startswith("Error:"):
        return ERROR
    return None if text == "null" else text


def _value(text: str, kind: Kind) -> Value:
    if kind == "text":
        return text or None
    text = text.strip()
    if not text or text.upper() == "NULL":
        return None
    if kind in {"number", "percent"}:
        return Decimal(text)
    if kind == "checkbox":
        return text.lower() == "true"
    return _date(text) if kind == "date" else _moment(text)


def _date(text: str) -> date:
    """Return a date written with colons; a 31st of November is the 1st of December."""
    year, month, day = map(int, text.split(":")[:3])
    return date(year, month, 1) + timedelta(days=day - 1)


def _moment(text: str) -> datetime:
    numbers = [int(part) for part in text.split(":") if part.isdigit()]
    year, month, day, hour, minute, second = [*numbers, 0, 0, 0][:6]
    zone = timezone(timedelta(hours=-8)) if text.endswith("PST") else UTC
    begun = datetime(year, month, 1, tzinfo=zone).astimezone(UTC)
    return begun + timedelta(days=day - 1, hours=hour, minutes=minute, seconds=second)


def agrees(case: Case, expected: str | None, value: Value) -> bool:
    """Tell whether a value is what the engine answered; numbers may differ in the 13th digit.

    The recorder writes a null condition as false.
    """
    if expected == ERROR:
        return False
    if case.kind == "checkbox":
        return (expected == "true") is bool(value)
    if expected is None or value is None:
        return expected is None and value in {None, ""}
    match value:
        case Decimal():
            return _close(Decimal(expected), value * 100 if case.kind == "percent" else value)
        case datetime():
            day = value.date()
            return _spelled(day, value.time()) == _without_weekday(expected, day)
        case date():
            return _spelled(value, time()) == _without_weekday(expected, value)
        case _:
            return str(value).strip() == expected
    return False


def _spelled(day: date, clock: time) -> str:
    weekday = f"{day:%a} " if day >= _GREGORIAN else ""
    return f"{weekday}{day:%b %d} {clock:%H:%M:%S} GMT {day.year}"


def _without_weekday(text: str, day: date) -> str:
    """Drop the weekday of days before 1582, for which the engine's calendar is the Julian one."""
    return text if day >= _GREGORIAN else text.partition(" ")[2]


def _close(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) <= max(abs(one), Decimal(1)) * Decimal("1e-13")
