"""One cell of a row as a value of an attribute's type; what does not fit says why.

Texts are read strictly: whole numbers as digits, decimals with a point, days as 2026-01-31,
moments with an offset, sets of codes with `;` between them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Final

from leadpolicy.expr.types import NUMERIC, Kind, ValueType

FLAGS: Final = {"true": True, "false": False, "1": True, "0": False}
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")
_LARGEST: Final = 10**18
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class CellProblem:
    """Why a value of a row cannot be used; `column` is None where it is about the whole row."""

    code: str
    column: str | None
    message: str
    hint: str | None = None

    def __str__(self) -> str:
        place = f"column `{self.column}`: " if self.column is not None else ""
        return f"{place}{self.message}" + (f"; {self.hint}" if self.hint else "")

    def to_dict(self) -> dict[str, str | None]:
        """Return the problem as JSON-ready data."""
        names = ("code", "column", "message", "hint")
        return {name: getattr(self, name) for name in names}


class CellError(ValueError):
    """A cell cannot be read."""

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint

    def at(self, column: str) -> CellProblem:
        """Return the problem with the column in which it stands."""
        return CellProblem(self.code, column, self.message, self.hint)


def clean(text: str) -> str:
    """Return a text in one form: composed characters, no blanks at its ends."""
    return unicodedata.normalize("NFC", text).strip()


def shown(value: object) -> str:
    """Return the beginning of a value for a message, on one line."""
    text = clean_line(str(value))
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def clean_line(text: str) -> str:
    """Return a text on one line, with `?` for what cannot be printed."""
    return "".join(c if c.isprintable() else "?" for c in " ".join(text[:1000].split()))


def typed(raw: object, type_: ValueType, zone: tzinfo | None = None) -> object:
    """Return a cell as its type; what came typed and does not fit is passed on as it is.

    Moments without an offset are read in `zone`; raises `CellError`.
    """
    if isinstance(raw, str):
        return _FROM_TEXT[type_.kind](raw, zone)
    if type_.kind is Kind.MOMENT:
        return moment(raw, zone)
    if isinstance(raw, float | Decimal) and type_.kind in NUMERIC:
        return _from_number(raw, type_)
    if type_.kind is Kind.FLAG and isinstance(raw, int):
        return FLAGS.get(str(int(raw)), raw)
    if type_.kind is Kind.CHOICES and isinstance(raw, list):
        return frozenset(clean(str(item)) for item in raw)
    return raw


def _from_number(raw: float | Decimal, type_: ValueType) -> object:
    value = Decimal(repr(raw)) if isinstance(raw, float) else raw
    if not value.is_finite():
        raise CellError("LP503", f"`{raw}` is not a finite number")
    if not -_LARGEST < value < _LARGEST:
        raise CellError("LP522", f"`{shown(raw)}` is too large")
    if type_.kind is Kind.NUMBER:
        return value
    return int(value) if value == value.to_integral_value() else raw


def _text(text: str, _zone: tzinfo | None) -> object:
    return text


def _whole(text: str, _zone: tzinfo | None) -> object:
    if not _WHOLE.fullmatch(text):
        raise _unreadable(text, "a whole number", "write digits only, such as 1200")
    return int(text)


def _number(text: str, _zone: tzinfo | None) -> object:
    if not _NUMBER.fullmatch(text):
        raise _unreadable(text, "a number", "write digits and a decimal point, such as 12.5")
    return Decimal(text)


def _flag(text: str, _zone: tzinfo | None) -> object:
    try:
        return FLAGS[text.lower()]
    except KeyError:
        hint = "give the labels in the binding, such as codes: {Ja: true, Nein: false}"
        raise _unreadable(text, "true or false", hint) from None


def _day(text: str, _zone: tzinfo | None) -> object:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _unreadable(text, "a day", "write it as 2026-01-31") from None


def _codes(text: str, _zone: tzinfo | None) -> object:
    return frozenset(clean(item) for item in text.split(";") if item.strip())


def moment(raw: object, zone: tzinfo | None = None) -> datetime:
    """Return an instant in UTC; raises `CellError` for one that has no offset and no zone."""
    if isinstance(raw, str):
        try:
            raw = datetime.fromisoformat(raw)
        except ValueError:
            raise _unreadable(raw, "a moment", "write it as 2026-01-31T12:00:00Z") from None
    if not isinstance(raw, datetime):
        raise _unreadable(raw, "a moment")
    if raw.tzinfo is None and zone is None:
        hint = "add the offset, such as +01:00, or name the `timezone` in the binding"
        raise CellError("LP504", f"`{raw.isoformat()}` has no time zone", hint)
    try:
        return (raw if raw.tzinfo else raw.replace(tzinfo=zone)).astimezone(UTC)
    except (OverflowError, ValueError):
        raise _unreadable(raw, "a moment of the calendar") from None


def _unreadable(raw: object, wanted: str, hint: str | None = None) -> CellError:
    return CellError("LP522", f"`{shown(raw)}` is not {wanted}", hint)


_FROM_TEXT: Final[Mapping[Kind, Callable[[str, tzinfo | None], object]]] = {
    Kind.TEXT: _text,
    Kind.CHOICE: _text,
    Kind.WHOLE: _whole,
    Kind.NUMBER: _number,
    Kind.FLAG: _flag,
    Kind.DAY: _day,
    Kind.MOMENT: moment,
    Kind.CHOICES: _codes,
}
