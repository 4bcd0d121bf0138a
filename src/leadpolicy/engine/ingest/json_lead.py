"""JSON bytes become a row: types are checked while the bytes are parsed.

Only what is not clean input is read a second time, value by value, to say all that is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec

from leadpolicy.backends.python import Row
from leadpolicy.backends.python.text import Body, Names
from leadpolicy.diagnostics import Diagnostic
from leadpolicy.engine.ingest.lead import LeadReader
from leadpolicy.engine.ingest.values import (
    LARGEST,
    LONGEST_TEXT,
    Reader,
    UnfitError,
    described,
    read_moment,
    read_number,
    read_text,
    read_whole,
    reader,
    wrong_type,
)
from leadpolicy.engine.inputs import InputError
from leadpolicy.expr.types import Kind, Value, ValueType

ReadJson: TypeAlias = Callable[[bytes | str], Row]

_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_MOMENT: Final = Annotated[datetime, msgspec.Meta(tz=True)]
_TEXT: Final = Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)]
_NOT_READ: Final = (msgspec.MsgspecError, RecursionError)


class JsonLeadReader:
    """Reads leads of one policy from JSON objects.

    Days and moments are texts as in RFC 3339, sets of codes are arrays. Numbers keep every digit;
    a decimal may be a text. `read` raises `InputError` with every problem of a lead.
    """

    def __init__(self, leads: LeadReader) -> None:
        self._leads = leads
        self._readers = {name: json_reader(kind) for name, kind in leads.types.items()}
        self._decode = msgspec.json.Decoder(float_hook=Decimal).decode
        self.read: Final[ReadJson] = self._generated()

    def _generated(self) -> ReadJson:
        decoder = msgspec.json.Decoder(_struct(self._leads.types), float_hook=Decimal)
        names = Names(**_RUNTIME, decode=decoder.decode, slow=self._slowly)
        body, parts = Body(), []
        body.add("try:")
        body.add("s = decode(data)", 1)
        for place, (name, kind) in enumerate(self._leads.types.items()):
            body.add(f"a{place} = s.f{place}", 1)
            for step in _steps(kind):
                body.add(step.format(a=f"a{place}"), 1)
            parts.append(f"{names.constant(name)}: a{place}")
        body.add("except NOT_READ: return slow(data)")
        body.add("except Unfit: return slow(data)")
        body.add(f"return {{{', '.join(parts)}}}")
        read: ReadJson = names.define(body.function("read", "data"))["read"]
        return read

    def _slowly(self, data: bytes | str) -> Row:
        try:
            found = self._decode(data)
        except _NOT_READ as error:
            reason = str(error).removeprefix("JSON is malformed: ").lower()
            raise InputError([Diagnostic("LP511", f"this is not JSON: {reason}")]) from None
        if not isinstance(found, dict):
            message = f"a lead is a JSON object, not {described(found)}"
            raise InputError([Diagnostic("LP511", message)])
        return self._leads.read_all(found, self._readers)


def _struct(types: Mapping[str, ValueType]) -> type[msgspec.Struct]:
    fields = [
        (f"f{place}", _type(kind), None if kind.nullable else False)
        for place, kind in enumerate(types.values())
    ]
    return msgspec.defstruct(
        "Lead",
        fields,
        rename={f"f{place}": name for place, name in enumerate(types)},
        forbid_unknown_fields=True,
        gc=False,
    )


def _type(kind: ValueType) -> Any:
    """Return the type that msgspec checks; Any for what only a reader can check."""
    match kind.kind:
        case Kind.FLAG:
            return bool | None
        case Kind.WHOLE:
            return int | None
        case Kind.NUMBER:
            return Any
        case Kind.TEXT:
            return _TEXT | None
        case Kind.CHOICE:
            return Literal[kind.codes] | None
        case Kind.CHOICES:
            code: Any = Literal[kind.codes]
            return frozenset[code] | None
        case Kind.DAY:
            return date | None
        case Kind.MOMENT:
            return _MOMENT | None


def _steps(kind: ValueType) -> tuple[str, ...]:
    """Return the statements that bring a value of the right type into its one form."""
    match kind.kind:
        case Kind.FLAG if not kind.nullable:
            return ("{a} = {a} or False",)
        case Kind.WHOLE:
            return ("if {a} is not None and not -LARGEST < {a} < LARGEST: return slow(data)",)
        case Kind.NUMBER | Kind.MOMENT:
            return (f"if {{a}} is not None: {{a}} = {kind.kind.value}({{a}})",)
        case Kind.TEXT:
            strip = "{a} = ({a} if {a}.isascii() else text({a}) or '').strip() or None"
            return (f"if {{a}} is not None: {strip}",)
        case _:
            return ()


# ----------------------------------------------------------------------------- value by value
def json_reader(kind: ValueType) -> Reader:
    """Return the function that reads JSON values of a type."""
    match kind.kind:
        case Kind.WHOLE:
            return _read_whole
        case Kind.NUMBER:
            return _read_number
        case Kind.DAY:
            return partial(_read_time, Kind.DAY, date)
        case Kind.MOMENT:
            return partial(_read_time, Kind.MOMENT, _MOMENT)
        case _:
            return reader(kind)


def _read_whole(value: object) -> Value | None:
    """Return a whole number: JSON has one kind of numbers, 5.0 is 5."""
    if isinstance(value, Decimal) and abs(value) < LARGEST and value == int(value):
        value = int(value)
    return read_whole(value)


def _read_number(value: object) -> Decimal | None:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = Decimal(value)
    return read_number(value)


def _read_time(kind: Kind, type_: Any, value: object) -> Value | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise wrong_type(kind, value, "write it as text")
    try:
        found = msgspec.convert(value, type_)
    except msgspec.ValidationError as error:
        if "timezone" in str(error):
            hint = "end it with Z or an offset such as +01:00"
            raise UnfitError("LP504", f"needs a time zone, not {described(value)}", hint) from None
        example = "2026-01-31" if kind is Kind.DAY else "2026-01-31T12:00:00Z"
        raise wrong_type(kind, value, f"write it like {example}") from None
    return read_moment(found) if kind is Kind.MOMENT else found


_RUNTIME: Final[dict[str, Any]] = {
    "LARGEST": LARGEST,
    "NOT_READ": _NOT_READ,
    "Unfit": UnfitError,
    "number": _read_number,
    "moment": read_moment,
    "text": read_text,
}
