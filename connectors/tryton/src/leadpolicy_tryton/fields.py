"""Fields by path: what they hold, what can be written, and their values in what was read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from leadpolicy.crm.connector import BatchRefusedError, ColumnMissingError, TableMissingError
from leadpolicy.crm.state import Column, FieldKind, Value
from leadpolicy.diagnostics import did_you_mean
from leadpolicy_tryton.binding import MODEL
from leadpolicy_tryton.rpc import Server

_TEXT: Final = frozenset({FieldKind.TEXT, FieldKind.CHOICE})
_HOLDS: Final[Mapping[str, frozenset[FieldKind]]] = {
    "char": _TEXT,
    "text": _TEXT,
    "selection": frozenset({FieldKind.CHOICE}),
    "integer": frozenset({FieldKind.WHOLE}),
    "float": frozenset({FieldKind.NUMBER}),
    "numeric": frozenset({FieldKind.NUMBER}),
    "boolean": frozenset({FieldKind.FLAG}),
    "datetime": frozenset({FieldKind.MOMENT}),
    "timestamp": frozenset({FieldKind.MOMENT}),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a model, as the server describes it."""

    model: str
    name: str
    type: str
    readonly: bool
    relation: str
    choices: tuple[str, ...]
    scale: int | None

    @property
    def holds(self) -> frozenset[FieldKind]:
        """The kinds of values that fit into it."""
        return _HOLDS.get(self.type, frozenset())

    def can_hold(self, column: Column) -> bool:
        """Tell whether a column's values can be written here."""
        fits = column.kind in self.holds and not self.readonly
        return fits and not (self.type == "selection" and {*column.codes} - {*self.choices})


class Fields:
    """The fields of the server's models, each model asked for once."""

    def __init__(self, server: Server) -> None:
        self._server: Final = server
        self._known: Final[dict[str, dict[str, Field]]] = {}

    def of(self, model: str) -> Mapping[str, Field]:
        """Return the fields of a model by name; raises `TableMissingError`."""
        if model not in self._known:
            try:
                found = self._server.call(f"model.{model}.fields_get", [])
            except BatchRefusedError:
                raise TableMissingError(f"Tryton has no model `{model}`", _MODULE) from None
            self._known[model] = {name: _field(model, name, data) for name, data in found.items()}
        return self._known[model]

    def along(self, path: str, model: str = MODEL) -> Iterator[Field]:
        """Yield the fields of a path; raises `ColumnMissingError` at the first that is not there.

        A path goes from record to record: `party.lang.code`.
        """
        for name in path.split("."):
            fields = self.of(model) if model else {}
            if name not in fields:
                hint = did_you_mean(name, fields)
                raise ColumnMissingError(f"`{path}`: Tryton has no field `{name}` there", hint)
            yield fields[name]
            model = fields[name].relation

    def find(self, path: str) -> Field | None:
        """Return the last field of a path, or None when there is none."""
        try:
            return list(self.along(path))[-1]
        except (ColumnMissingError, TableMissingError):
            return None


_MODULE: Final = "activate the module `sale_opportunity`, or whichever brings it"


def _field(model: str, name: str, data: Mapping[str, Any]) -> Field:
    choices = data.get("selection")
    return Field(
        model,
        name,
        str(data.get("type")),
        bool(data.get("readonly")),
        str(data.get("relation") or ""),
        tuple(str(item[0]) for item in choices) if isinstance(choices, list) else (),
        _scale(data.get("digits")),
    )


def _scale(digits: object) -> int | None:
    """Return the decimals that a field keeps, where they are the same for every record."""
    try:
        found = json.loads(digits) if isinstance(digits, str) else None
    except ValueError:
        return None
    scale = found[1] if isinstance(found, list) and len(found) == 2 else None
    return scale if isinstance(scale, int) else None


def value_at(record: Mapping[str, Any], path: str) -> object:
    """Return the value at a path of a record that was read; several values joined by `;`.

    >>> value_at({"party.": {"name": "Ada"}}, "party.name")
    'Ada'
    """
    head, dot, rest = path.partition(".")
    if not dot:
        return _plain(record.get(head))
    inner = record.get(f"{head}.")
    if isinstance(inner, list):
        found = (value_at(item, rest) for item in inner if isinstance(item, Mapping))
        return ";".join(str(value) for value in found if value is not None) or None
    return value_at(inner, rest) if isinstance(inner, Mapping) else None


def _plain(value: object) -> object:
    if isinstance(value, str):
        return value.strip() or None
    return value


def wire_value(value: Value, field: Field) -> str | int | float | bool | Decimal | datetime | None:
    """Return a decided value as a field takes it."""
    return float(value) if isinstance(value, Decimal) and field.type == "float" else value
