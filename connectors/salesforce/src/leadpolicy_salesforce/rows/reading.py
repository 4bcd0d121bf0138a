"""Leads as the core reads them: in order of their Ids with signals and consents, or looked up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from leadpolicy.crm.connector import Column, FeedbackRow, LeadRow, Presence, Standing
from leadpolicy.crm.state import FieldKind
from leadpolicy_salesforce.binding import LEAD, Binding, Source
from leadpolicy_salesforce.client.wire import Record, Wire
from leadpolicy_salesforce.rows.register import Register
from leadpolicy_salesforce.rows.soql import in_lists, records, select, value_at
from leadpolicy_salesforce.rows.values import held_values

Fact: TypeAlias = Mapping[str, object]
ReadConsents: TypeAlias = Callable[[Sequence[str]], Mapping[str, Sequence[Fact]]]
_BY_ID: Final = "ORDER BY Id"
_SEARCHED: Final = 255
"""Characters of the longest text that a query can search."""


class Reader:
    """Reads leads under the keys of a binding; converted ones too, and none that is deleted."""

    def __init__(
        self, wire: Wire, binding: Binding, register: Register, consents: ReadConsents
    ) -> None:
        self._wire: Final = wire
        self._binding: Final = binding
        self._register: Final = register
        self._consents: Final = consents

    def leads(self, columns: Sequence[Column], keys: Sequence[str] | None) -> Iterator[LeadRow]:
        """Yield leads in order of their Ids, one page of a query at a time."""
        fields = [bound.path for bound in self._binding.paths]
        held = self._register.held_paths(self._binding.api(column.name) for column in columns)
        for page in self._pages([*fields, *held], keys):
            self._register.note(page)
            yield from self._rows(page, columns)

    def _pages(self, paths: Sequence[str], keys: Sequence[str] | None) -> Iterator[list[Record]]:
        key, head = self._binding.key, select((*self._register.paths, *paths), LEAD)
        with self._wire.doing("read"):
            if keys is None:
                known = "" if key == "Id" else f"WHERE {key} != null "
                return self._wire.pages(f"{head} {known}{_BY_ID}")
            wanted = set(keys)
            queries = in_lists(head, key, self._register.searchable(dict.fromkeys(keys)), _BY_ID)
            found = [r for r in records(self._wire, queries) if self._register.key(r) in wanted]
        return iter([sorted(found, key=lambda record: str(record["Id"]))] if found else [])

    def _rows(self, page: Sequence[Record], columns: Sequence[Column]) -> Iterator[LeadRow]:
        keys = [self._register.key(record) for record in page]
        with self._wire.doing("read"):
            signals = self._signals(page, keys)
            consents = self._consents(keys)
        for key, record in zip(keys, page, strict=True):
            yield LeadRow(
                key,
                {bound.column: value_at(record, bound.path) for bound in self._binding.paths},
                tuple(signals[key]),
                tuple(consents.get(key, ())),
                held_values(record, self._binding, columns, self._register.above(record)),
            )

    def _signals(self, page: Sequence[Record], keys: Sequence[str]) -> Mapping[str, Sequence[Fact]]:
        """Return the signals of leads by key; the path to the lead ends in its Id or in its key."""
        found: defaultdict[str, list[Fact]] = defaultdict(list)
        source = self._binding.signals
        if source is None:
            return found
        by_key = source.lead.lower().endswith(f".{self._binding.key.lower()}")
        names = keys if by_key else [str(record["Id"]) for record in page]
        key_of = dict(zip(names, keys, strict=True))
        for record in records(self._wire, _queries(source, names)):
            key = key_of.get(str(value_at(record, source.lead)))
            if key is not None:
                found[key].append({f.column: value_at(record, f.path) for f in source.fields})
        return found

    def lookup(self, keys: Sequence[str], columns: Sequence[Column]) -> Mapping[str, Standing]:
        """Return what stands of leads with one query, which sees the deleted and merged ones."""
        held = self._register.held_paths(self._binding.api(column.name) for column in columns)
        key = self._binding.key
        merged = "MasterRecordId" if key == "Id" else f"MasterRecord.{key}"
        head = select((*self._register.paths, "IsDeleted", "MasterRecordId", merged, *held), LEAD)
        wanted = set(keys)
        found: dict[str, Standing] = {}
        with self._wire.doing("lookup"):
            queries = in_lists(head, key, self._register.searchable(wanted))
            for record in records(self._wire, queries, deleted=True):
                name = self._register.key(record)
                if name in wanted:
                    found[name] = _nearer(found.get(name), self._standing(record, merged, columns))
        return found

    def _standing(self, record: Record, merged: str, columns: Sequence[Column]) -> Standing:
        if not record["IsDeleted"]:
            self._register.note([record])
            above = self._register.above(record)
            return Standing(held_values(record, self._binding, columns, above))
        if record["MasterRecordId"]:
            return Standing({}, Presence.MERGED, str(value_at(record, merged) or ""))
        return Standing({}, Presence.DELETED)

    def feedback(self, columns: Sequence[Column]) -> Iterator[FeedbackRow]:
        """Yield the leads in which one of the columns is filled, a checkbox when it is ticked."""
        names = [self._binding.api(column.name) for column in columns]
        head = select((*self._register.paths, *names), LEAD)
        with self._wire.doing("read"):
            pages = self._wire.pages(f"{head} {_filled(columns, names)}{_BY_ID}")
        for page in pages:
            for record in page:
                values = held_values(record, self._binding, columns)
                if any(value not in {None, False} for value in values.values()):
                    yield FeedbackRow(self._register.key(record), values)


def _queries(source: Source, names: Sequence[str]) -> Iterator[str]:
    paths = (source.lead, *(bound.path for bound in source.fields))
    return in_lists(select(paths, source.table), source.lead, names)


def _filled(columns: Sequence[Column], names: Sequence[str]) -> str:
    """Return the condition that something is filled in, where Salesforce can search for it."""
    if any(c.bound or (c.length or 0) > _SEARCHED for c in columns) or not names:
        return ""
    both = zip(columns, names, strict=True)
    tests = (f"{name} {'= true' if c.kind is FieldKind.FLAG else '!= null'}" for c, name in both)
    return f"WHERE ({' OR '.join(tests)}) "


def _nearer(one: Standing | None, other: Standing) -> Standing:
    """Return what tells more of a key that a lead and deleted ones share."""
    order = (Presence.PRESENT, Presence.MERGED, Presence.DELETED)
    both = [standing for standing in (one, other) if standing is not None]
    return min(both, key=lambda standing: order.index(standing.presence))
