"""The part of a binding that Salesforce has to know: its fields, by API name or dotted path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

from leadpolicy.crm.connector import BindingError
from leadpolicy.diagnostics import did_you_mean

LEAD: Final = "Lead"
_TABLES: Final = frozenset({"leads", "lead"})
_OWN: Final = re.compile(r"[a-z][a-z0-9_]*")
_PATH: Final = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*){0,5}", re.ASCII)
_NOT_COLUMNS: Final = frozenset({"table", "lead", "missing", "properties"})


def api_name(name: str) -> str:
    """Return the API name of a field; a name in small letters is one of our own custom fields.

    >>> [api_name(name) for name in ("lp_fit", "NumberOfEmployees", "id", "Owner.Name")]
    ['lp_fit__c', 'NumberOfEmployees', 'Id', 'Owner.Name']
    """
    if name == "id":
        return "Id"
    own = _OWN.fullmatch(name) and not name.endswith("__c")
    return f"{name}__c" if own else name


@dataclass(frozen=True, slots=True)
class BoundField:
    """A field that is read: its path, the column as the binding spells it, and its labels.

    `codes` maps labels to codes, and to None what is left out on purpose.
    """

    path: str
    column: str
    codes: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """An object with signals or consents: the path that names the lead, and what is read of it.

    `roles` maps what the entry of the binding is for (`type`, `occurred_at`, …) to its field.
    """

    table: str
    lead: str
    roles: Mapping[str, BoundField]

    @property
    def fields(self) -> tuple[BoundField, ...]:
        """Every field, each column once."""
        return tuple({each.column: each for each in self.roles.values()}.values())


@dataclass(frozen=True, slots=True)
class Binding:
    """Where Salesforce keeps leads, signals and consents.

    `attributes` maps attributes to fields that are read; `names` maps columns of the policy to API
    names where a person wrote them. `key` is the API name of the field that tells leads apart, and
    `missing` the markers that mean *not answered*.
    """

    key: str = "Id"
    attributes: Mapping[str, BoundField] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    signals: Source | None = None
    consents: Source | None = None
    missing: tuple[str, ...] = ("",)
    zone: ZoneInfo | None = None

    def api(self, column: str) -> str:
        """Return the API name of a column of the policy; its own with `__c` when it is not bound.

        >>> Binding().api("lp_fit")
        'lp_fit__c'
        """
        bound = self.attributes.get(column)
        return self.names.get(column) or (bound.path if bound else api_name(column))

    @property
    def paths(self) -> tuple[BoundField, ...]:
        """Every field that is read for attributes, each column once."""
        return tuple({each.column: each for each in self.attributes.values()}.values())


def read_binding(data: Mapping[str, object]) -> Binding:
    """Return the binding; raises `BindingError` naming the place that is missing or wrong.

    >>> read_binding({"leads": {"attributes": {"company": "Company"}}}).api("company")
    'Company'
    """
    leads = _section(data, "leads")
    if leads is None:
        raise BindingError("the binding has no `leads`", did_you_mean("leads", map(str, data)))
    if str(leads.get("table", "leads")).lower() not in _TABLES:
        raise BindingError("`leads.table` in the binding has to be `Lead`", _TABLE_HINT)
    return Binding(
        _key(leads),
        dict(_fields(_mapping(leads, "leads", "attributes"), "leads.attributes")),
        _names(_mapping(leads, "leads", "columns")),
        _source(data, "signals"),
        _source(data, "consents"),
        _missing(leads.get("missing", ("",))),
        _zone(leads.get("timezone")),
    )


_TABLE_HINT: Final = "contacts and opportunities are reached as `ConvertedContact.Title`"


def _key(leads: Mapping[str, object]) -> str:
    key = _path(leads.get("key", "id"), "leads.key")
    if "." in key:
        raise BindingError("`leads.key` in the binding has to be a field of the lead itself")
    return key


def _names(section: Mapping[str, object]) -> Mapping[str, str]:
    names = {column: _path(name, f"leads.columns.{column}") for column, name in section.items()}
    taken: dict[str, str] = {}
    for column, name in names.items():
        other = taken.setdefault(name.lower(), column)
        if other != column:
            raise BindingError(f"the columns `{other}` and `{column}` are bound to `{name}`")
    return names


def _source(data: Mapping[str, object], place: str) -> Source | None:
    """Return the object of signals or consents, in which every other entry is a field."""
    section = _section(data, place)
    if section is None:
        return None
    named = {
        name: value
        for name, value in section.items()
        if name not in _NOT_COLUMNS and value is not None
    }
    roles = dict(_fields(named, place))
    places = _fields(_mapping(section, place, "properties"), f"{place}.properties")
    roles |= {f"properties.{name}": bound for name, bound in places}
    table = _path(section.get("table"), f"{place}.table")
    if "." in table:
        raise BindingError(f"`{place}.table` in the binding has to name an object of Salesforce")
    return Source(table, _path(section.get("lead"), f"{place}.lead"), roles)


def _fields(section: Mapping[str, object], place: str) -> Iterator[tuple[str, BoundField]]:
    """Yield each name with its field, which is given as text or as `{column: …, codes: …}`."""
    for name, value in section.items():
        entry = value if isinstance(value, Mapping) else {"column": value}
        path = _path(entry.get("column"), f"{place}.{name}")
        codes = _mapping(entry, f"{place}.{name}", "codes")
        yield name, BoundField(path, str(entry["column"]), dict(codes))


def _path(value: object, place: str) -> str:
    if not isinstance(value, str) or not _PATH.fullmatch(value):
        raise BindingError(f"`{place}` in the binding has to name a field of Salesforce")
    return api_name(value)


def _missing(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ("",)


def _zone(value: object) -> ZoneInfo | None:
    try:
        return None if value is None else ZoneInfo(str(value))
    except (KeyError, ValueError, OSError):
        raise BindingError("`leads.timezone` in the binding is no IANA time zone") from None


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
