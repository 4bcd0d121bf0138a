"""The part of a binding that a database has to know: its tables, keys and columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from leadpolicy.crm.connector import BindingError
from leadpolicy.diagnostics import did_you_mean

_NOT_COLUMNS: Final = frozenset({"table", "lead", "missing", "properties"})
_PURPOSE: Final = ("purpose", "channel", "status", "at")


@dataclass(frozen=True, slots=True)
class Source:
    """A table, its column with the key of the lead, and every column that is read from it.

    `columns` maps each column to the place in the binding that names it. `changed` is the column
    with the instant at which a row was changed or added, `row` the one that tells rows apart.
    """

    name: str
    key: str
    columns: Mapping[str, str]
    changed: str | None = None
    row: str | None = None

    @property
    def schema(self) -> str | None:
        """The database schema, when the table is given as `schema.table`."""
        return self.name.rpartition(".")[0] or None

    @property
    def table(self) -> str:
        """The name of the table without its schema."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Label:
    """A column whose labels stand for codes; None for what is left out on purpose."""

    column: str
    codes: Mapping[str, object] = field(default_factory=dict)

    def code(self, raw: object) -> str | None:
        """Return the code of what stands in the column."""
        text = "" if raw is None else str(raw).strip()
        found = self.codes.get(text, text)
        return str(found) if found else None

    def word(self, code: str) -> str | None:
        """Return the label that stands for a code; None where that word means something else.

        >>> Label("status", {"ja": "granted"}).word("granted")
        'ja'
        """
        words = (label for label, meant in self.codes.items() if meant == code)
        return next(words, None if code in self.codes else code)


@dataclass(frozen=True, slots=True)
class Binding:
    """Where a database keeps leads, signals and consents.

    `names` maps a column of the policy to the column that stands for it, when they differ.
    `consent` maps what is known of a consent to its column. `attributes` maps attributes to
    columns, and `labels` has those whose labels the binding turns into codes. `missing` are the
    markers for *not answered*. Moments without an offset are read in `timezone`.
    """

    leads: Source
    signals: Source | None
    consents: Source | None
    names: Mapping[str, str]
    consent: Mapping[str, Label] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    timezone: ZoneInfo = field(default=ZoneInfo("UTC"))

    def standing(self, column: str) -> str:
        """Return the database's name for a column of the policy."""
        return self.names.get(column, column)


def read_binding(data: Mapping[str, object]) -> Binding:
    """Return the binding; raises `BindingError` naming the place that is missing or wrong.

    >>> leads = {"table": "leads", "key": "id", "attributes": {"company": "firma"}}
    >>> read_binding({"leads": leads}).leads.columns
    {'firma': 'leads.attributes.company'}
    """
    leads = _section(data, "leads")
    if leads is None:
        raise BindingError("the binding has no `leads`", did_you_mean("leads", map(str, data)))
    bound = _mapping(leads, "leads", "attributes")
    attributes = dict(_named(bound, "leads.attributes"))
    places = {column: f"leads.attributes.{name}" for name, column in attributes.items()}
    names = attributes | dict(_named(_mapping(leads, "leads", "columns"), "leads.columns"))
    return Binding(
        _source(leads, "leads", "key", places, _column(leads, "leads", "updated_at")),
        _facts(data, "signals"),
        _facts(data, "consents"),
        names,
        dict(_labels(_section(data, "consents") or {})),
        attributes,
        {name: codes for name, value in bound.items() if (codes := _codes(value))},
        frozenset(str(marker).strip() for marker in _markers(leads.get("missing"))),
        _zone(leads.get("timezone")),
    )


def _labels(consents: Mapping[str, object]) -> Iterator[tuple[str, Label]]:
    for name in _PURPOSE:
        if name in consents:
            value = consents[name]
            ((_, column),) = _named({name: value}, "consents")
            yield name, Label(column, _codes(value))


def _codes(value: object) -> Mapping[str, object]:
    codes = value.get("codes") if isinstance(value, Mapping) else None
    found = codes if isinstance(codes, Mapping) else {}
    return {str(label).strip(): code for label, code in found.items()}


def _markers(value: object) -> Iterable[object]:
    return value if isinstance(value, list | tuple) else ()


def _zone(value: object) -> ZoneInfo:
    try:
        return ZoneInfo("UTC" if value is None else str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BindingError(f"`{value}` is not an IANA time zone") from None


def _section(data: Mapping[str, object], name: str) -> Mapping[str, object] | None:
    value = data.get(name)
    if value is not None and not isinstance(value, Mapping):
        raise BindingError(f"`{name}` in the binding is not a mapping")
    return value


def _mapping(section: Mapping[str, object], place: str, name: str) -> Mapping[str, object]:
    value = section.get(name) or {}
    if not isinstance(value, Mapping):
        raise BindingError(f"`{place}.{name}` in the binding is not a mapping")
    return value


def _facts(data: Mapping[str, object], place: str) -> Source | None:
    """Return the source of signals or of consents, in which every other entry is a column."""
    section = _section(data, place)
    if section is None:
        return None
    fields = {name: value for name, value in section.items() if name not in _NOT_COLUMNS}
    columns = dict(_named(fields, place))
    properties = dict(_named(_mapping(section, place, "properties"), f"{place}.properties"))
    places = {column: f"{place}.{name}" for name, column in columns.items()}
    places |= {column: f"{place}.properties.{name}" for name, column in properties.items()}
    changed = _column(section, place, "recorded_at")
    row = _column(section, place, "key")
    return _source(section, place, "lead", places, changed, row)


def _column(section: Mapping[str, object], place: str, name: str) -> str | None:
    """Return the column that an entry names, None where there is no such entry."""
    if section.get(name) is None:
        return None
    ((_, column),) = _named({name: section[name]}, place)
    return column


def _source(
    section: Mapping[str, object],
    place: str,
    key: str,
    places: Mapping[str, str],
    changed: str | None = None,
    row: str | None = None,
) -> Source:
    for name, named in (("table", "table"), (key, "column")):
        if not _is_name(section.get(name)):
            raise BindingError(f"`{place}.{name}` in the binding has to name a {named}")
    return Source(str(section["table"]), str(section[key]), places, changed, row)


def _named(section: Mapping[str, object], place: str) -> Iterator[tuple[str, str]]:
    """Yield each name with its column, which is given as text or as `{column: ...}`."""
    for name, value in section.items():
        column = value.get("column") if isinstance(value, Mapping) else value
        if not _is_name(column):
            raise BindingError(f"`{place}.{name}` in the binding has to name a column")
        yield name, str(column)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
