"""The part of a binding that Tryton has to know: paths of fields, and where the rest is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from leadpolicy.crm.connector import BindingError
from leadpolicy.diagnostics import did_you_mean

MODEL: Final = "sale.opportunity"
NOTES: Final = "notes"
HISTORY: Final = "history"
HISTORY_NAMES: Final = ("at", "by")
_DEFAULT_TABLE: Final = "leads"
_NOT_COLUMNS: Final = frozenset({"table", "lead", "missing", "properties"})


@dataclass(frozen=True, slots=True)
class Facts:
    """A model with signals or consents: the field that names the opportunity, and the others."""

    model: str
    lead: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Binding:
    """Where Tryton keeps leads, signals and consents.

    `attributes` maps attributes to paths of fields, `names` maps columns of the policy to what
    stands for them: a path, a line of the decision's note (`notes.score`), or when and by whom
    the feedback was given (`history.at`, `history.by`).
    """

    key: str
    attributes: Mapping[str, str]
    names: Mapping[str, str]
    signals: Facts | None
    consents: Facts | None

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path that is read for attributes."""
        return tuple(dict.fromkeys(self.attributes.values()))

    @property
    def adds_notes(self) -> bool:
        """Whether a column of the policy stands in a line of a note."""
        return any(line(name) is not None for name in self.names.values())

    @property
    def writes_fields(self) -> bool:
        """Whether a column of the policy may stand in a field of the opportunity."""
        kept_apart = (f"{NOTES}.", f"{HISTORY}.")
        return any(not name.startswith(kept_apart) for name in self.names.values())

    def standing(self, column: str) -> str:
        """Return what stands for a column of the policy; its own name when it is not bound."""
        return self.names.get(column) or self.attributes.get(column) or column


def read_binding(data: Mapping[str, object]) -> Binding:
    """Return the binding; raises `BindingError` naming the place that is missing or wrong.

    >>> read_binding({"leads": {"attributes": {"company": "party.name"}}}).paths
    ('party.name',)
    """
    leads = _section(data, "leads")
    if leads is None:
        raise BindingError("the binding has no `leads`", did_you_mean("leads", map(str, data)))
    table = leads.get("table", MODEL)
    if table not in {MODEL, _DEFAULT_TABLE}:
        raise BindingError(f"`leads.table` in the binding has to be `{MODEL}`", _TABLE_HINT)
    names = dict(_named(_mapping(leads, "leads", "columns"), "leads.columns"))
    _refuse_odd_names(names)
    return Binding(
        _text(leads.get("key", "id"), "leads.key"),
        dict(_named(_mapping(leads, "leads", "attributes"), "leads.attributes")),
        names,
        _facts(data, "signals"),
        _facts(data, "consents"),
    )


_TABLE_HINT: Final = "leads are opportunities here; parties are reached as `party.name`"


def line(standing: str) -> str | None:
    """Return the name of the line in the decision's note that stands for a column, or None.

    >>> line("notes.score")
    'score'
    """
    head, dot, name = standing.partition(".")
    return name if dot and head == NOTES else None


def _refuse_odd_names(names: Mapping[str, str]) -> None:
    for column, standing in names.items():
        head, _, name = standing.partition(".")
        place = f"`leads.columns.{column}`"
        if head == NOTES and (not name.strip() or not set(name).isdisjoint(":\r\n")):
            raise BindingError(f"{place} has to name a line, like `notes.score`, without `:`")
        if head == HISTORY and name not in HISTORY_NAMES:
            hint = "write `history.at` or `history.by`"
            raise BindingError(f"{place} names nothing that the history tells", hint)
    standing_names = list(names.values())
    repeated = sorted({name for name in standing_names if standing_names.count(name) > 1})
    if repeated:
        raise BindingError(f"two columns are bound to `{repeated[0]}`")


def _section(data: Mapping[str, object], name: str) -> Mapping[str, object] | None:
    value = data.get(name)
    if value is not None and not isinstance(value, Mapping):
        raise BindingError(f"`{name}` in the binding is not a mapping")
    return value


def _mapping(section: Mapping[str, object], place: str, name: str) -> Mapping[str, object]:
    return _section({name: section.get(name) or {}}, name) or {}


def _facts(data: Mapping[str, object], place: str) -> Facts | None:
    """Return the model of signals or of consents, in which every other entry is a column."""
    section = _section(data, place)
    if section is None:
        return None
    fields = {name: value for name, value in section.items() if name not in _NOT_COLUMNS}
    columns = dict(_named(fields, place))
    properties = dict(_named(_mapping(section, place, "properties"), f"{place}.properties"))
    return Facts(
        _text(section.get("table"), f"{place}.table"),
        _text(section.get("lead"), f"{place}.lead"),
        tuple(dict.fromkeys((*columns.values(), *properties.values()))),
    )


def _named(section: Mapping[str, object], place: str) -> Iterator[tuple[str, str]]:
    """Yield each name with its field, which is given as text or as `{column: ...}`."""
    for name, value in section.items():
        column = value.get("column") if isinstance(value, Mapping) else value
        yield name, _text(column, f"{place}.{name}")


def _text(value: object, place: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise BindingError(f"`{place}` in the binding has to name a field of Tryton")
    return value
