"""Raw rows become leads, signals and consent events; what does not fit is named by column.

A blank, or a marker for *not answered*, is unknown. Labels become codes as the binding says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any, Final, TypeAlias
from uuid import UUID

from leadpolicy.diagnostics import Diagnostic, did_you_mean
from leadpolicy.engine.inputs import ConsentEvent, InputError
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.exchange.binding import Binding, BoundColumn, Code
from leadpolicy.exchange.cells import CellError, CellProblem, clean, moment, shown, typed
from leadpolicy.exchange.columns import Wanted
from leadpolicy.expr.facts import Signal
from leadpolicy.expr.types import CONSENT_STATUSES, Value, ValueType

Raw: TypeAlias = Mapping[str, object]


class RowError(ValueError):
    """A row cannot be used; `problems` lists every reason."""

    def __init__(self, *problems: CellProblem) -> None:
        self.problems: Final = problems
        super().__init__("; ".join(map(str, problems)))


class RowReader:
    """Turns raw rows into what `LeadPolicy.decide` takes."""

    def __init__(self, policy: LeadPolicy, binding: Binding) -> None:
        self.binding: Final = binding
        self._ingest = policy.ingest
        self._vocabulary = policy.checked.vocabulary
        self._attributes = binding.attributes(policy.checked)
        self._missing = frozenset(map(clean, (*binding.leads.missing, "")))
        self._zone = binding.zone()
        self._codes = {id(bound): _codes(bound) for bound in self._bound()}

    def _bound(self) -> tuple[BoundColumn, ...]:
        consents = self.binding.consents
        labelled = (self.binding.signals.type, consents.purpose, consents.channel, consents.status)
        return (*self._attributes.values(), *labelled)

    def leads_columns(self) -> Wanted:
        """Return the columns of leads; those that are bound in writing are required."""
        bound = frozenset(item.column for item in self._attributes.values())
        key = frozenset({self.binding.leads.key})
        in_writing = self.binding.leads.attributes is not None
        return Wanted(bound | key, bound | key if in_writing else key)

    def signals_columns(self) -> Wanted:
        """Return the columns of signals; those with a default that the file lacks are unknown."""
        names = self.binding.signals
        needed = {names.lead, names.type.column, names.occurred_at, *names.properties.values()}
        optional = {"key": names.key, "recorded_at": names.recorded_at, "source": names.source}
        named = {field: column for field, column in optional.items() if column is not None}
        in_writing = {named[field] for field in named.keys() & names.model_fields_set}
        return Wanted(frozenset(needed | {*named.values()}), frozenset(needed | in_writing))

    def consents_columns(self) -> Wanted:
        """Return the columns of consent events, all of which are required."""
        names = self.binding.consents
        needed = {names.lead, names.at, names.purpose.column, names.channel.column}
        needed |= {names.status.column, *((names.source,) if names.source else ())}
        return Wanted(frozenset(needed), frozenset(needed))

    def problem_of_lead(self, item: Diagnostic) -> CellProblem:
        """Return what is wrong with a lead, with the column in which it stands."""
        bound = self._attributes.get(item.path.removeprefix("$."))
        column = None if bound is None else bound.column
        return CellProblem(item.code, column, item.message, item.hint)

    def key(self, row: Raw) -> str:
        """Return the key of a lead; raises `RowError` where there is none."""
        return _key(row, self.binding.leads.key)

    def key_of_signal(self, row: Raw) -> str:
        """Return the key of the lead that a signal belongs to; raises `RowError`."""
        return _key(row, self.binding.signals.lead)

    def key_of_consent(self, row: Raw) -> str:
        """Return the key of the lead that a consent event belongs to; raises `RowError`."""
        return _key(row, self.binding.consents.lead)

    def lead(self, row: Raw) -> dict[str, object]:
        """Return the attributes of a lead; raises `RowError` with every problem of the row."""
        cells = _Cells(row, self._zone)
        found: dict[str, object] = {}
        for name, bound in self._attributes.items():
            value = self._value(cells, bound, self._vocabulary.attributes[name])
            if value is not None:
                found[name] = value
        if cells.problems:
            raise RowError(*cells.problems, *self._misfits(found))
        return found

    def _misfits(self, lead: Mapping[str, object]) -> Iterator[CellProblem]:
        """Yield what is wrong with values that could be read."""
        try:
            self._ingest.lead(lead)
        except InputError as error:
            yield from map(self.problem_of_lead, error.diagnostics)

    def _value(self, cells: _Cells, bound: BoundColumn, type_: ValueType) -> object:
        raw = self._answered(cells.row.get(bound.column))
        codes = self._codes[id(bound)]
        if raw is not None and codes:
            raw = codes.get(clean(str(raw)), raw)
        return None if raw is None else cells.typed(bound.column, raw, type_)

    def _answered(self, raw: object) -> object:
        """Return a cell, texts in one form; None for a blank or a marker."""
        if isinstance(raw, str):
            raw = clean(raw)
            return None if raw in self._missing else raw
        return raw

    def signal(self, row: Raw) -> Signal | None:
        """Return the signal, None for a type that the binding leaves out; raises `RowError`."""
        names, cells = self.binding.signals, _Cells(row, self._zone)
        kind = self._label(cells, names.type)
        if kind is None:
            return None
        cells.expect("LP507", names.type.column, "signal", kind, self._vocabulary.signals)
        occurred = cells.moment(names.occurred_at)
        later = names.recorded_at
        recorded = cells.moment(later) if later and cells.filled(later) else None
        properties = self._properties(kind, cells)
        cells.raise_problems()
        key, source = cells.text(names.key), cells.text(names.source)
        signal = Signal(kind, occurred, properties, key, source, recorded)
        try:
            self._ingest.signals([signal], occurred, [])
        except InputError as error:
            found = (CellProblem(x.code, None, x.message, x.hint) for x in error.diagnostics)
            raise RowError(*found) from None
        return signal

    def _properties(self, kind: str, cells: _Cells) -> dict[str, Value | None]:
        types = self._vocabulary.signals.get(kind, {})
        found: dict[str, Value | None] = {}
        for name, column in self.binding.signals.properties.items():
            raw = self._answered(cells.row.get(column))
            if raw is not None and name in types:
                found[name] = cells.typed(column, raw, types[name])
        return found

    def consent(self, row: Raw) -> ConsentEvent | None:
        """Return the event, None for one that the binding leaves out; raises `RowError`."""
        names, cells = self.binding.consents, _Cells(row, self._zone)
        bound = (names.purpose, names.channel, names.status)
        purpose, channel, status = (self._label(cells, item) for item in bound)
        if purpose is None or channel is None or status is None:
            return None
        purposes = self._vocabulary.purposes
        if cells.expect("LP509", names.purpose.column, "purpose", purpose, purposes):
            kind = f"channel of purpose `{purpose}`"
            cells.expect("LP509", names.channel.column, kind, channel, purposes[purpose])
        cells.expect("LP509", names.status.column, "status", status, CONSENT_STATUSES)
        at = cells.moment(names.at)
        cells.raise_problems()
        return ConsentEvent(purpose, channel, status, at, cells.text(names.source))

    def _label(self, cells: _Cells, bound: BoundColumn) -> str | None:
        """Return the code of a label; None where the binding leaves it out."""
        raw = clean(str(cells.row.get(bound.column) or ""))
        code = self._codes[id(bound)].get(raw, raw)
        return None if code is None else str(code)


class _Cells:
    """The cells of one row, and what was wrong with those read so far."""

    def __init__(self, row: Raw, zone: tzinfo | None) -> None:
        self.row: Final = row
        self._zone = zone
        self.problems: list[CellProblem] = []

    def raise_problems(self) -> None:
        """Raise `RowError` if a cell could not be read."""
        if self.problems:
            raise RowError(*self.problems)

    def typed(self, column: str, raw: object, type_: ValueType) -> Any:
        """Return a cell as its type; None after noting why it cannot be read."""
        try:
            return typed(raw, type_, self._zone)
        except CellError as error:
            self.problems.append(error.at(column))
            return None

    def moment(self, column: str) -> datetime:
        """Return an instant; the first of the calendar after noting why it cannot be read."""
        raw = self.row.get(column)
        try:
            if not self.filled(column):
                raise CellError("LP524", "the moment is blank")
            return moment(raw.strip() if isinstance(raw, str) else raw, self._zone)
        except CellError as error:
            self.problems.append(error.at(column))
            return datetime.min.replace(tzinfo=UTC)

    def filled(self, column: str | None) -> bool:
        """Tell whether there is a column and something in it."""
        raw = None if column is None else self.row.get(column)
        return bool(raw.strip()) if isinstance(raw, str) else raw is not None

    def text(self, column: str | None) -> str | None:
        """Return a cell as text; None where it is blank."""
        return clean(str(self.row[column])) if column and self.filled(column) else None

    def expect(self, code: str, column: str, kind: str, name: str, known: Collection[str]) -> bool:
        """Note a code that is not known."""
        if name in known:
            return True
        message, hint = f"`{shown(name)}` is not a {kind}", did_you_mean(name, known)
        if not name:
            code, message, hint = "LP524", f"the {kind} is blank", None
        self.problems.append(CellProblem(code, column, message, hint))
        return False


def _codes(bound: BoundColumn) -> Mapping[str, Code]:
    return {clean(label): code for label, code in bound.codes.items()}


def _key(row: Raw, column: str) -> str:
    raw = row.get(column)
    is_key = isinstance(raw, str | int | Decimal | UUID) and not isinstance(raw, bool)
    key = clean(str(raw)) if is_key else ""
    if not key:
        message = "the key is blank" if raw is None or raw == "" else "the key is not text"
        raise RowError(CellProblem("LP524", column, message))
    return key
