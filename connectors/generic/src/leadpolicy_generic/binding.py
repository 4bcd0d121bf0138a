"""The part of a binding that a database has to know: its tables, keys and columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from leadpolicy.crm.connector import BindingError
from leadpolicy.diagnostics import did_you_mean

_NOT_COLUMNS: Final = frozenset({"table", "lead", "missing", "properties"})


@dataclass(frozen=True, slots=True)
class Source:
    """A table, its column with the key of the lead, and every column that is read from it.

    `columns` maps each column to the place in the binding that names it.
    """

    name: str
    key: str
    columns: Mapping[str, str]

    @property
    def schema(self) -> str | None:
        """The database schema, when the table is given as `schema.table`."""
        return self.name.rpartition(".")[0] or None

    @property
    def table(self) -> str:
        """The name of the table without its schema."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Binding:
    """Where a database keeps leads, signals and consents.

    `names` maps a column of the policy to the column that stands for it, when they differ.
    """

    leads: Source
    signals: Source | None
    consents: Source | None
    names: Mapping[str, str]

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
    attributes = dict(_named(_mapping(leads, "leads", "attributes"), "leads.attributes"))
    places = {column: f"leads.attributes.{name}" for name, column in attributes.items()}
    names = attributes | dict(_named(_mapping(leads, "leads", "columns"), "leads.columns"))
    return Binding(
        _source(leads, "leads", "key", places),
        _facts(data, "signals"),
        _facts(data, "consents"),
        names,
    )


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
    return _source(section, place, "lead", places)


def _source(
    section: Mapping[str, object], place: str, key: str, places: Mapping[str, str]
) -> Source:
    for name, named in (("table", "table"), (key, "column")):
        if not _is_name(section.get(name)):
            raise BindingError(f"`{place}.{name}` in the binding has to name a {named}")
    return Source(str(section["table"]), str(section[key]), places)


def _named(section: Mapping[str, object], place: str) -> Iterator[tuple[str, str]]:
    """Yield each name with its column, which is given as text or as `{column: ...}`."""
    for name, value in section.items():
        column = value.get("column") if isinstance(value, Mapping) else value
        if not _is_name(column):
            raise BindingError(f"`{place}.{name}` in the binding has to name a column")
        yield name, str(column)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
